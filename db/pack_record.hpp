#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "schema/ledger.hpp"

namespace mgc::db {

/// The whole content of the pack `body`: expanded, checked and hashed. Moves `body` into the record
/// only when that succeeds.
/// @errors reject  it cannot be stored as events; with the reason that a dead letter keeps.
[[nodiscard]] Result<PackRecord> read_pack_record(Bytes& body, schema::Hasher& hasher);

}  // namespace mgc::db
