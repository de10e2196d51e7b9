#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace mgc {

/// The first line of a file that holds a password and nothing else, at most 1024 bytes. It is never
/// logged. @errors stop  no such file, nothing or too much in it, others than its owner may read
/// it.
[[nodiscard]] Result<std::string> read_password(const std::filesystem::path& file);

}  // namespace mgc
