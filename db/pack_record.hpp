#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::db {

/// What is kept between two packs that are read. Threads: one owner.
struct PackReader {
  schema::PackDecoder decoder;
  schema::Hasher hasher;
};

/// The whole content of the pack `body`: expanded, checked and hashed. Moves `body` into the record
/// only when that succeeds.
/// @errors reject  it cannot be stored as events; with the reason that a dead letter keeps.
[[nodiscard]] Result<PackRecord> read_pack_record(Bytes& body, PackReader& reader);

}  // namespace mgc::db
