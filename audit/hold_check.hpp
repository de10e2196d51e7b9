#pragma once

#include "audit/verify.hpp"
#include "core/result.hpp"
#include "db/duty_log.hpp"

namespace mgc::audit {

/// The columns by which a hold keeps events say what its details say, which DutyCheck holds against
/// the ledger. Memory: the holds.
[[nodiscard]] Result<void> check_holds(db::DutyBook& book, VerifyReport& report);

}  // namespace mgc::audit
