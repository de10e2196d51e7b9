#include "tests/style/tree_rules.hpp"

#include <array>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

namespace mgc::style {
namespace {

constexpr std::array<std::string_view, 6> kFlags = {"-Wall",        "-Wextra",  "-Wpedantic",
                                                    "-Wconversion", "-Wshadow", "-Werror"};

using BuildFiles = std::map<std::string, std::string>;  ///< folder -> text of its CMakeLists.txt

BuildFiles build_files(const std::vector<SourceFile>& files) {
  BuildFiles found;
  for (const SourceFile& file : files) {
    const std::filesystem::path path(file.path);
    if (path.filename() == "CMakeLists.txt") found[path.parent_path().string()] = file.text;
  }
  return found;
}

/// True when the nearest CMakeLists.txt at or above `path` names it, as a word of its own.
bool is_named(const BuildFiles& builds, const std::filesystem::path& path) {
  std::filesystem::path folder = path.parent_path();
  while (!builds.contains(folder.string()) && !folder.empty()) folder = folder.parent_path();
  const auto build = builds.find(folder.string());
  if (build == builds.end()) return false;
  const std::string name =
      std::regex_replace(path.lexically_relative(folder).string(), std::regex("\\."), "\\.");
  return std::regex_search(build->second, std::regex("(^|[\\s\"/(])" + name + "($|[\\s\")])"));
}

Findings check_named(const std::vector<SourceFile>& files, std::string_view end) {
  Findings findings;
  const BuildFiles builds = build_files(files);
  for (const SourceFile& file : files) {
    if (file.path.ends_with(end) && !is_named(builds, file.path)) {
      findings.push_back({file.path, 0, "no CMakeLists.txt names it"});
    }
  }
  return findings;
}

}  // namespace

Findings check_sources_are_built(const std::vector<SourceFile>& files) {
  return check_named(files, ".cpp");
}

Findings check_scripts_are_run(const std::vector<SourceFile>& files) {
  return check_named(files, "_test.py");
}

std::vector<CompileCommand> read_compile_commands(const std::filesystem::path& build_dir) {
  std::ifstream in(build_dir / "compile_commands.json");
  const auto document = nlohmann::json::parse(in);
  std::vector<CompileCommand> commands;
  for (const auto& entry : document) commands.push_back({entry.at("file"), entry.at("command")});
  return commands;
}

Findings check_compile_flags(const std::vector<CompileCommand>& commands, std::string_view root,
                             std::string_view build_dir) {
  Findings findings;
  for (const CompileCommand& entry : commands) {
    const bool ours = entry.file.starts_with(std::string(root) + "/") &&
                      !entry.file.starts_with(std::string(build_dir) + "/");
    if (!ours) continue;
    for (const std::string_view flag : kFlags) {
      if ((entry.command + " ").find(" " + std::string(flag) + " ") == std::string::npos) {
        findings.push_back({entry.file, 0, "compiled without " + std::string(flag)});
      }
    }
  }
  return findings;
}

}  // namespace mgc::style
