#include "consumer/decode.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/utf8.hpp"

namespace mgc::consumer {
namespace {

/// The whole content of a pack, or why it cannot be stored.
/// Moves `body` out only when it succeeds.
Result<db::PackRecord> read_pack(Bytes& body, schema::Hasher& hasher) {
  auto pack = schema::decode_pack(body);
  if (!pack) return pack.error();
  std::vector<schema::EventView> events;
  std::vector<schema::Digest> leaves;
  events.reserve(pack->size());
  leaves.reserve(pack->size());
  for (std::size_t index = 0; index < pack->size(); ++index) {
    auto event = schema::view_event(pack->event(index));
    if (!event) {
      return Error{Action::reject,
                   fmt::format("event {} of {}: {}", pack->header().first_sequence + index,
                               pack->header().message_id(), event.error().message)};
    }
    events.push_back(*event);
    leaves.push_back(hasher.leaf(pack->event(index)));
  }
  const schema::Digest sha256 = hasher.sha256(body);
  const schema::Digest root = hasher.root(std::move(leaves));
  return db::PackRecord{std::move(body), sha256, root, std::move(*pack), std::move(events)};
}

/// The message-id as a dead letter shows it: a sender may choose a longer one than a column holds.
std::string shown_id(const std::string& id) {
  constexpr std::size_t kIdBytesMax = 1'000;
  std::string shown = printable(id);
  if (shown.size() <= kIdBytesMax) return shown;
  std::size_t end = kIdBytesMax;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) --end;
  shown.resize(end);
  return shown + "...";
}

}  // namespace

DecodedRecord decode(transport::Delivery delivery, schema::Hasher& hasher) {
  transport::Message& message = delivery.received.message;
  std::string reason = std::move(delivery.received.fault);
  if (reason.empty()) {
    auto record = read_pack(message.body, hasher);
    if (record) return {std::move(delivery.token), std::move(*record), std::nullopt};
    reason = record.error().message;
  }
  return {std::move(delivery.token), std::nullopt,
          db::DeadLetterRecord{shown_id(message.id), std::move(reason), std::move(message.body)}};
}

}  // namespace mgc::consumer
