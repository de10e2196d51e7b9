#pragma once

#include <optional>
#include <string>

#include "db/compliance_store.hpp"
#include "db/pack_record.hpp"
#include "transport/message.hpp"
#include "transport/receiver.hpp"

namespace mgc::consumer {

/// One delivery after decoding: a pack that can be stored, or the dead letter that it became, or a
/// suspect that is only decoded once it is marked (trials.hpp); always exactly one of them. The
/// token is settled when the record is committed.
struct DecodedRecord {
  transport::SettlementToken token;
  std::optional<db::PackRecord> pack;
  std::optional<db::DeadLetterRecord> dead_letter;
  std::optional<transport::ReceivedMessage> suspect;

  [[nodiscard]] std::size_t events() const { return pack ? pack->events.size() : 0; }
  /// Of the message's body, as it came.
  [[nodiscard]] std::size_t body_bytes() const {
    if (pack) return pack->body.size();
    if (dead_letter) return dead_letter->raw.size();
    return suspect ? suspect->message.body.size() : 0;
  }
  /// In memory, which is also a measure of what one transaction writes: a pack is stored as it came
  /// and once more expanded, as events.
  [[nodiscard]] std::size_t bytes() const { return body_bytes() + (pack ? pack->pack.bytes() : 0); }
};

/// Expands, checks and hashes one delivery. What cannot be stored as events becomes a dead letter
/// with the reason and every byte; nothing is dropped.
///
/// Threads: as `reader`, one owner. Errors: none; trouble is in the record.
[[nodiscard]] DecodedRecord decode(transport::Delivery delivery, db::PackReader& reader);

/// The message-id as people see it: printable, and no longer than a column holds.
[[nodiscard]] std::string shown_id(const std::string& id);

}  // namespace mgc::consumer
