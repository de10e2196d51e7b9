#pragma once

#include <cstdint>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/attempt.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// The marks of one lane in the table `attempt`. Errors: as ComplianceStore.
[[nodiscard]] Result<std::uint32_t> read_attempts(Session& session, std::int64_t lane_id,
                                                  const schema::Digest& sha256);
/// In the caller's transaction.
[[nodiscard]] Result<void> write_attempt(Session& session, std::int64_t lane_id,
                                         const Attempt& attempt, UtcTime now);
/// Those with at least so many attempts.
[[nodiscard]] Result<std::vector<schema::Digest>> read_given_up(Session& session,
                                                                std::int64_t lane_id,
                                                                std::uint32_t attempts);

}  // namespace mgc::db
