#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/style/source_file.hpp"

namespace mgc::style {

// Rules about how the files of the repository belong together.

/// Every .cpp is named in the CMakeLists.txt of its folder, or of the nearest folder above with
/// one; so no test and no source is forgotten by the build.
[[nodiscard]] Findings check_sources_are_built(const std::vector<SourceFile>& files);
/// Every test script (*_test.py) is named in the CMakeLists.txt of its folder.
[[nodiscard]] Findings check_scripts_are_run(const std::vector<SourceFile>& files);

/// One entry of compile_commands.json.
struct CompileCommand {
  std::string file;  ///< absolute
  std::string command;
};
/// Reads `build_dir`/compile_commands.json. Throws when it is not there or not JSON.
[[nodiscard]] std::vector<CompileCommand> read_compile_commands(
    const std::filesystem::path& build_dir);
/// Every file of ours (below `root`, not below `build_dir`) is compiled with our warnings as
/// errors.
[[nodiscard]] Findings check_compile_flags(const std::vector<CompileCommand>& commands,
                                           std::string_view root, std::string_view build_dir);

}  // namespace mgc::style
