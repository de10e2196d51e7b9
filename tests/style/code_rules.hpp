#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/style/source_file.hpp"

namespace mgc::style {

// Rules about C++ code. Each is a pure function from a file to what it breaks; comments and string
// literals never count.

inline constexpr std::size_t kFunctionLinesMax = 60;

/// A function with a body, from the first line of its head to its closing brace.
struct FunctionBody {
  std::string head;  ///< as written, white space squeezed
  std::size_t first_line = 0;
  std::size_t last_line = 0;
  [[nodiscard]] std::size_t lines() const { return last_line - first_line + 1; }
};
/// The functions of `code` (CppText::code), in and out of classes. Relies on clang-format's layout:
/// the brace of a body has a space before it, the brace of an initialiser has none.
[[nodiscard]] std::vector<FunctionBody> functions_of(std::string_view code);

/// Functions of at most 60 lines.
[[nodiscard]] Findings check_function_length(const SourceFile& file);
/// Every catch does something, and `catch (...)` rethrows or makes an Error.
[[nodiscard]] Findings check_catches(const SourceFile& file);
/// Locks are named in core/guarded.hpp alone.
[[nodiscard]] Findings check_locks(const SourceFile& file);
/// No naked new or delete, no detached thread, no `using namespace` at file scope.
[[nodiscard]] Findings check_ownership(const SourceFile& file);
/// Only what both compilers can compile: CI has time for one of them.
[[nodiscard]] Findings check_clang(const SourceFile& file);
/// Tests neither sleep nor skip.
[[nodiscard]] Findings check_tests_run(const SourceFile& file);
/// A header begins with #pragma once, after comments.
[[nodiscard]] Findings check_header_guard(const SourceFile& file);
/// The dependency rule between folders, and who may include Proton, SOCI and generated headers.
[[nodiscard]] Findings check_includes(const SourceFile& file);

}  // namespace mgc::style
