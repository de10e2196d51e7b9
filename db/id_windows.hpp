#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>

#include "core/result.hpp"

namespace mgc::db {

/// The ids `first` to `last`, both included; at first all that there could be, and those too that
/// nobody gives (negative ones).
struct IdWindow {
  std::int64_t first = std::numeric_limits<std::int64_t>::min();
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
};

/// Visits the ids of `all` that a store holds, in order and `size` of them at a time, so that no
/// answer is larger than the rows of a window: MariaDB makes the whole answer of a statement, on
/// its disk, before it shows the first row. Ids that are not there cost nothing, however many.
///
/// @param next  the least id that is there and not below its argument; nullopt: there is none. Not
///              asked for the last window.
/// @param read  reads a window; false: enough.
[[nodiscard]] Result<void> each_id_window(
    const IdWindow& all, std::int64_t size,
    const std::function<Result<std::optional<std::int64_t>>(std::int64_t from)>& next,
    const std::function<Result<bool>(const IdWindow&)>& read);

}  // namespace mgc::db
