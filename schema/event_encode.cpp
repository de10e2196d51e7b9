#include <fmt/format.h>

#include "core/utf8.hpp"
#include "mgc/v1/event.pb.h"
#include "schema/event_view.hpp"
#include "schema/limits.hpp"

namespace mgc::schema {
namespace {

void fill(v1::Room& out, const Room& room) {
  out.set_uri(room.uri);
  out.set_name(room.name);
}

void fill(v1::Person& out, const Person& person) {
  out.set_uri(person.uri);
  out.set_name(person.name);
  out.set_email(person.email);
  out.set_external(person.external);
}

void fill(v1::File& out, const File& file) {
  out.set_name(file.name);
  out.set_sha256(file.sha256);
  out.set_size(file.size);
  out.set_url(file.url);
}

void fill(v1::Synthetic& out, const Synthetic& synthetic) {
  out.set_node(synthetic.node);
  out.set_epoch(synthetic.epoch);
  out.set_session(synthetic.session);
  out.set_through_sequence(synthetic.through_sequence);
  out.set_reason(synthetic.reason);
}

void fill(v1::Duty& out, const Duty& duty) {
  out.set_entry(duty.entry);
  out.set_of_entry(duty.of_entry);
  out.set_database_user(duty.database_user);
  out.set_os_user(duty.os_user);
  out.set_host(duty.host);
  out.set_command(duty.command);
  out.set_details(duty.details);
}

v1::Event to_wire(const Event& event) {
  v1::Event out;
  out.set_kind(static_cast<v1::EventKind>(event.kind));
  out.set_occurred_at(to_micros(event.occurred_at));
  if (event.room) fill(*out.mutable_room(), *event.room);
  if (event.actor) fill(*out.mutable_actor(), *event.actor);
  if (event.target) fill(*out.mutable_target(), *event.target);
  out.set_content(event.content);
  out.set_chat_id(event.chat_id);
  if (event.file) fill(*out.mutable_file(), *event.file);
  out.set_is_action(event.is_action);
  out.set_purged_through(event.purged_through);
  if (event.watermark) {
    out.mutable_watermark()->set_last_sequence(event.watermark->last_sequence);
    out.mutable_watermark()->set_stopping(event.watermark->stopping);
    out.mutable_watermark()->set_starting(event.watermark->starting);
    out.mutable_watermark()->set_session(event.watermark->session);
  }
  if (event.source) {
    out.mutable_source()->set_file(event.source->file);
    out.mutable_source()->set_line(event.source->line);
    out.mutable_source()->set_encoding(event.source->encoding);
  }
  if (event.synthetic) fill(*out.mutable_synthetic(), *event.synthetic);
  if (event.duty) fill(*out.mutable_duty(), *event.duty);
  return out;
}

bool duty_is_utf8(const Duty& duty) {
  return is_utf8(duty.database_user) && is_utf8(duty.os_user) && is_utf8(duty.host) &&
         is_utf8(duty.command) && is_utf8(duty.details);
}

/// Every text of the event, so that protobuf never meets text that is not UTF-8 (it would write it
/// with a warning, and readers would then refuse the event).
bool all_text_is_utf8(const Event& event) {
  const auto person_ok = [](const std::optional<Person>& person) {
    return !person || (is_utf8(person->uri) && is_utf8(person->name) && is_utf8(person->email));
  };
  return is_utf8(event.content) && person_ok(event.actor) && person_ok(event.target) &&
         (!event.room || (is_utf8(event.room->uri) && is_utf8(event.room->name))) &&
         (!event.file || (is_utf8(event.file->name) && is_utf8(event.file->url))) &&
         (!event.source || (is_utf8(event.source->file) && is_utf8(event.source->encoding))) &&
         (!event.synthetic ||
          (is_utf8(event.synthetic->node) && is_utf8(event.synthetic->reason))) &&
         (!event.duty || duty_is_utf8(*event.duty));
}

}  // namespace

Result<Bytes> encode_event(const Event& event) {
  if (!all_text_is_utf8(event)) return Error{Action::reject, "an event's text is not UTF-8"};
  Bytes wire = to_wire(event).SerializeAsString();
  // The reader's own checks: what the outbox records can never be refused by the service.
  if (auto checked = view_event(wire); !checked) return checked.error();
  return wire;
}

}  // namespace mgc::schema
