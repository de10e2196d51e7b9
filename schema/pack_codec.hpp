#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"
#include "schema/stored_pack.hpp"

/// What packs that are sent and packs that are kept have in common; for schema/ itself.
namespace mgc::schema {

/// Reads an expanded pack of either version.
[[nodiscard]] Result<StoredPack> slice_stored_pack(Bytes bytes);

/// Serialises and compresses a pack of version 2; the events of `leaves` are empty.
[[nodiscard]] Result<Bytes> encode_redacted_pack(const PackHeader& header,
                                                 std::span<const Bytes> events,
                                                 const std::map<std::uint32_t, Digest>& leaves);

}  // namespace mgc::schema
