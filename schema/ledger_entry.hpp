#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "schema/ledger.hpp"

namespace mgc::schema {

/// What a checkpoint's tree says of one event: which event it is, whose, and how it came. A leaf
/// hash alone would leave open who sent it and in what order. Leaf index = event id, leaf hash =
/// Hasher::leaf() of the bytes below.
///
/// The bytes are a structure in the language of TLS (RFC 8446, section 3), as the leaves of RFC
/// 6962 are; numbers have their most significant byte first:
///
///     struct {
///       uint8  version = 1;
///       opaque node<1..255>;       // one byte of length, then so many
///       uint64 epoch;
///       int64  received_at;        // UTC microseconds since 1970, when it was stored
///       uint64 block;
///       opaque pack_sha256[32];    // of the message that it came in, as it came
///       uint64 sequence;
///       opaque event_leaf[32];     // SHA-256(0x00 || event bytes)
///     } LedgerEntry;
struct LedgerEntry {
  std::string node;
  std::uint64_t epoch = 0;
  UtcTime received_at{};
  std::uint64_t block = 0;
  Digest pack_sha256{};
  std::uint64_t sequence = 0;
  Digest event_leaf{};

  bool operator==(const LedgerEntry&) const = default;
};

/// @param entry  its node has 1 to 255 bytes.
[[nodiscard]] Bytes write_entry(const LedgerEntry& entry);
/// Takes an entry off the front of `bytes`, any bytes at all.
/// @errors reject  too short, or of another version.
[[nodiscard]] Result<LedgerEntry> take_entry(ByteView& bytes);

/// The leaf hashes of the entries of one pack, one after the other: only what differs between them
/// is written anew.
///
/// Threads: one owner. Errors: none.
class EntryHasher {
 public:
  /// @param first  the entry of the pack's first event; its event_leaf is not used.
  explicit EntryHasher(const LedgerEntry& first);
  /// Of the next event.
  [[nodiscard]] Digest next(const Digest& event_leaf);

 private:
  Hasher hasher_;
  Bytes bytes_;
  std::uint64_t sequence_;
};

}  // namespace mgc::schema
