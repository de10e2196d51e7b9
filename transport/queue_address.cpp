#include "transport/queue_address.hpp"

#include <algorithm>
#include <utility>

namespace mgc::transport {
namespace {

/// The read-ahead of one address. Reading costs the same whether it brings one message or many.
constexpr std::size_t kAheadMessagesMax = 512;
constexpr std::size_t kAheadBytesMax = std::size_t{4} * 1024 * 1024;

}  // namespace

std::uint64_t QueueAddress::room(std::uint64_t promised) const {
  if (bytes_ >= quota_.bytes_max) return 0;
  const std::uint64_t taken = messages_ + promised;
  return taken < quota_.messages_max ? quota_.messages_max - taken : 0;
}

void QueueAddress::restore(std::uint64_t messages, std::uint64_t bytes) {
  messages_ = messages;
  bytes_ = bytes;
  behind_ = messages > 0;
}

void QueueAddress::appended(std::int64_t position, Bytes encoded, bool keep) {
  ++messages_;
  bytes_ += encoded.size();
  if (position <= cursor_) return;  // a read came first and has it
  if (keep && !behind_ && ahead_.size() < kAheadMessagesMax && ahead_bytes_ < kAheadBytesMax) {
    ahead_bytes_ += encoded.size();
    ahead_.push_back({position, name_, std::move(encoded), 0});
    cursor_ = position;
  } else {
    behind_ = true;
  }
}

void QueueAddress::moved_in(std::uint64_t bytes) {
  ++messages_;
  bytes_ += bytes;
  behind_ = true;
}

Result<std::optional<spool::QueuedMessage>> QueueAddress::take(spool::QueueStore& store) {
  if (ahead_.empty() && behind_) {
    auto read = read_ahead(store);
    if (!read) return read.error();
  }
  if (ahead_.empty()) return std::optional<spool::QueuedMessage>();
  std::optional<spool::QueuedMessage> next(std::move(ahead_.front()));
  ahead_.pop_front();
  ahead_bytes_ -= next->encoded.size();
  handed_out_.emplace(next->position, next->encoded.size());
  return next;
}

Result<void> QueueAddress::read_ahead(spool::QueueStore& store) {
  while (behind_ && ahead_.empty()) {
    auto read = store.read(name_, cursor_, kAheadMessagesMax, kAheadBytesMax);
    if (!read) return read.error();
    behind_ = !read->empty();
    for (spool::QueuedMessage& message : *read) {
      cursor_ = std::max(cursor_, message.position);
      if (handed_out_.contains(message.position)) continue;
      ahead_bytes_ += message.encoded.size();
      ahead_.push_back(std::move(message));
    }
  }
  return {};
}

std::uint64_t QueueAddress::removed(std::int64_t position) {
  const auto found = handed_out_.find(position);
  if (found == handed_out_.end()) return 0;
  const std::uint64_t bytes = found->second;
  handed_out_.erase(found);
  // Never below 0, where a damaged store counted too few: that would use up the quota for ever.
  messages_ -= std::min<std::uint64_t>(messages_, 1);
  bytes_ -= std::min(bytes_, bytes);
  return bytes;
}

void QueueAddress::returned(std::int64_t position) {
  if (handed_out_.erase(position) == 0) return;
  cursor_ = std::min(cursor_, position - 1);
  behind_ = true;
  ahead_bytes_ = 0;
  ahead_.clear();  // read again, behind what came back
}

}  // namespace mgc::transport
