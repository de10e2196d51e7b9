#pragma once

#include <string>

#include "db/duty_log.hpp"

namespace mgc::app {

/// The user of this process and the host, as the system says them.
[[nodiscard]] db::DutyAuthor author();

/// A text of the details of a duty, a JSON document that anybody with the right to add a row may
/// have written; empty when there is no such text.
[[nodiscard]] std::string text_in(const std::string& details, const char* key);

}  // namespace mgc::app
