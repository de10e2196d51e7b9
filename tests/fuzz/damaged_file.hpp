#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>

#include "core/bytes.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace mgc::fuzz {

/// An SQLite file and its write-ahead log, as they lie on a disk.
struct DatabaseFiles {
  Bytes main;
  Bytes log;

  static DatabaseFiles read(const std::filesystem::path& file) {
    const std::filesystem::path log = file.string() + "-wal";
    return {read_file(file), std::filesystem::exists(log) ? read_file(log) : Bytes()};
  }
  /// In place of what was there.
  void write(const std::filesystem::path& file) const {
    std::filesystem::remove(file.string() + "-shm");
    std::filesystem::remove(file.string() + "-wal");
    write_file(file, main);
    if (!log.empty()) write_file(file.string() + "-wal", log);
  }
  bool operator==(const DatabaseFiles&) const = default;
};

/// One thing that a bad disk or a careless copy does to `bytes`.
inline void damage_once(Bytes& bytes, Input& input) {
  constexpr std::size_t kPage = 4096;
  const std::size_t what = input.byte();
  const std::size_t at = input.number16() % std::max<std::size_t>(bytes.size(), 1);
  switch (what % 4) {
    case 0:  // a bit
      if (!bytes.empty()) {
        bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) ^ 1U << what / 4 % 8);
      }
      break;
    case 1: {  // some bytes
      const ByteView written = input.bytes(1 + what / 4 % 8).substr(0, bytes.size() - at);
      bytes.replace(at, written.size(), written);
      break;
    }
    case 2:  // the end
      bytes.resize(at);
      break;
    default: {  // a page, by another one or by nothing
      const std::size_t from = input.byte() * kPage;
      const Bytes page = from < bytes.size() ? bytes.substr(from, kPage) : Bytes(kPage, '\0');
      const std::size_t to = at / kPage * kPage;
      bytes.replace(to, std::min(kPage, bytes.size() - to), page);
    }
  }
}

inline void damage(DatabaseFiles& files, Input& input) {
  constexpr int kTimesMax = 8;
  for (int times = 0; times < kTimesMax && !input.empty(); ++times) {
    damage_once(input.byte() % 4 == 3 ? files.log : files.main, input);
  }
}

}  // namespace mgc::fuzz
