#include "db/redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "core/failpoint.hpp"
#include "core/utf8.hpp"
#include "db/holds.hpp"
#include "db/sqlite/event_redaction.hpp"
#include "schema/event_view.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::db {
namespace {

using nlohmann::json;
using schema::DutyEntry;
using schema::EventKind;

constexpr std::size_t kReasonBytesMax = 1'000;

Error refuse(std::uint64_t event_id, const std::string& why) {
  return Error{Action::stop, fmt::format("event {}: {}", event_id, why)};
}

/// Of the details of a request, which anybody may have written.
std::string text_in(const json& details, const char* key) {
  const auto found = details.is_object() ? details.find(key) : details.end();
  return found != details.end() && found->is_string() ? found->get<std::string>() : "";
}

json room_json(const std::optional<schema::RoomView>& room) {
  if (!room) return nullptr;
  return {{"uri", std::string(room->uri)}, {"name", std::string(room->name)}};
}

json person_json(const std::optional<schema::PersonView>& person) {
  if (!person) return nullptr;
  return {{"uri", std::string(person->uri)},
          {"name", std::string(person->name)},
          {"email", std::string(person->email)},
          {"external", person->external}};
}

/// What stays known of an event whose bytes go, so that its row can still be held against it.
Result<std::string> details_of(const schema::StoredPack& stored, const std::string& lane,
                               std::uint64_t event_id, std::uint32_t index,
                               const std::string& reason) {
  if (stored.is_redacted(index)) return refuse(event_id, "it is redacted already");
  const auto event = schema::view_event(stored.pack.event(index));
  if (!event) return event.error();
  if (schema::is_duty(event->kind)) {
    return refuse(event_id, "what was done with the record is not redacted");
  }
  const schema::PackHeader& header = stored.pack.header();
  schema::Hasher hasher;
  return json({{"lane", lane},
               {"event_id", event_id},
               {"node", header.node},
               {"epoch", header.epoch},
               {"sequence", header.first_sequence + index},
               {"kind", schema::kind_name(event->kind)},
               {"kind_number", static_cast<std::int32_t>(event->kind)},
               {"occurred_at", format_utc(event->occurred_at)},
               {"room", room_json(event->room)},
               {"actor", person_json(event->actor)},
               {"target", person_json(event->target)},
               {"chat_id", event->chat_id},
               {"leaf", schema::to_hex(schema::bytes_of(stored.leaf(hasher, index)))},
               {"reason", reason}})
      .dump();
}

Result<void> replace(Session& session, const RedactionRow& row, ByteView old_body,
                     ByteView new_body) {
  const std::string notice = redaction_notice(row.asked, *row.approved);
  if (session.engine() == "sqlite") {
    return sqlite::redact_event(session, {row.asked.entry, old_body, new_body, notice});
  }
  return session.call("redact_event",
                      {row.asked.entry, Blob{old_body}, Blob{new_body}, std::string_view(notice)});
}

}  // namespace

std::string redaction_notice(const DutyEntry& asked, const DutyEntry& approved) {
  const json details = json::parse(asked.details, nullptr, false);
  return fmt::format("REDACTED: {} (redaction {}, asked for by {}, approved by {}; leaf {})",
                     text_in(details, "reason"), asked.entry, asked.person(), approved.person(),
                     text_in(details, "leaf"));
}

Result<Redactions::Evidence> Redactions::evidence_of(const std::string& lane,
                                                     std::uint64_t event_id) {
  Evidence evidence;
  const auto read = session_.query(
      "SELECT lane_id, first_event_id, body, event_count FROM pack"
      " WHERE lane_id = (SELECT lane_id FROM lane WHERE name = ?1) AND first_event_id ="
      " (SELECT max(first_event_id) FROM pack WHERE lane_id ="
      " (SELECT lane_id FROM lane WHERE name = ?1) AND first_event_id <= ?2)",
      {lane, event_id}, [&](const Row& row) {
        if (event_id - row.number(1) >= row.number(3)) return false;
        evidence = {row.integer(0), row.number(1), row.text(2)};
        return false;
      });
  if (!read) return read.error();
  if (evidence.lane_id == 0) {
    return refuse(event_id, fmt::format("lane {} has none of that number", printable(lane)));
  }
  if (evidence.body.empty()) return refuse(event_id, "its content was removed with its segment");
  return evidence;
}

Result<std::int64_t> Redactions::request(const std::string& lane, std::uint64_t event_id,
                                         const std::string& reason, const DutyAuthor& author) {
  if (reason.empty() || reason.size() > kReasonBytesMax || !is_utf8(reason)) {
    return Error{Action::stop, "a reason of 1 to 1,000 bytes of UTF-8 is wanted"};
  }
  const auto evidence = evidence_of(lane, event_id);
  if (!evidence) return evidence.error();
  const auto stored = schema::decode_stored_pack(evidence->body);
  if (!stored) return refuse(event_id, "its pack cannot be read: " + stored.error().message);
  const auto details =
      details_of(*stored, lane, event_id,
                 static_cast<std::uint32_t>(event_id - evidence->first_event_id), reason);
  if (!details) return details.error();
  return session_.insert_id(
      "INSERT INTO redaction (os_user, host, command, details, lane_id, event_id)"
      " VALUES (?1, ?2, 'request', ?3, ?4, ?5)",
      "entry", {author.os_user, author.host, *details, evidence->lane_id, event_id});
}

