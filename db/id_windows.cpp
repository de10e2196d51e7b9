#include "db/id_windows.hpp"

namespace mgc::db {
namespace {

/// Whether a window of `size` that begins at `first` reaches `last`. The difference of two ids may
/// be more than a signed number holds.
bool reaches(std::int64_t first, std::int64_t size, std::int64_t last) {
  return static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) <
         static_cast<std::uint64_t>(size);
}

}  // namespace

Result<void> each_id_window(
    const IdWindow& all, std::int64_t size,
    const std::function<Result<std::optional<std::int64_t>>(std::int64_t from)>& next,
    const std::function<Result<bool>(const IdWindow&)>& read) {
  std::int64_t from = all.first;
  while (from <= all.last) {
    if (!reaches(from, size, all.last)) {
      const auto first = next(from);
      if (!first) return first.error();
      if (!*first || **first > all.last) return {};
      from = **first;
    }
    const bool ends = reaches(from, size, all.last);
    const IdWindow window{from, ends ? all.last : from + size - 1};
    const auto more = read(window);
    if (!more) return more.error();
    if (!*more || ends) return {};
    from = window.last + 1;
  }
  return {};
}

}  // namespace mgc::db
