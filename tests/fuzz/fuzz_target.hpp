#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "core/utf8.hpp"
#include "tests/support/temp_dir.hpp"

/// What libFuzzer, or replay_corpus.cpp, calls with each input. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace mgc::fuzz {

/// Ends the process when `holds` is false, as a crash does, so that the input is kept.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// An error is one line for a person, whatever the input was.
inline void require_fit_to_show(const Error& error) {
  const std::string shown = printable(error.message);
  require(!shown.empty(), "an error has a message");
  require(shown.size() <= 4096, "an error's message is short");
  require(shown == error.message, "an error's message is one printable line of UTF-8: " + shown);
}

/// Takes what a target decides off the front of the input; 0 and nothing at the end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    const ByteView one = bytes(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::size_t number16() {
    const std::size_t high = byte();
    return high << 8U | byte();
  }
  ByteView bytes(std::size_t count) {
    const ByteView taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  ByteView rest() { return bytes(rest_.size()); }

 private:
  ByteView rest_;
};

/// A folder for the files of a target, in memory where the machine has such a file system.
class Folder {
 public:
  Folder() {
    start_log(LogLevel::off);
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
    files_.emplace();
  }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return *files_ / name;
  }

 private:
  std::optional<test::TempDir> files_;
};

inline void write_file(const std::filesystem::path& file, ByteView bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  require(out.flush().good(), "a file of the target can be written");
}

inline Bytes read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  require(in.good(), "a file of the target can be read");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace mgc::fuzz
