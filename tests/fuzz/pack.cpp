// What comes as the body of a message: packs, their events, receipts.
#include <zstd.h>

#include <vector>

#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "schema/receipt.hpp"
#include "schema/stored_pack.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace mgc::fuzz {
namespace {

using schema::decode_pack;
using schema::decode_receipt;
using schema::Digest;
using schema::Pack;
using schema::PackHeader;

void check_person(const std::optional<schema::PersonView>& person) {
  if (!person) return;
  require(!person->uri.empty() && person->uri.size() <= schema::kNameBytesMax,
          "a person has a uri");
  require(is_utf8(person->uri) && is_utf8(person->name) && is_utf8(person->email),
          "a person is UTF-8");
}

void check_event(ByteView wire) {
  const auto event = schema::view_event(wire);
  if (!event) return require_fit_to_show(event.error());
  require(wire.size() <= schema::kEventBytesMax, "an event that can be read is within its limit");
  const auto micros = to_micros(event->occurred_at);
  require(micros >= kUtcMicrosMin && micros <= kUtcMicrosMax, "an event is of years 1 to 9999");
  require(format_utc(event->occurred_at).size() == 27, "its time can be shown");
  require(is_utf8(event->content) && event->content.size() <= schema::kContentBytesMax,
          "content is UTF-8 within its limit");
  if (event->room) {
    require(!event->room->uri.empty() && is_utf8(event->room->uri), "a room has a uri");
  }
  check_person(event->actor);
  check_person(event->target);
  require(!schema::kind_name(event->kind).empty(), "every kind has a name");
  require(event->chat_id >= 0, "a chat id is not negative");
  if (event->file) {
    require(event->file->sha256.empty() || event->file->sha256.size() == 32, "a digest is whole");
  }
}

void check_header(const Pack& pack) {
  const PackHeader& header = pack.header();
  require(schema::is_node_id(header.node), "a pack is of a node");
  require(header.epoch >= 1 && header.epoch <= schema::kNumberMax, "the epoch is in range");
  require(header.first_sequence >= 1 && header.last_sequence() <= schema::kNumberMax,
          "the sequences are in range");
  require(header.event_count == pack.size(), "a pack holds as many events as it says");
  require(pack.size() >= 1 && pack.size() <= schema::kPackEventsMax,
          "the event count is within limits");
  require(header.previous_sha256.empty() || header.previous_sha256.size() == 32,
          "the digest of the pack before is whole");
}

void require_equal(const Pack& a, const Pack& b) {
  require(a.header().message_id() == b.header().message_id(), "both are the same pack");
  require(a.header().previous_sha256 == b.header().previous_sha256, "with the same pack before");
  require(a.size() == b.size(), "with as many events");
  for (std::size_t i = 0; i < a.size(); ++i)
    require(a.event(i) == b.event(i), "an event is sliced from the same bytes");
}

void check_pack(const Pack& pack) {
  check_header(pack);
  static schema::Hasher hasher;
  std::vector<Digest> leaves;
  std::vector<Bytes> events;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < pack.size(); ++i) {
    check_event(pack.event(i));
    leaves.push_back(hasher.leaf(pack.event(i)));
    events.emplace_back(pack.event(i));
    bytes += events.back().size();
  }
  require(bytes <= schema::kPackExpandedBytesMax, "the events are within the limit of a pack");
  const Digest root = hasher.root(leaves);
  const auto encoded = schema::encode_pack(pack.header(), events);
  if (!encoded) return require(bytes > schema::kPackBytesMax, "what was read can be written again");
  const auto again = decode_pack(*encoded);
  require(again.has_value(), "and read again");
  require_equal(pack, *again);
  leaves.clear();
  for (std::size_t i = 0; i < again->size(); ++i) leaves.push_back(hasher.leaf(again->event(i)));
  require(hasher.root(leaves) == root, "with the same root");
}

/// What mgccomp keeps: leaves in the place of events.
void check_stored(ByteView body) {
  const auto stored = schema::decode_stored_pack(body);
  if (!stored) return require_fit_to_show(stored.error());
  check_header(stored->pack);
  for (const auto& [index, leaf] : stored->leaves) {
    require(index < stored->pack.size() && stored->pack.event(index).empty(),
            "a leaf is in the place of an event");
  }
  static schema::Hasher hasher;
  const std::uint32_t first[] = {0};
  const auto redacted = schema::redact_events(*stored, first);
  if (!redacted) return require_fit_to_show(redacted.error());
  const auto again = schema::decode_stored_pack(*redacted);
  require(again && again->is_redacted(0), "an event that was redacted is");
  require(again->root(hasher) == stored->root(hasher), "and the root is as before");
}

void check_body(ByteView body) {
  check_stored(body);
  const auto pack = decode_pack(body);
  if (!pack) return require_fit_to_show(pack.error());
  check_pack(*pack);
}

/// As check_body, behind the compression, which keeps the fuzzer from what is inside.
void check_expanded(ByteView expanded) {
  Bytes body(ZSTD_compressBound(expanded.size()), '\0');
  const std::size_t size =
      ZSTD_compress(body.data(), body.size(), expanded.data(), expanded.size(), 1);
  require(ZSTD_isError(size) == 0, "zstd compresses");
  body.resize(size);
  check_stored(body);
  const auto pack = decode_pack(body);
  const auto sliced = schema::slice_pack(Bytes(expanded));
  require(pack.has_value() == sliced.has_value(), "compression changes nothing");
  if (!pack) {
    require_fit_to_show(pack.error());
    return require(pack.error().message == sliced.error().message, "nor the reason");
  }
  require_equal(*pack, *sliced);
  check_pack(*pack);
}

void check_receipt(ByteView body) {
  const auto receipt = decode_receipt(body);
  if (!receipt) return require_fit_to_show(receipt.error());
  require(schema::is_node_id(receipt->node) && receipt->epoch >= 1,
          "a receipt is of a node and epoch");
  const auto again = decode_receipt(schema::encode_receipt(*receipt));
  require(again && again->node == receipt->node && again->epoch == receipt->epoch &&
              again->through_sequence == receipt->through_sequence,
          "a receipt that was read can be written and read again");
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mgc::fuzz::Input input(data, size);
  switch (input.byte() % 4) {
    case 0: mgc::fuzz::check_body(input.rest()); break;
    case 1: mgc::fuzz::check_expanded(input.rest()); break;
    case 2: mgc::fuzz::check_event(input.rest()); break;
    default: mgc::fuzz::check_receipt(input.rest());
  }
  return 0;
}
