#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "producer/replay/byte_source.hpp"
#include "schema/limits.hpp"
#include "schema/running_sha256.hpp"

namespace mgc::producer {

/// Longer is over-long. A line of JSON with the longest content fits, each byte of it as \u00XX.
inline constexpr std::size_t kLineBytesMax = 6 * schema::kContentBytesMax + std::size_t{64} * 1024;
inline constexpr std::size_t kOverLongKept = std::size_t{64} * 1024;  ///< bytes kept of those

/// One line of a log, without its line end and without a UTF-8 byte order mark.
struct Line {
  std::string_view text;     ///< any bytes; valid until the next call of the reader
  std::uint64_t number = 0;  ///< 1 = first line; empty lines are counted
  std::uint64_t offset = 0;  ///< of its first byte, in the expanded bytes
  std::uint64_t bytes = 0;   ///< its length in the file, without the line end
  bool over_long = false;    ///< `text` is only the first kOverLongKept bytes
  bool continued = false;    ///< the rest of a line whose beginning was read before the resume
};

/// How far a reader has come; what a later reader needs to go on from there.
struct ReadPosition {
  std::uint64_t bytes = 0;        ///< expanded bytes, whole lines only
  std::uint64_t line_number = 0;  ///< of the last line, empty ones counted
};

/// Gives a log file line by line in flat memory, whatever its size and the length of its lines,
/// and keeps the SHA-256 of all that it has given.
///
/// A line ends with LF or CR LF; a last line without an end is a line too. When a file has grown
/// since, and its last line had no end then, resume() gives the rest of it as a `continued` line.
///
/// Threads: one owner. Memory: one block of 64 KiB and one line of at most kLineBytesMax.
/// Errors: those of ByteSource; the lines before the damage have been given, and a beginning of a
///         line that the damage cut off is not given.
class LineReader {
  struct Private {};

 public:
  LineReader(Private unused,
             std::unique_ptr<ByteSource> source);  ///< start() and open() alone make one
  [[nodiscard]] static Result<std::unique_ptr<LineReader>> open(const std::filesystem::path& path);
  [[nodiscard]] static std::unique_ptr<LineReader> start(std::unique_ptr<ByteSource> source);

  /// Goes forward to `position`. False when the file is shorter, or its bytes up to there do not
  /// have this SHA-256: it is another file, and this reader is of no use any more.
  [[nodiscard]] Result<bool> resume(const ReadPosition& position, ByteView sha256);

  /// The next line, empty ones included; nullopt at the end.
  [[nodiscard]] Result<std::optional<Line>> next();

  /// Behind the line that next() gave last.
  [[nodiscard]] ReadPosition position() const { return {bytes_, line_number_}; }
  /// Of the first position().bytes bytes.
  [[nodiscard]] schema::Digest sha256() const { return torn_ ? line_start_ : sha256_.digest(); }
  [[nodiscard]] const ByteSource& source() const { return *source_; }

 private:
  [[nodiscard]] Result<bool> refill();
  /// As refill(), inside the line that began at `line_offset`.
  [[nodiscard]] Result<bool> refill_within(std::uint64_t line_offset);
  void take(std::size_t count);
  [[nodiscard]] std::string_view buffered() const {
    return {block_.data() + begin_, end_ - begin_};
  }
  /// Finishes the line that is made of `assembled_` and `tail`, and counts it.
  [[nodiscard]] Line finish(std::string_view tail, std::uint64_t offset, std::uint64_t bytes);

  std::unique_ptr<ByteSource> source_;
  schema::RunningSha256 sha256_;
  std::vector<char> block_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string assembled_;  ///< the beginning of a line that reaches over the block
  std::uint64_t bytes_ = 0;
  std::uint64_t line_number_ = 0;
  bool inside_line_ = false;     ///< resumed behind a line that had no end
  bool torn_ = false;            ///< the data broke off inside a line
  schema::Digest line_start_{};  ///< SHA-256 of all before a line that reaches over the block
};

}  // namespace mgc::producer
