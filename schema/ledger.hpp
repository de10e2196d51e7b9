#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"

namespace mgc::schema {

/// A SHA-256 digest.
using Digest = std::array<unsigned char, 32>;

[[nodiscard]] inline ByteView bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
/// `bytes` that a store keeps as a digest; zeros when they are not 32, which no digest is.
[[nodiscard]] Digest digest_of(ByteView bytes);
/// Lower-case hexadecimal, 64 characters.
[[nodiscard]] std::string to_hex(ByteView bytes);
/// 8 bytes, the most significant first: how the ledger writes its numbers.
void append_number(Bytes& out, std::uint64_t number);

/// The hashes of the ledger, by OpenSSL.
///
/// Threads: one owner. Errors: none.
/// Source: RFC 6962, section 2.1 (domain separation of leaves and nodes).
class Hasher {
 public:
  /// SHA-256(bytes).
  [[nodiscard]] Digest sha256(ByteView bytes);
  /// SHA-256(0x00 || event bytes): the leaf of one event.
  [[nodiscard]] Digest leaf(ByteView event);
  /// SHA-256(0x01 || left || right).
  [[nodiscard]] Digest node(const Digest& left, const Digest& right);
  /// The RFC 6962 tree hash over nodes that are already hashed, in order; at least one. `level` is
  /// used as scratch space.
  [[nodiscard]] Digest root(std::vector<Digest> level);

  /// What the digest of a block commits to, beside the block before it.
  struct BlockCounts {
    std::uint64_t block = 0;           ///< 1, 2, 3 ... within the lane
    std::uint64_t first_event_id = 0;  ///< ledger index of the block's first event
    std::uint64_t events = 0;
    std::uint64_t packs = 0;
  };
  /// SHA-256(0x02 || previous || root || block || first_event_id || events || packs), the numbers
  /// as 8 bytes, most significant first.
  [[nodiscard]] Digest block(const Digest& previous, const Digest& root, const BlockCounts& counts);

 private:
  void begin();
  void add(ByteView bytes);
  [[nodiscard]] Digest finish();

  SHA256_CTX context_{};
};

}  // namespace mgc::schema
