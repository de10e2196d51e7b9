#pragma once

#include <string_view>
#include <vector>

#include "tests/style/source_file.hpp"

namespace mgc::style {

// Rules about the text of one file. Each is a pure function from a file to what it breaks.

inline constexpr std::size_t kLineWidthMax = 100;  ///< characters, not bytes
inline constexpr std::size_t kFileLinesMax = 400;

/// Lines of at most 100 characters, in what people write by hand.
[[nodiscard]] Findings check_line_width(const SourceFile& file);
/// Source files of at most 400 lines, but for the program that is one file on purpose.
[[nodiscard]] Findings check_file_length(const SourceFile& file);
/// An open point names its issue: TODO(#12).
[[nodiscard]] Findings check_open_points(const SourceFile& file);
/// No path of somebody's home directory, and not the path of this checkout.
[[nodiscard]] Findings check_machine_paths(const SourceFile& file, std::string_view root);
/// No file and no folder named util, utils, common or misc: the name says nothing.
[[nodiscard]] Findings check_names(const SourceFile& file);
/// One heading of the first level in a Markdown document.
[[nodiscard]] Findings check_markdown_heading(const SourceFile& file);
/// No code behind a '#' in CMake files. A signature in a comment has "..." in it.
[[nodiscard]] Findings check_cmake_comments(const SourceFile& file);

}  // namespace mgc::style
