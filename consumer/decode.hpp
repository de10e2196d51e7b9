#pragma once

#include <optional>

#include "db/compliance_store.hpp"
#include "schema/ledger.hpp"
#include "transport/message.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {

/// One delivery after decoding: a pack that can be stored, or the dead letter that it became; never
/// both, never neither. The token is settled when the record is committed.
struct DecodedRecord {
  transport::SettlementToken token;
  std::optional<db::PackRecord> pack;
  std::optional<db::DeadLetterRecord> dead_letter;

  [[nodiscard]] std::size_t events() const { return pack ? pack->events.size() : 0; }
  /// Body bytes, as a measure of what one transaction writes.
  [[nodiscard]] std::size_t bytes() const {
    return pack ? pack->body.size() : dead_letter ? dead_letter->raw.size() : 0;
  }
};

/// Expands, checks and hashes one delivery. What cannot be stored as events becomes a dead letter
/// with the reason and every byte; nothing is dropped.
///
/// Threads: as `hasher`, one owner. Errors: none; trouble is in the record.
[[nodiscard]] DecodedRecord decode(transport::Delivery delivery, schema::Hasher& hasher);

}  // namespace mgc::consumer
