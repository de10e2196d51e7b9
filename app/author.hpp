#pragma once

#include "db/duty_log.hpp"

namespace mgc::app {

/// The user of this process and the host, as the system says them.
[[nodiscard]] db::DutyAuthor author();

}  // namespace mgc::app
