#include "schema/event_view.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"
#include "schema/wire_reader.hpp"

namespace mgc::schema {
namespace {

// Field numbers of schema/proto/mgc/v1/event.proto. Reading the wire here, on protobuf's own
// CodedInputStream, instead of through the generated classes saves every copy and allocation and
// lets each limit be checked before the bytes are used. A test holds both readers against each
// other.

bool read_room(WireReader& in, RoomView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.uri = in.text(kNameBytesMax, "room.uri"); break;
      case 2: out.name = in.text(kNameBytesMax, "room.name"); break;
      default: in.skip();
    }
  }
  return in.require(!out.uri.empty(), "a room has no uri");
}

bool read_person(WireReader& in, PersonView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.uri = in.text(kNameBytesMax, "person.uri"); break;
      case 2: out.name = in.text(kNameBytesMax, "person.name"); break;
      case 3: out.email = in.text(kNameBytesMax, "person.email"); break;
      case 4: out.external = in.varint() != 0; break;
      default: in.skip();
    }
  }
  return in.require(!out.uri.empty(), "a person has no uri");
}

bool read_file(WireReader& in, FileView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.name = in.text(kNameBytesMax, "file.name"); break;
      case 2: out.sha256 = in.bytes(32, "file.sha256"); break;
      case 3: out.size = in.number("file.size"); break;
      case 4: out.url = in.text(kUrlBytesMax, "file.url"); break;
      default: in.skip();
    }
  }
  return in.require(out.sha256.empty() || out.sha256.size() == 32, "file.sha256 is not 32 bytes");
}

bool read_watermark(WireReader& in, Watermark& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.last_sequence = in.number("watermark.last_sequence"); break;
      case 2: out.stopping = in.varint() != 0; break;
      case 3: out.starting = in.varint() != 0; break;
      case 4: out.session = in.number("watermark.session"); break;
      default: in.skip();
    }
  }
  return in.ok();
}

bool read_source(WireReader& in, SourceView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.file = in.text(kNameBytesMax, "source.file"); break;
      case 2: out.line = in.number("source.line"); break;
      case 3: out.encoding = in.text(kNameBytesMax, "source.encoding"); break;
      default: in.skip();
    }
  }
  return in.ok();
}

bool read_synthetic(WireReader& in, SyntheticView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.node = in.text(kNodeBytesMax, "synthetic.node"); break;
      case 2: out.epoch = in.number("synthetic.epoch"); break;
      case 3: out.session = in.number("synthetic.session"); break;
      case 4: out.through_sequence = in.number("synthetic.through_sequence"); break;
      case 5: out.reason = in.text(kNameBytesMax, "synthetic.reason"); break;
      default: in.skip();
    }
  }
  return in.require(is_node_id(out.node), "a synthetic event names no node");
}

bool read_duty(WireReader& in, DutyView& out) {
  while (in.next()) {
    switch (in.field()) {
      case 1: out.entry = static_cast<std::int64_t>(in.number("duty.entry")); break;
      case 2: out.of_entry = static_cast<std::int64_t>(in.number("duty.of_entry")); break;
      case 3: out.database_user = in.text(kNameBytesMax, "duty.database_user"); break;
      case 4: out.os_user = in.text(kNameBytesMax, "duty.os_user"); break;
      case 5: out.host = in.text(kNameBytesMax, "duty.host"); break;
      case 6: out.command = in.text(kNameBytesMax, "duty.command"); break;
      case 7: out.details = in.text(kDutyDetailsBytesMax, "duty.details"); break;
      default: in.skip();
    }
  }
  return in.require(out.entry > 0 && !out.command.empty(), "a duty names no entry or command");
}

/// Reads a nested message into `out`. Protobuf merges a field that comes twice; so does this.
template <typename View, typename Reader>
void read_nested(WireReader& in, std::optional<View>& out, Reader read) {
  WireReader nested = in.nested();
  if (!out) out.emplace();
  read(nested, *out);
  in.adopt_failure(nested);
}

void read_field(WireReader& in, EventView& out) {
  switch (in.field()) {
    case 1: out.kind = static_cast<EventKind>(static_cast<std::int32_t>(in.varint())); break;
    case 2: out.occurred_at = utc_from_micros(in.time("occurred_at")); break;
    case 3: read_nested(in, out.room, read_room); break;
    case 4: read_nested(in, out.actor, read_person); break;
    case 5: read_nested(in, out.target, read_person); break;
    case 6: out.content = in.text(kContentBytesMax, "content"); break;
    case 7: out.chat_id = static_cast<std::int64_t>(in.number("chat_id")); break;
    case 8: read_nested(in, out.file, read_file); break;
    case 9: out.is_action = in.varint() != 0; break;
    case 10: out.purged_through = in.time("purged_through"); break;
    case 11: read_nested(in, out.watermark, read_watermark); break;
    case 12: read_nested(in, out.source, read_source); break;
    case 13: read_nested(in, out.synthetic, read_synthetic); break;
    case 14: read_nested(in, out.duty, read_duty); break;
    default: in.skip();
  }
}

}  // namespace

Result<EventView> view_event(ByteView wire) {
  if (wire.size() > kEventBytesMax) {
    return Error{Action::reject, fmt::format("an event of {} bytes; at most {} are allowed",
                                             wire.size(), kEventBytesMax)};
  }
  WireReader in(wire);
  EventView out;
  while (in.next()) read_field(in, out);
  if (!in.ok()) return Error{Action::reject, in.failure()};
  return out;
}

}  // namespace mgc::schema
