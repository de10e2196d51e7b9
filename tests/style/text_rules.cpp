#include "tests/style/text_rules.hpp"

#include <algorithm>
#include <array>
#include <regex>

namespace mgc::style {
namespace {

bool is_markdown(std::string_view path) { return path.ends_with(".md"); }

bool has_limited_width(std::string_view path) {
  if (path.ends_with("package-lock.json")) return false;  // npm writes it, with digests
  static constexpr std::array<std::string_view, 6> kEnds = {".proto", ".py",   ".sh",
                                                            ".sql",   ".json", "run"};
  return is_cpp(path) || is_cmake(path) ||
         std::ranges::any_of(kEnds, [&](std::string_view end) { return path.ends_with(end); });
}

std::size_t width_of(std::string_view line) {
  const auto starts_character = [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  };
  return static_cast<std::size_t>(std::ranges::count_if(line, starts_character));
}

/// One finding for each match of `pattern` in `text`.
void find_all(const std::string& path, const std::string& text, const std::regex& pattern,
              const std::string& message, Findings& findings) {
  for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
    const auto offset = static_cast<std::size_t>(it->position());
    findings.push_back({path, line_at(text, offset), message});
  }
}

}  // namespace

Findings check_line_width(const SourceFile& file) {
  Findings findings;
  if (!has_limited_width(file.path)) return findings;
  const auto lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (width_of(lines[i]) > kLineWidthMax) {
      findings.push_back({file.path, i + 1, "a line of more than 100 characters"});
    }
  }
  return findings;
}

Findings check_file_length(const SourceFile& file) {
  // Whoever is to be convinced by it builds it alone, from this one file.
  if (file.path == "audit/standalone/verify_export.cpp") return {};
  if (!has_limited_width(file.path) || lines_of(file.text).size() <= kFileLinesMax) return {};
  return {{file.path, 0, "a file of more than 400 lines"}};
}

Findings check_open_points(const SourceFile& file) {
  // The alternatives are split so that this line does not break its own rule.
  static const std::regex pattern(
      "\\b(TO"
      "DO|FIX"
      "ME|X"
      "XX)\\b(?!\\(#\\d+\\))");
  Findings findings;
  const std::string text = is_cpp(file.path) ? split_cpp(file.text).comments : file.text;
  find_all(file.path, text, pattern,
           "an open point without its issue, as in TO"
           "DO(#12)",
           findings);
  return findings;
}

Findings check_machine_paths(const SourceFile& file, std::string_view root) {
  static const std::regex home("(^|[^\\w./$}>-])/(home|root|Users)/\\w");
  Findings findings;
  find_all(file.path, file.text, home, "the path of a home directory", findings);
  if (const auto at = file.text.find(root); at != std::string::npos) {
    findings.push_back({file.path, line_at(file.text, at), "the path of this checkout"});
  }
  return findings;
}

Findings check_names(const SourceFile& file) {
  static const std::regex pattern("(^|/)(utils?|common|misc)(/|\\.|$)");
  if (!std::regex_search(file.path, pattern)) return {};
  return {{file.path, 0, "a name that says nothing: util, common or misc"}};
}

Findings check_markdown_heading(const SourceFile& file) {
  if (!is_markdown(file.path)) return {};
  bool in_fence = false;
  std::size_t headings = 0;
  for (const std::string_view line : lines_of(file.text)) {
    if (line.starts_with("```")) in_fence = !in_fence;
    if (!in_fence && line.starts_with("# ")) ++headings;
  }
  if (headings == 1) return {};
  return {{file.path, 0,
           "a document has one heading of the first level, not " + std::to_string(headings)}};
}

Findings check_cmake_comments(const SourceFile& file) {
  static const std::regex pattern("^\\s*#+\\s*[A-Za-z_]+\\s*\\(.*\\)\\s*$");
  Findings findings;
  if (!is_cmake(file.path)) return findings;
  const auto lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string line(lines[i]);
    if (std::regex_match(line, pattern) && line.find("...") == std::string::npos) {
      findings.push_back({file.path, i + 1, "code that is commented out"});
    }
  }
  return findings;
}

}  // namespace mgc::style
