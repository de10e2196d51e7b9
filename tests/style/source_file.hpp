#pragma once

#include <compare>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace mgc::style {

/// One file of the repository. A plain value, so that a test can plant any violation in one.
struct SourceFile {
  std::string path;  ///< from the repository root, with '/'
  std::string text;
};

/// A broken rule. `line` starts at 1; 0 = the file as a whole.
struct Finding {
  std::string path;
  std::size_t line = 0;
  std::string message;
  auto operator<=>(const Finding&) const = default;
};
using Findings = std::vector<Finding>;
/// How GoogleTest shows a finding: as compilers do, so that editors can jump to it.
void PrintTo(const Finding& finding, std::ostream* out);

/// A C++ text split in two of the same shape: every character that is not kept is a space, so that
/// offsets and lines stay what they were.
struct CppText {
  std::string code;      ///< without comments, and without what is inside string literals
  std::string comments;  ///< the comments alone
};
[[nodiscard]] CppText split_cpp(std::string_view text);

/// The lines of `text` without their ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);
/// The line, from 1, that holds the character at `offset`.
[[nodiscard]] std::size_t line_at(std::string_view text, std::size_t offset);

[[nodiscard]] bool is_cpp(std::string_view path);     ///< .cpp and .hpp
[[nodiscard]] bool is_header(std::string_view path);  ///< .hpp
[[nodiscard]] bool is_cmake(std::string_view path);   ///< CMakeLists.txt and .cmake
/// The part of `path` before its first '/'; empty for a file in the root.
[[nodiscard]] std::string_view top_folder(std::string_view path);

/// Every file of the repository at `root` that people wrote. Build trees, hidden folders other than
/// .ci, what programs leave behind, and the text of others (demo/logs, LICENSE) are left out.
[[nodiscard]] std::vector<SourceFile> read_repository(const std::filesystem::path& root);

}  // namespace mgc::style
