#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// What is written at once, and between two states of an export: a kill costs that much work.
inline constexpr std::size_t kWriteBytes = std::size_t{1} << 20;
inline constexpr std::uint64_t kStateBytes = std::uint64_t{64} << 20;

/// A file that is written from its beginning to its end, perhaps by several processes one after the
/// other.
///
/// Threads: one owner. Errors: stop  the disk or its rights; with the path.
class ExportFile {
 public:
  /// Keeps the first `kept_bytes` bytes of the file and removes what is behind them.
  /// @errors stop  also where the file has less.
  [[nodiscard]] static Result<ExportFile> open(std::filesystem::path path,
                                               std::uint64_t kept_bytes);
  ~ExportFile();
  ExportFile(ExportFile&& other) noexcept;
  ExportFile& operator=(ExportFile&&) = delete;

  [[nodiscard]] Result<void> append(ByteView bytes);
  /// On disk when it returns.
  [[nodiscard]] Result<void> sync();
  /// Of what was kept and appended.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  ExportFile(std::filesystem::path path, int descriptor, std::uint64_t bytes)
      : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes) {}

  std::filesystem::path path_;
  int descriptor_;  ///< -1: moved away
  std::uint64_t bytes_;
};

/// A file with `bytes`, or none of it: write_aside() and take_from_aside().
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, ByteView bytes);
enum class Sync : std::uint8_t {
  now,
  later,  ///< the caller does, for many at once
};
/// Writes PATH.new.
[[nodiscard]] Result<void> write_aside(const std::filesystem::path& path, ByteView bytes,
                                       Sync sync = Sync::now);
/// PATH.new gets its name.
[[nodiscard]] Result<void> take_from_aside(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path aside(const std::filesystem::path& path);
/// The names of a directory are on disk when it returns.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& dir);
/// All of its file system is on disk when it returns: for many files faster than one after the
/// other.
[[nodiscard]] Result<void> sync_filesystem(const std::filesystem::path& dir);
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);
/// In hexadecimal, as sha256sum prints it.
[[nodiscard]] Result<std::string> sha256_of_file(const std::filesystem::path& path);

}  // namespace mgc::audit
