#include "audit/taken.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

#include "audit/duty_check.hpp"
#include "audit/event_json.hpp"
#include "db/redaction.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;
using schema::EventKind;

/// Of a document that anybody may have written.
std::uint64_t number_in(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// What the request of a redaction says of its event (db/redaction.cpp), as an event says it.
schema::EventView view_of(const json& details, std::deque<std::string>& texts) {
  const auto keep = [&texts](std::string text) -> std::string_view {
    return texts.emplace_back(std::move(text));
  };
  const auto part = [&](const char* key) -> const json* {
    const auto found = details.find(key);
    return found != details.end() && found->is_object() ? &*found : nullptr;
  };
  const auto person = [&](const char* key) -> std::optional<schema::PersonView> {
    const json* of = part(key);
    if (of == nullptr) return std::nullopt;
    const auto external = of->find("external");
    return schema::PersonView{keep(text_in(*of, "uri")), keep(text_in(*of, "name")),
                              keep(text_in(*of, "email")),
                              external != of->end() && *external == true};
  };
  schema::EventView view;
  view.kind = static_cast<EventKind>(number_in(details, "kind_number"));
  view.occurred_at = parse_utc(text_in(details, "occurred_at")).value_or(UtcTime{});
  view.chat_id = static_cast<std::int64_t>(number_in(details, "chat_id"));
  if (const json* room = part("room")) {
    view.room = schema::RoomView{keep(text_in(*room, "uri")), keep(text_in(*room, "name"))};
  }
  view.actor = person("actor");
  view.target = person("target");
  return view;
}

}  // namespace

Result<Taken> Taken::read(db::DutyBook& book, const std::vector<std::string>& lanes,
                          const std::string& lane) {
  Taken taken;
  taken.lane_ = lane;
  // The service of any lane may have made the event of a row.
  for (const std::string& of : lanes) {
    const auto packs = book.each_pack(of, [&](const db::DutyBook::ServicePack& row) {
      // What cannot be read is a finding of whoever walks the ledger.
      if (const auto pack = schema::decode_stored_pack(row.body)) {
        taken.learn(row.first_event_id, *pack);
      }
      return true;
    });
    if (!packs) return packs.error();
  }
  taken.pair_redactions();
  return taken;
}

void Taken::learn(std::uint64_t first_event_id, const schema::StoredPack& pack) {
  for (std::size_t index = 0; index < pack.pack.size(); ++index) {
    const auto event = schema::view_event(pack.pack.event(index));
    if (!event || !event->duty) continue;
    if (auto removal = read_removal(*event); removal && removal->lane == lane_) {
      removals_.push_back({first_event_id + index, std::move(*removal), {}});
    }
    if (event->kind == EventKind::redaction) learn_redaction(*event);
  }
}

void Taken::learn_redaction(const schema::EventView& event) {
  schema::DutyEntry entry = entry_of(event);
  auto& of = entry.of_entry == 0 ? asked_ : approved_;
  of.emplace(entry.entry, std::move(entry));
}

/// A redaction is one when somebody else than who asked has approved it, of the same event. Of two
/// for one event the first is what was done.
void Taken::pair_redactions() {
  for (const auto& [number, approval] : approved_) {
    const auto asked = asked_.find(approval.of_entry);
    if (asked == asked_.end() || asked->second.person() == approval.person()) continue;
    const json details = json::parse(asked->second.details, nullptr, false);
    const json seen = json::parse(approval.details, nullptr, false);
    if (!details.is_object() || !seen.is_object() || text_in(details, "lane") != lane_) continue;
    const std::uint64_t event_id = number_in(details, "event_id");
    if (text_in(seen, "lane") != lane_ || number_in(seen, "event_id") != event_id) continue;
    const auto [place, is_first] = redacted_.try_emplace(event_id);
    if (!is_first) continue;
    Redacted& made = place->second;
    made.notice = db::redaction_notice(asked->second, approval);
    made.leaf = text_in(details, "leaf");
    made.view = view_of(details, made.texts);
    made.view.content = made.notice;
  }
}

bool Taken::is_removed(std::uint64_t event_id) const {
  return std::ranges::any_of(removals_, [event_id](const Removed& removed) {
    return removed.says.first_event_id <= event_id && event_id <= removed.says.last_event_id;
  });
}

const schema::EventView* Taken::redacted(std::uint64_t event_id) const {
  const auto found = redacted_.find(event_id);
  return found == redacted_.end() ? nullptr : &found->second.view;
}

void Taken::check(const db::PackRow& row, const schema::StoredPack& pack, VerifyReport& report) {
  for (auto& [event_id, says, roots] : removals_) {
    const bool is_of_it =
        says.first_event_id <= row.first_event_id && row.first_event_id <= says.last_event_id;
    if (is_of_it) roots.append(schema::digest_of(row.root));
  }
  if (!pack.is_as_sent() && pack.leaves.empty()) {
    report.add("pack " + pack.pack.header().message_id(),
               "it is kept in the form of packs with redacted events, and has none");
  }
  for (const auto& [index, leaf] : pack.leaves) {
    const std::uint64_t id = row.first_event_id + index;
    if (is_removed(id)) {
      ++report.removed_events;
    } else if (const auto made = redacted_.find(id); made != redacted_.end()) {
      ++report.redacted_events;
      if (made->second.leaf == schema::to_hex(schema::bytes_of(leaf))) continue;
      report.add(fmt::format("event {}", id), "its redaction names another leaf than its pack");
    } else {
      report.add(fmt::format("event {}", id),
                 "its bytes are gone, and no event of the ledger says why");
    }
  }
}

void Taken::finish(VerifyReport& report) {
  for (const auto& [event_id, says, roots] : removals_) {
    if (schema::to_hex(schema::bytes_of(roots.root())) == says.root) continue;
    report.add(
        fmt::format("event {}", event_id),
        fmt::format("it says that events {} to {} were removed, with another root than their "
                    "packs have",
                    says.first_event_id, says.last_event_id));
  }
}

}  // namespace mgc::audit
