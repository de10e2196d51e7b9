#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::schema {

/// A pack as mgccomp keeps it: as it was sent (version 1), or with events redacted (version 2,
/// which is never sent). Of a redacted event the bytes are gone, and its leaf of the ledger is
/// there, so that the root of the pack is still that of what was sent.
struct StoredPack {
  Pack pack;                               ///< redacted events are empty
  std::map<std::uint32_t, Digest> leaves;  ///< of redacted events, by index
  bool is_version_2 = false;

  /// The body is what was sent: its SHA-256 is that of the node's chain.
  [[nodiscard]] bool is_as_sent() const { return !is_version_2; }
  [[nodiscard]] bool is_redacted(std::size_t index) const {
    return leaves.contains(static_cast<std::uint32_t>(index));
  }
  /// The leaf of the event as it was sent.
  [[nodiscard]] Digest leaf(Hasher& hasher, std::size_t index) const;
  /// The root of the pack as it was sent.
  [[nodiscard]] Digest root(Hasher& hasher) const;
};

/// As decode_pack(), of what mgccomp keeps. @errors as decode_pack(); reject also when a leaf is of
/// no event, or of one whose bytes are there. @source schema/proto/mgc/v1/pack.proto
[[nodiscard]] Result<StoredPack> decode_stored_pack(ByteView body);

/// The body of `stored` without the bytes of events `indexes`, which become leaves; what was
/// redacted before stays so. Every other event keeps its bytes.
/// @errors  reject  an index is of no event.
[[nodiscard]] Result<Bytes> redact_events(const StoredPack& stored,
                                          std::span<const std::uint32_t> indexes);

}  // namespace mgc::schema
