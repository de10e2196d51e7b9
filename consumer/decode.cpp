#include "consumer/decode.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <utility>

#include "core/planted_bug.hpp"
#include "core/utf8.hpp"
#include "schema/duty.hpp"

namespace mgc::consumer {
namespace {

/// Why a node may not send `pack`; empty when it may.
std::string fault_of_sender(const db::PackRecord& pack) {
  const schema::PackHeader& header = pack.pack.header();
  if (schema::is_service_node(header.node)) {
    return header.message_id() + ": the service alone records as such a node";
  }
  if (schema::is_import_node(header.node)) {
    return header.message_id() + ": mgc audit import alone records as such a node";
  }
  for (std::size_t index = 0; index < pack.events.size(); ++index) {
    const schema::EventView& event = pack.events[index];
    const std::string_view what = event.synthetic ? "makes events in the place of a node"
                                  : event.duty || schema::is_duty(event.kind)
                                      ? "says what was done with the record"
                                      : "";
    if (what.empty()) continue;
    return fmt::format("event {} of {}: the service alone {}", header.first_sequence + index,
                       header.message_id(), what);
  }
  return {};
}

}  // namespace

std::string shown_id(const std::string& id) {
  constexpr std::size_t kIdBytesMax = 1'000;
  std::string shown = printable(id);
  if (shown.size() <= kIdBytesMax) return shown;
  std::size_t end = kIdBytesMax;
  while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xC0U) == 0x80U) --end;
  shown.resize(end);
  return shown + "...";
}

DecodedRecord decode(transport::Delivery delivery, db::PackReader& reader) {
  transport::Message& message = delivery.received.message;
  if (planted_bug("die_on_decode", message.id)) (void)::raise(SIGKILL);
  std::string reason = std::move(delivery.received.fault);
  if (reason.empty()) {
    auto record = db::read_pack_record(message.body, reader);
    reason = record ? fault_of_sender(*record) : record.error().message;
    if (record && reason.empty()) {
      return {std::move(delivery.token), std::move(*record), std::nullopt, std::nullopt};
    }
    if (record) message.body = std::move(record->body);
  }
  return {std::move(delivery.token), std::nullopt,
          db::DeadLetterRecord{shown_id(message.id), std::move(reason), std::move(message.body)},
          std::nullopt};
}

}  // namespace mgc::consumer
