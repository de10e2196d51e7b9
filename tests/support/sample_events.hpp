#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::test {

/// A post of `text` by anna in #ubuntu.
inline schema::Event chat_event(const std::string& text) {
  schema::Event event;
  event.kind = schema::EventKind::chat;
  event.occurred_at = utc_from_micros(1'141'525'320'000'000);
  event.room = schema::Room{"ma-chan://example.org/ubuntu", "#ubuntu"};
  event.actor = schema::Person{"sip:anna@example.org", "anna", "anna@example.org", false};
  event.content = text;
  event.chat_id = 1;
  return event;
}

/// The body of a pack of `count` posts, which begins at `first_sequence`.
inline Bytes pack_body(const std::string& node, std::uint64_t epoch, std::uint64_t first_sequence,
                       std::uint32_t count, const Bytes& previous_sha256 = {}) {
  std::vector<Bytes> events;
  for (std::uint32_t i = 0; i < count; ++i) {
    events.push_back(
        schema::encode_event(chat_event("post " + std::to_string(first_sequence + i))).value());
  }
  return schema::encode_pack({node, epoch, first_sequence, count, previous_sha256}, events).value();
}

inline Bytes sha256_of(ByteView bytes) {
  schema::Hasher hasher;
  return Bytes(schema::bytes_of(hasher.sha256(bytes)));
}

}  // namespace mgc::test
