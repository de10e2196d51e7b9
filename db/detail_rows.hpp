#pragma once

#include <cstdint>
#include <span>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/detail.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Adds the details that are not there yet, in one transaction; what is there is never changed.
/// Returns how many were added. @errors retry, reconnect, in_doubt, reject, stop  of the session.
[[nodiscard]] Result<std::uint64_t> add_details(Session& session, DetailOf of,
                                                std::span<const Detail> details, UtcTime noted_at);

}  // namespace mgc::db
