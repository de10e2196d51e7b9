#include "producer/replay/line_reader.hpp"

#include <algorithm>
#include <utility>

namespace mgc::producer {
namespace {

constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

}  // namespace

LineReader::LineReader(Private /*unused*/, std::unique_ptr<ByteSource> source)
    : source_(std::move(source)), block_(kBlockBytes) {}

Result<std::unique_ptr<LineReader>> LineReader::open(const std::filesystem::path& path) {
  auto source = ByteSource::open(path);
  if (!source) return source.error();
  return start(std::move(*source));
}

std::unique_ptr<LineReader> LineReader::start(std::unique_ptr<ByteSource> source) {
  return std::make_unique<LineReader>(Private{}, std::move(source));
}

/// Reads the next block; only called when the last one is used up. False at the end.
Result<bool> LineReader::refill() {
  auto count = source_->read(block_);
  if (!count) return count.error();
  begin_ = 0;
  end_ = *count;
  return end_ > 0;
}

Result<bool> LineReader::refill_within(std::uint64_t line_offset) {
  auto more = refill();
  if (!more && bytes_ > line_offset) {
    torn_ = true;
    bytes_ = line_offset;
  }
  return more;
}

/// Uses up `count` bytes of the block: they belong to what was given.
void LineReader::take(std::size_t count) {
  sha256_.add(buffered().substr(0, count));
  begin_ += count;
  bytes_ += count;
}

Result<bool> LineReader::resume(const ReadPosition& position, ByteView sha256) {
  char last = '\n';
  while (bytes_ < position.bytes) {
    if (begin_ == end_) {
      auto more = refill();
      if (!more) return more.error();
      if (!*more) return false;
    }
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(end_ - begin_, position.bytes - bytes_));
    last = block_[begin_ + count - 1];
    take(count);
  }
  if (schema::bytes_of(sha256_.digest()) != sha256) return false;
  line_number_ = position.line_number;
  inside_line_ = last != '\n';
  return true;
}

Line LineReader::finish(std::string_view tail, std::uint64_t offset, std::uint64_t bytes) {
  Line line;
  line.number = ++line_number_;
  line.offset = offset;
  line.over_long = bytes > kLineBytesMax;
  if (assembled_.empty()) {
    line.text = tail;
  } else {
    assembled_.append(
        tail.substr(0, kLineBytesMax + 1 - std::min(kLineBytesMax, assembled_.size())));
    line.text = assembled_;
  }
  if (line.over_long) {
    line.text = line.text.substr(0, kOverLongKept);
    line.bytes = bytes;
    return line;
  }
  line.text = without_line_end(line.text);
  line.bytes = line.text.size();
  if (line.text.starts_with(kByteOrderMark)) line.text.remove_prefix(kByteOrderMark.size());
  return line;
}

Result<std::optional<Line>> LineReader::next() {
  assembled_.clear();
  const std::uint64_t offset = bytes_;
  for (;;) {
    if (begin_ == end_) {
      auto more = refill_within(offset);
      if (!more) return more.error();
      if (!*more) break;
    }
    const std::string_view rest = buffered();
    const std::size_t end = rest.find('\n');
    const std::string_view piece = rest.substr(0, end);
    if (end == std::string_view::npos && bytes_ == offset) line_start_ = sha256_.digest();
    take(end == std::string_view::npos ? rest.size() : end + 1);
    if (end == std::string_view::npos) {
      const std::size_t room = kLineBytesMax + 1 - std::min(kLineBytesMax + 1, assembled_.size());
      assembled_.append(piece.substr(0, room));
      continue;
    }
    if (std::exchange(inside_line_, false)) {
      // The end of the line that was read before. Nothing but the end is no line of its own.
      if (assembled_.empty() && without_line_end(piece).empty()) return next();
      --line_number_;
      Line line = finish(piece, offset, bytes_ - offset - 1);
      line.continued = true;
      return std::optional<Line>(line);
    }
    return std::optional<Line>(finish(piece, offset, bytes_ - offset - 1));
  }
  if (bytes_ == offset) return std::optional<Line>();
  const bool continued = std::exchange(inside_line_, false);
  if (continued) --line_number_;
  Line line = finish({}, offset, bytes_ - offset);
  line.continued = continued;
  return std::optional<Line>(line);
}

}  // namespace mgc::producer
