#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::spool {

/// When a pack is closed, whichever is first.
struct PackLimits {
  std::size_t events_max = 0;
  std::size_t bytes_max = 0;  ///< encoded bytes of its events; a larger event goes alone
};

/// Where the next pack goes on: each pack holds the SHA-256 of the body before it.
struct PackChain {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t last_sequence = 0;
  Bytes last_sha256;  ///< empty before the first pack
};

struct FormedPack {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  Bytes body;
};

/// Packs the events of several appends, in order and across their borders, and moves `chain` on.
///
/// @param appends  each event at most schema::kEventBytesMax.
/// @errors  as schema::encode_pack; `chain` is then not to be used any more.
/// @threads any.
[[nodiscard]] Result<std::vector<FormedPack>> form_packs(
    std::span<const std::span<const Bytes>> appends, const PackLimits& limits, PackChain& chain);

}  // namespace mgc::spool
