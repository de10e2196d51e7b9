#pragma once

#include <string>
#include <string_view>

namespace mgc::audit {

/// What names of files are made of: letters, digits, '.', '_' and '-'.
[[nodiscard]] bool is_name_character(char letter);

/// A part of a file's name for `text`, which may be anything: what of it a name can hold, at most
/// 80 characters, and 16 hexadecimal digits of its SHA-256, by which two texts differ.
[[nodiscard]] std::string file_name_of(std::string_view text);

/// As file_name_of(), but `text` itself where a name can hold it: for names that are mostly plain.
[[nodiscard]] std::string plain_file_name_of(std::string_view text);

}  // namespace mgc::audit
