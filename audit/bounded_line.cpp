#include "audit/bounded_line.hpp"

#include <array>

namespace mgc::audit {

LineEnd read_line(std::istream& in, std::string& line, std::size_t bytes_max) {
  std::array<char, 16'384> part{};
  line.clear();
  while (true) {
    // Takes the end of the line too, and fails without it when `part` is full.
    in.getline(part.data(), part.size());
    if (in.bad()) return LineEnd::failed;
    const auto taken = static_cast<std::size_t>(in.gcount());
    if (in.eof()) return taken == 0 && line.empty() ? LineEnd::none : LineEnd::cut;
    const bool is_whole = !in.fail();
    in.clear();
    line.append(part.data(), is_whole ? taken - 1 : taken);
    if (line.size() > bytes_max) return LineEnd::cut;
    if (is_whole) return LineEnd::whole;
  }
}

}  // namespace mgc::audit
