#include "audit/proof_file.hpp"

#include <utility>

#include "audit/bounded_line.hpp"
#include "audit/tlog_proof.hpp"

namespace mgc::audit {
namespace {

Error broken(const char* what) { return {Action::reject, what}; }

}  // namespace

Result<std::optional<std::string>> ProofFile::next() {
  std::string text = std::exchange(head_, {});
  std::string line;
  while (true) {
    const LineEnd end = read_line(in_, line, kProofBytesMax);
    if (end == LineEnd::failed) return Error{Action::stop, "it cannot be read"};
    if (end == LineEnd::none) break;
    if (end == LineEnd::cut) return broken("it ends within a line, or has one that is too long");
    line += '\n';
    if (line == kProofHead && !text.empty()) {
      head_ = std::move(line);
      break;
    }
    if (text.empty() && line != kProofHead) return broken("a proof begins with another line");
    if (text.size() + line.size() > kProofBytesMax) return broken("a proof is too long");
    text += line;
  }
  if (text.empty()) return std::optional<std::string>();
  if (!text.ends_with("\n\n")) return broken("no empty line is behind a proof");
  text.pop_back();
  return std::optional(std::move(text));
}

}  // namespace mgc::audit
