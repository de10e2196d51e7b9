#pragma once

#include <string>

#include "core/result.hpp"

namespace mgc::db {

/// The first line of a file that holds a password and nothing else. It is never logged.
/// @errors stop  no such file, nothing in it, or others than its owner may read it.
[[nodiscard]] Result<std::string> read_password(const std::string& file);

}  // namespace mgc::db
