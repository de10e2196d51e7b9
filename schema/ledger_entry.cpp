#include "schema/ledger_entry.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace mgc::schema {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kDigestBytes = sizeof(Digest);
/// What differs between the events of a pack, at the end of an entry.
constexpr std::size_t kOwnBytes = kNumberBytes + kDigestBytes;

std::uint64_t take_number(ByteView& bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, kNumberBytes)) {
    number = number << 8U | static_cast<unsigned char>(byte);
  }
  bytes.remove_prefix(kNumberBytes);
  return number;
}

Digest take_digest(ByteView& bytes) {
  Digest digest;
  std::ranges::copy(bytes.substr(0, kDigestBytes), digest.begin());
  bytes.remove_prefix(kDigestBytes);
  return digest;
}

}  // namespace

Bytes write_entry(const LedgerEntry& entry) {
  MGC_ASSERT(!entry.node.empty() && entry.node.size() <= 255);
  Bytes bytes(1, kVersion);
  bytes.push_back(static_cast<char>(entry.node.size()));
  bytes.append(entry.node);
  append_number(bytes, entry.epoch);
  append_number(bytes, static_cast<std::uint64_t>(to_micros(entry.received_at)));
  append_number(bytes, entry.block);
  bytes.append(bytes_of(entry.pack_sha256));
  append_number(bytes, entry.sequence);
  bytes.append(bytes_of(entry.event_leaf));
  return bytes;
}

Result<LedgerEntry> take_entry(ByteView& bytes) {
  if (bytes.size() < 2 || bytes[0] != kVersion) {
    return Error{Action::reject, "no ledger entry of version 1"};
  }
  const std::size_t node_bytes = static_cast<unsigned char>(bytes[1]);
  const std::size_t all = 2 + node_bytes + 3 * kNumberBytes + kDigestBytes + kOwnBytes;
  if (node_bytes == 0 || bytes.size() < all) {
    return Error{Action::reject, "a ledger entry that is cut short"};
  }
  LedgerEntry entry;
  entry.node = bytes.substr(2, node_bytes);
  bytes.remove_prefix(2 + node_bytes);
  entry.epoch = take_number(bytes);
  entry.received_at = utc_from_micros(static_cast<std::int64_t>(take_number(bytes)));
  entry.block = take_number(bytes);
  entry.pack_sha256 = take_digest(bytes);
  entry.sequence = take_number(bytes);
  entry.event_leaf = take_digest(bytes);
  return entry;
}

EntryHasher::EntryHasher(const LedgerEntry& first)
    : bytes_(write_entry(first)), sequence_(first.sequence) {}

Digest EntryHasher::next(const Digest& event_leaf) {
  bytes_.resize(bytes_.size() - kOwnBytes);
  append_number(bytes_, sequence_++);
  bytes_.append(bytes_of(event_leaf));
  return hasher_.leaf(bytes_);
}

}  // namespace mgc::schema
