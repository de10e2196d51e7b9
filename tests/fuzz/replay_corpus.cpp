// Runs the function of a fuzz target on every file of its corpus: DIRECTORY is the one argument.
// Exit status: 0 all hold (a crash otherwise), 2 the folder is missing or empty.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "tests/fuzz/fuzz_target.hpp"

namespace fs = std::filesystem;

int main(int argc, char** argv) {
  std::vector<fs::path> files;
  std::error_code failed;
  if (argc == 2) {
    for (const auto& entry : fs::directory_iterator(argv[1], failed)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    std::fprintf(stderr, "usage: %s DIRECTORY, which holds the corpus\n", argv[0]);
    return 2;
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::fprintf(stderr, "%s\n", file.filename().c_str());  // the last one is what failed
    const mgc::Bytes bytes = mgc::fuzz::read_file(file);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::fprintf(stderr, "%zu inputs\n", files.size());
  return 0;
}
