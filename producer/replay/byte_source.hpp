#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "core/result.hpp"

namespace mgc::producer {

/// The bytes of a log file, expanded when it is a gzip file (told by its first two bytes, never by
/// its name). Members that were concatenated are read one after the other, as gzip itself does.
///
/// Threads: one owner. Memory: 64 KiB of input and one inflate window.
/// Errors: each call says.
/// Source: RFC 1952; zlib's inflate is driven directly, because gzread() drops the expanded bytes
///         that lie before a damage in the same buffer.
class ByteSource {
 public:
  /// @errors stop  not there, no right to read, a directory, or not a regular file.
  [[nodiscard]] static Result<std::unique_ptr<ByteSource>> open(const std::filesystem::path& path);
  virtual ~ByteSource() = default;

  /// Fills the front of `into` and returns how many bytes; 0 = the end.
  /// @errors stop  the disk failed, or the gzip data is damaged or ends in the middle; every byte
  ///               before that has been given.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<char> into) = 0;

  /// Bytes of the file itself (compressed ones for gzip), for a progress bar.
  [[nodiscard]] virtual std::uint64_t file_bytes_read() const = 0;
  [[nodiscard]] virtual std::uint64_t file_bytes_total() const = 0;
};

}  // namespace mgc::producer
