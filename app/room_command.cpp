#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/table.hpp"
#include "audit/event_json.hpp"
#include "audit/room.hpp"
#include "audit/transcript.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct RoomFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string room;
  std::optional<std::string> at;
  std::optional<std::uint64_t> saw;
  std::optional<std::string> lane;
  bool json = false;
};

json person_json(const audit::Occupant& person, const char* time) {
  return {{"uri", person.uri},
          {"name", person.name},
          {"email", person.email},
          {time, format_utc(person.joined_at)}};
}

json people_json(const std::vector<audit::Occupant>& people) {
  json all = json::array();
  for (const audit::Occupant& person : people) all.push_back(person_json(person, "since"));
  return all;
}

json room_json(const db::RoomRow& room) { return {{"uri", room.uri}, {"names", room.names}}; }

std::string shown_room(const db::RoomRow& room) {
  std::string names;
  for (const std::string& name : room.names) names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) return printable(room.uri);
  return fmt::format("{} ({})", printable(room.uri), printable(names));
}

std::string people_table(const std::vector<audit::Occupant>& people) {
  std::vector<std::vector<std::string>> rows;
  for (const audit::Occupant& person : people) {
    rows.push_back({format_utc(person.joined_at), printable(person.uri), printable(person.name),
                    printable(person.email)});
  }
  return rows.empty() ? "" : '\n' + table({"since", "address", "name", "e-mail"}, rows);
}

std::string notes_text(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += "\nnote: " + note;
  return text;
}

int show_present(db::ComplianceReader& reader, const RoomFlags& flags, Seen& seen) {
  const auto at = parse_utc(*flags.at);
  if (!at) {
    return report(Error{
        Action::stop,
        fmt::format("--at {}: YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS[Z|+HH:MM] is wanted", *flags.at)});
  }
  const auto answer = audit::who_was_in(reader, flags.room, *at);
  if (!answer) return report(answer.error());
  seen.events = answer->present.size();
  const json document = {{"room", room_json(answer->room)},
                         {"at", format_utc(answer->at)},
                         {"present", people_json(answer->present)},
                         {"notes", answer->notes}};
  print_result(flags.json, audit::json_text(document, 2),
               fmt::format("{} at {}: {} people{}{}", shown_room(answer->room),
                           format_utc(answer->at), with_commas(answer->present.size()),
                           people_table(answer->present), notes_text(answer->notes)));
  return kExitFine;
}

json audience_json(const audit::Audience& audience) {
  json document = {{"room", room_json(audience.room)},
                   {"event", audit::event_json(audience.said)},
                   {"present", people_json(audience.present)},
                   {"looked", json::array()},
                   {"joined_later", people_json(audience.joined_later)},
                   {"changes", json::array()},
                   {"notes", audience.notes}};
  for (const audit::Look& look : audience.looked) {
    json one = person_json(look.person, "at");
    one["event_id"] = look.event_id;
    one["query"] = look.query;
    document["looked"].push_back(std::move(one));
  }
  for (const audit::Change& change : audience.changes) {
    document["changes"].push_back({{"kind", schema::kind_name(change.kind)},
                                   {"at", format_utc(change.at)},
                                   {"event_id", change.event_id}});
  }
  return document;
}

std::string audience_text(const audit::Audience& audience) {
  std::string text = audit::transcript_line(audience.said);
  text += fmt::format("\n{} were in {} when it was said{}", with_commas(audience.present.size()),
                      shown_room(audience.room), people_table(audience.present));
  for (const audit::Change& change : audience.changes) {
    text += fmt::format("\n{} at {}: event {}", schema::kind_name(change.kind),
                        format_utc(change.at), change.event_id);
  }
  if (!audience.looked.empty()) {
    std::vector<std::vector<std::string>> rows;
    for (const audit::Look& look : audience.looked) {
      rows.push_back({format_utc(look.person.joined_at), std::to_string(look.event_id),
                      printable(look.person.uri), printable(look.person.name),
                      clipped(printable(look.query), 60)});
    }
    text += fmt::format("\n{} others asked for the history of the room later\n{}",
                        with_commas(audience.looked.size()),
                        table({"at", "event_id", "address", "name", "asked for"}, rows));
  }
  if (!audience.joined_later.empty()) {
    text +=
        fmt::format("\n{} others joined later and asked for no history{}",
                    with_commas(audience.joined_later.size()), people_table(audience.joined_later));
  }
  return text + notes_text(audience.notes);
}

int show_audience(db::ComplianceReader& reader, const RoomFlags& flags, Seen& seen) {
  const auto audience = audit::who_saw(reader, flags.room, *flags.saw, flags.lane);
  if (!audience) return report(audience.error());
  seen.events = 1 + audience->changes.size() + audience->present.size() + audience->looked.size() +
                audience->joined_later.size();
  print_result(flags.json, audit::json_text(audience_json(*audience), 2), audience_text(*audience));
  return kExitFine;
}

}  // namespace

void add_room_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<RoomFlags>();
  CLI::App* command =
      audit_app.add_subcommand("room", "Who was in a room, and who could have seen a message");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command
      ->add_option("room,--room", flags->room,
                   "Address of the room, or a name that only one room ever had")
      ->required();
  CLI::Option* at = command->add_option("--at", flags->at,
                                        "Who was in the room at this time (UTC), and since when");
  command
      ->add_option("--saw", flags->saw,
                   "Who could have seen the event of this event_id: those who were there, and "
                   "those who asked for the history of the room later")
      ->excludes(at);
  command->add_option("--lane", flags->lane,
                      "Lane of that event, where several have one of its number");
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] {
      if (!flags->saw && !flags->at) {
        return report(Error{Action::stop, "--at TIME or --saw EVENT_ID is wanted"});
      }
      auto reader = db::ComplianceReader::open(flags->mgccomp);
      if (!reader) return report(reader.error());
      return flags->saw ? show_audience(**reader, *flags, context.seen)
                        : show_present(**reader, *flags, context.seen);
    };
  });
}

}  // namespace mgc::app
