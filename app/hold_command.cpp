#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/author.hpp"
#include "app/command.hpp"
#include "app/query_flags.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/holds.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct HoldFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  QueryFlags scope;
  std::string name, reason;
  std::int64_t hold = 0;
  bool everything = false;
  bool all = false;
  bool json = false;
};

Result<db::HoldScope> scope_of(const HoldFlags& flags) {
  const auto query = read_query(flags.scope);
  if (!query) return query.error();
  const db::HoldScope scope{query->room, query->person, query->since, query->until};
  const bool narrow = scope != db::HoldScope{};
  if (narrow == flags.everything) {
    return Error{Action::stop,
                 "name what is held by --room, --person, --since or --until, or say --everything"};
  }
  if (scope.since && scope.until && *scope.since >= *scope.until) {
    return Error{Action::stop, "--since is not before --until: that holds nothing"};
  }
  return scope;
}

int add(const HoldFlags& flags) {
  const auto scope = scope_of(flags);
  if (!scope) return report(scope.error());
  auto log = db::DutyLog::open(flags.mgccomp);
  if (!log) return report(log.error());
  const auto hold = db::add_hold(*log, {*scope, flags.name, flags.reason}, author());
  if (!hold) return report(hold.error());
  print_result(
      flags.json, json({{"hold", *hold}}).dump(2),
      fmt::format("hold {}: nothing of it is removed or redacted until it is released", *hold));
  return kExitFine;
}

int release(const HoldFlags& flags) {
  auto log = db::DutyLog::open(flags.mgccomp);
  if (!log) return report(log.error());
  const auto released = db::release_hold(*log, flags.hold, flags.reason, author());
  if (!released) return report(released.error());
  print_result(
      flags.json, json({{"hold", flags.hold}, {"released", true}}).dump(2),
      fmt::format("hold {} is released; what no other hold keeps may be removed", flags.hold));
  return kExitFine;
}

std::string words_of(const db::HoldScope& scope) {
  std::string words;
  const auto say = [&words](const char* what, const std::string& value) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", what, printable(value));
  };
  if (scope.room) say("room", *scope.room);
  if (scope.person) say("person", *scope.person);
  if (scope.since) say("since", format_utc(*scope.since));
  if (scope.until) say("until", format_utc(*scope.until));
  return words.empty() ? "everything" : words;
}

json hold_json(const db::HoldRow& hold) {
  json document = {
      {"hold", hold.added.entry},   {"details", json::parse(hold.added.details, nullptr, false)},
      {"by", hold.added.person()},  {"added_at", format_utc(hold.added.written_at)},
      {"released_by", nullptr},     {"released_at", nullptr},
      {"released_because", nullptr}};
  if (hold.released) {
    document["released_by"] = hold.released->person();
    document["released_at"] = format_utc(hold.released->written_at);
    document["released_because"] = json::parse(hold.released->details, nullptr, false);
  }
  return document;
}

int list(const HoldFlags& flags) {
  auto log = db::DutyLog::open_to_read(flags.mgccomp);
  if (!log) return report(log.error());
  const auto holds = db::list_holds(log->session());
  if (!holds) return report(holds.error());
  json document = {{"holds", json::array()}};
  std::vector<std::vector<std::string>> lines;
  for (const db::HoldRow& hold : *holds) {
    if (hold.released && !flags.all) continue;
    document["holds"].push_back(hold_json(hold));
    lines.push_back({std::to_string(hold.added.entry),
                     printable(text_in(hold.added.details, "name")), words_of(hold.scope),
                     printable(hold.added.person()), format_utc(hold.added.written_at),
                     hold.released ? format_utc(hold.released->written_at) : "holds"});
  }
  print_result(flags.json, document.dump(2, ' ', false, json::error_handler_t::replace),
               lines.empty() ? "no holds"
                             : table({"hold", "name", "what", "by", "since", "released"}, lines));
  return kExitFine;
}

}  // namespace

void add_hold_commands(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<HoldFlags>();
  CLI::App* group = audit_app.add_subcommand(
      "hold", "Legal holds: what may not be removed or redacted until it is released");
  group->require_subcommand(1);
  const auto command = [&](const char* name, const char* what, int (*run)(const HoldFlags&)) {
    CLI::App* added = group->add_subcommand(name, what);
    added->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
        ->capture_default_str();
    added->add_flag("--json", flags->json, "One JSON document on stdout");
    added->callback([&context, flags, run] { context.run = [flags, run] { return run(*flags); }; });
    return added;
  };
  CLI::App* add_app = command("add", "Hold what a room, a person or a time has", add);
  add_app->add_option("--name", flags->name, "Of the case")->required();
  add_app->add_option("--reason", flags->reason, "Who asks for it, and why")->required();
  add_app->add_option("--room", flags->scope.room, "Address or name of the room");
  add_app->add_option("--person", flags->scope.person,
                      "Address, name or e-mail of who did it, or to whom it was done");
  add_app->add_option("--since", flags->scope.since, "Not before this time (UTC)");
  add_app->add_option("--until", flags->scope.until, "Before this time (UTC)");
  add_app->add_flag("--everything", flags->everything, "All that is stored and that comes");
  CLI::App* list_app = command("list", "The holds, and who added them", list);
  list_app->add_flag("--all", flags->all, "Also those that were released");
  CLI::App* release_app = command("release", "End a hold", release);
  release_app->add_option("hold", flags->hold, "Its number")->required();
  release_app->add_option("--reason", flags->reason, "Who decided it, and why")->required();
}

}  // namespace mgc::app
