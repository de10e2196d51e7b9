#include "schema/stored_pack.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "schema/pack_codec.hpp"

namespace mgc::schema {

Digest StoredPack::leaf(Hasher& hasher, std::size_t index) const {
  const auto kept = leaves.find(static_cast<std::uint32_t>(index));
  return kept == leaves.end() ? hasher.leaf(pack.event(index)) : kept->second;
}

Digest StoredPack::root(Hasher& hasher) const {
  std::vector<Digest> level;
  level.reserve(pack.size());
  for (std::size_t index = 0; index < pack.size(); ++index) level.push_back(leaf(hasher, index));
  return hasher.root(std::move(level));
}

Result<StoredPack> decode_stored_pack(ByteView body) { return PackDecoder().decode_stored(body); }

Result<Bytes> redact_events(const StoredPack& stored, std::span<const std::uint32_t> indexes) {
  Hasher hasher;
  std::map<std::uint32_t, Digest> leaves = stored.leaves;
  for (const std::uint32_t index : indexes) {
    if (index >= stored.pack.size()) {
      return Error{Action::reject, fmt::format("pack {} has no event {}",
                                               stored.pack.header().message_id(), index)};
    }
    leaves.try_emplace(index, stored.leaf(hasher, index));
  }
  std::vector<Bytes> events;
  events.reserve(stored.pack.size());
  for (std::size_t index = 0; index < stored.pack.size(); ++index) {
    const bool gone = leaves.contains(static_cast<std::uint32_t>(index));
    events.emplace_back(gone ? ByteView() : stored.pack.event(index));
  }
  return encode_redacted_pack(stored.pack.header(), events, leaves);
}

}  // namespace mgc::schema
