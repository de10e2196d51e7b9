#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/style/code_rules.hpp"

namespace mgc::style {
namespace {

using Folders = std::set<std::string, std::less<>>;

/// docs/architecture.md: core <- schema <- {spool, db}; spool <- transport; all of these <-
/// {producer, consumer, audit} <- app. A folder that is not here (bench, tests) may include all.
const std::map<std::string, Folders, std::less<>>& allowed_folders() {
  static const std::map<std::string, Folders, std::less<>> allowed = [] {
    std::map<std::string, Folders, std::less<>> out;
    out["core"] = {"core"};
    out["schema"] = {"core", "schema"};
    out["spool"] = {"core", "schema", "spool"};
    out["db"] = {"core", "schema", "db"};
    out["transport"] = {"core", "schema", "spool", "transport"};
    for (const char* service : {"producer", "consumer", "audit"}) {
      out[service] = {"core", "schema", "spool", "db", "transport", service};
    }
    out["app"] = {"core",     "schema",   "spool", "db", "transport",
                  "producer", "consumer", "audit", "app"};
    return out;
  }();
  return allowed;
}

/// Which folder alone, with its unit tests, may include what a pattern describes.
struct Boundary {
  const char* pattern;
  const char* folder;
};
constexpr Boundary kBoundaries[] = {
    {"^<proton/", "transport"},
    {"^<soci/|^<soci", "db"},
    {"\\.pb\\.h[>\"]$", "schema"},
};

bool is_of(std::string_view path, const std::string& folder) {
  return path.starts_with(folder + "/") || path.starts_with("tests/unit/" + folder + "/");
}

}  // namespace

Findings check_includes(const SourceFile& file) {
  Findings findings;
  if (!is_cpp(file.path)) return findings;
  const std::string code = split_cpp(file.text).code;
  static const std::regex include("(^|\\n)\\s*#\\s*include\\s*([<\"][^>\"]*[>\"])");
  const auto rule = allowed_folders().find(top_folder(file.path));
  for (std::sregex_iterator it(code.begin(), code.end(), include), end; it != end; ++it) {
    const std::string name = (*it)[2];
    const std::size_t line = line_at(code, static_cast<std::size_t>(it->position(2)));
    for (const Boundary& boundary : kBoundaries) {
      if (std::regex_search(name, std::regex(boundary.pattern)) &&
          !is_of(file.path, boundary.folder)) {
        findings.push_back({file.path, line, name + " belongs under " + boundary.folder + "/"});
      }
    }
    if (name.front() != '"' || name.ends_with(".pb.h\"")) continue;
    const std::string from(top_folder(std::string_view(name).substr(1)));
    if (from.empty()) {
      findings.push_back({file.path, line, name + " is not a path from the repository root"});
    } else if (rule != allowed_folders().end() && !rule->second.contains(from)) {
      findings.push_back({file.path, line, name + " breaks the dependency rule"});
    }
  }
  return findings;
}

}  // namespace mgc::style