Result<void> Redactions::approve(std::int64_t request, const DutyAuthor& author) {
  if (const auto begun = session_.begin(); !begun) return begun.error();
  Transaction transaction(session_);
  const auto asked = find(request);
  if (!asked) return asked.error();
  if (asked->approved) return {};
  const auto all = list();
  if (!all) return all.error();
  const auto other = std::ranges::find_if(*all, [&](const RedactionRow& row) {
    return row.approved && row.lane_id == asked->lane_id && row.event_id == asked->event_id;
  });
  if (other != all->end()) {
    return refuse(asked->event_id,
                  fmt::format("request {} of it was approved already", other->asked.entry));
  }
  const std::string details = json({{"event_id", asked->event_id}, {"lane", asked->lane}}).dump();
  const auto added = session_.insert_id(
      "INSERT INTO redaction (of_entry, os_user, host, command, details, lane_id, event_id)"
      " VALUES (?1, ?2, ?3, 'approve', ?4, ?5, ?6)",
      "entry", {request, author.os_user, author.host, details, asked->lane_id, asked->event_id});
  if (!added) return added.error();
  // Who it is, the database has just written.
  const auto approved = find(request);
  if (!approved) return approved.error();
  if (!approved->approved) {
    return refuse(asked->event_id, fmt::format("request {} was made by {}: somebody else has to "
                                               "approve it",
                                               request, printable(asked->asked.person())));
  }
  return transaction.commit();
}

Result<RedactionRow> Redactions::find(std::int64_t request) {
  const auto all = list();
  if (!all) return all.error();
  const auto found = std::ranges::find_if(
      *all, [request](const RedactionRow& row) { return row.asked.entry == request; });
  if (found != all->end()) return *found;
  return Error{Action::stop, fmt::format("there is no request {}; mgc audit redact list", request)};
}

Result<std::vector<RedactionRow>> Redactions::list() {
  std::vector<RedactionRow> rows;
  std::unordered_map<std::int64_t, std::size_t> places;
  const auto read = session_.query(
      "SELECT r.entry, r.of_entry, r.written_at, r.db_user, r.os_user, r.host, r.command,"
      " r.details, lane.name, r.lane_id, r.event_id, (SELECT count(*) FROM duty_event AS d"
      " WHERE d.kind = ?1 AND d.entry = r.entry) FROM redaction AS r JOIN lane ON lane.lane_id = "
      "r.lane_id"
      " ORDER BY r.entry",
      {static_cast<int>(EventKind::redaction)}, [&](const Row& row) {
        const std::int64_t of_entry = row.is_null(1) ? 0 : row.integer(1);
        const bool recorded = row.integer(11) > 0;
        DutyEntry entry{
            EventKind::redaction, row.integer(0), of_entry,    utc_from_micros(row.integer(2)),
            row.text(3),          row.text(4),    row.text(5), row.text(6),
            row.text(7)};
        if (of_entry == 0) {
          places[entry.entry] = rows.size();
          rows.push_back({std::move(entry), row.text(8), row.integer(9), row.number(10),
                          std::nullopt, recorded});
          return true;
        }
        const auto of = places.find(of_entry);
        if (of == places.end()) return true;
        RedactionRow& asked = rows[of->second];
        // Only somebody else's approval is one.
        if (asked.approved || asked.asked.person() == entry.person()) return true;
        asked.approved = std::move(entry);
        asked.is_recorded = asked.is_recorded && recorded;
        return true;
      });
  if (!read) return read.error();
  for (RedactionRow& row : rows) row.is_recorded = row.is_recorded && row.approved.has_value();
  return rows;
}

Result<bool> Redactions::is_recorded(std::int64_t request) {
  const auto row = find(request);
  if (!row) return row.error();
  return row->is_recorded;
}

Result<void> Redactions::apply(std::int64_t request) {
  if (const auto begun = session_.begin(); !begun) return begun.error();
  Transaction transaction(session_);
  const auto row = find(request);
  if (!row) return row.error();
  if (!row->is_recorded) {
    return refuse(
        row->event_id,
        fmt::format("request {} and its approval are no events of the ledger yet", request));
  }
  const auto evidence = evidence_of(row->lane, row->event_id);
  if (!evidence) return evidence.error();
  const auto stored = schema::decode_stored_pack(evidence->body);
  if (!stored) return refuse(row->event_id, "its pack cannot be read: " + stored.error().message);
  const auto index = static_cast<std::uint32_t>(row->event_id - evidence->first_event_id);
  if (stored->is_redacted(index)) return {};
  const std::uint32_t indexes[] = {index};
  const auto body = schema::redact_events(*stored, indexes);
  if (!body) return body.error();
  const auto before = count_holds(session_);
  if (!before) return before.error();
  if (auto replaced = replace(session_, *row, evidence->body, *body); !replaced) return replaced;
  if (reach_failpoint("redaction.before_commit") == Failure::error) {
    return Error{Action::reconnect, "failure point redaction.before_commit"};
  }
  const auto after = count_holds(session_);
  if (!after) return after.error();
  if (*after != *before) return Error{Action::retry, "a hold was added meanwhile"};
  return transaction.commit();
}

}  // namespace mgc::db
