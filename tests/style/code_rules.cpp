#include "tests/style/code_rules.hpp"

#include <algorithm>
#include <regex>

namespace mgc::style {
namespace {

void find_all(const SourceFile& file, const std::string& code, const char* pattern,
              const std::string& message, Findings& findings) {
  const std::regex compiled(pattern);
  for (std::sregex_iterator it(code.begin(), code.end(), compiled), end; it != end; ++it) {
    // The first line of a match that begins with the end of the line before is the next one.
    const auto offset = static_cast<std::size_t>(it->position()) + (it->str().front() == '\n');
    findings.push_back({file.path, line_at(code, offset), message});
  }
}

/// The text between the brace at `open` and its partner.
std::string block_at(const std::string& code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    if (code[at] == '{') ++depth;
    if (code[at] == '}' && --depth == 0) return code.substr(open + 1, at - open - 1);
  }
  return code.substr(open + 1);
}

bool is_test(std::string_view path) { return top_folder(path) == "tests"; }

}  // namespace

Findings check_catches(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path)) return findings;
  const std::string code = split_cpp(file.text).code;
  static const std::regex head("\\bcatch\\s*\\(([^)]*)\\)\\s*\\{");
  static const std::regex answer(
      "\\bthrow\\b|\\bError\\b|\\bcurrent_exception\\b|\\b(?!log_)\\w*error\\w*\\(");
  for (std::sregex_iterator it(code.begin(), code.end(), head), end; it != end; ++it) {
    const auto offset = static_cast<std::size_t>(it->position());
    const std::string body = block_at(code, offset + it->str().size() - 1);
    if (std::ranges::all_of(body, [](unsigned char c) { return std::isspace(c) != 0; })) {
      findings.push_back({file.path, line_at(code, offset), "an empty catch"});
    } else if ((*it)[1] == "..." && !std::regex_search(body, answer)) {
      findings.push_back({file.path, line_at(code, offset),
                          "catch (...) that neither rethrows nor makes an Error"});
    }
  }
  return findings;
}

Findings check_locks(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path) || file.path == "core/guarded.hpp") return findings;
  find_all(file, split_cpp(file.text).code,
           "\\bstd::((recursive_|shared_|timed_)*mutex|condition_variable(_any)?|lock_guard|"
           "unique_lock|scoped_lock|shared_lock)\\b",
           "a lock outside of core/guarded.hpp; use Guarded or BoundedQueue", findings);
  return findings;
}

Findings check_ownership(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path)) return findings;
  const std::string code = split_cpp(file.text).code;
  find_all(file, code, "(^|[^\\w])new\\s+[\\w:(]", "a naked new", findings);
  // Not `= delete`, not `operator delete`.
  find_all(file, code, "(^|[;{}\\)\\n])\\s*delete\\b", "a naked delete", findings);
  find_all(file, code, "(\\.|->)detach\\(", "a detached thread", findings);
  find_all(file, code, "(^|\\n)using namespace\\b", "using namespace at file scope", findings);
  return findings;
}

Findings check_clang(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path)) return findings;
  const std::string code = split_cpp(file.text).code;
  find_all(file, code,
           "\\bviews::|\\branges::(unique|search|remove|remove_if|equal_range|find_end|rotate|"
           "partition|subrange)\\b",
           "a range that clang 14 cannot compile with the library of g++ 12", findings);
  return findings;
}

Findings check_tests_run(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path) || !is_test(file.path)) return findings;
  const std::string code = split_cpp(file.text).code;
  find_all(file, code, "\\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\\s*\\(",
           "a sleep in a test; wait for what is to happen", findings);
  find_all(file, code, "\\bGTEST_SKIP\\b|\\bDISABLED_\\w*", "a test that does not run", findings);
  return findings;
}

Findings check_header_guard(const SourceFile& file) {
  if (!is_header(file.path)) return {};
  const std::string code = split_cpp(file.text).code;
  const auto first = code.find_first_not_of(" \t\n");
  if (first != std::string::npos && code.substr(first).starts_with("#pragma once")) return {};
  return {{file.path, 0, "a header without #pragma once at its top"}};
}

}  // namespace mgc::style
