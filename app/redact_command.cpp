#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/author.hpp"
#include "app/command.hpp"
#include "app/recorded.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/redaction.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct RedactFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string lane = "compliance";
  std::string reason;
  std::uint64_t event_id = 0;
  std::int64_t request = 0;
  std::int64_t wait_seconds = 60;
  bool json = false;
};

int request(const RedactFlags& flags, Context& /*context*/) {
  auto log = db::DutyLog::open(flags.mgccomp);
  if (!log) return report(log.error());
  const auto entry =
      db::Redactions(*log).request(flags.lane, flags.event_id, flags.reason, author());
  if (!entry) return report(entry.error());
  print_result(flags.json, json({{"request", *entry}}).dump(2),
               fmt::format("request {}: somebody else has to approve it with mgc audit redact "
                           "approve {}",
                           *entry, *entry));
  return kExitFine;
}

int approve(const RedactFlags& flags, Context& context) {
  auto log = db::DutyLog::open(flags.mgccomp);
  if (!log) return report(log.error());
  db::Redactions redactions(*log);
  if (auto approved = redactions.approve(flags.request, author()); !approved) {
    return report(approved.error());
  }
  const auto recorded = wait_until_recorded(
      [&] { return redactions.is_recorded(flags.request); },
      context.clock.steady_now() + std::chrono::seconds(flags.wait_seconds), context);
  if (!recorded) return report(recorded.error());
  if (*recorded) {
    const auto applied = try_again([&] { return redactions.apply(flags.request); });
    if (!applied) return report(applied.error());
    context.seen.events = 1;
  }
  print_result(flags.json, json({{"request", flags.request}, {"redacted", *recorded}}).dump(2),
               *recorded ? fmt::format("request {}: the event is redacted", flags.request)
                         : fmt::format("request {} is approved; nothing goes before both are "
                                       "events of the ledger, which the service makes: run the "
                                       "same command again while it runs",
                                       flags.request));
  return *recorded ? kExitFine : kExitFinding;
}

int list(const RedactFlags& flags, Context& /*context*/) {
  auto log = db::DutyLog::open_to_read(flags.mgccomp);
  if (!log) return report(log.error());
  const auto rows = db::Redactions(*log).list();
  if (!rows) return report(rows.error());
  json document = {{"redactions", json::array()}};
  std::vector<std::vector<std::string>> lines;
  for (const db::RedactionRow& row : *rows) {
    const std::string reason = text_in(row.asked.details, "reason");
    document["redactions"].push_back(
        {{"request", row.asked.entry},
         {"lane", row.lane},
         {"event_id", row.event_id},
         {"reason", reason},
         {"asked_by", row.asked.person()},
         {"asked_at", format_utc(row.asked.written_at)},
         {"approved_by", row.approved ? json(row.approved->person()) : json(nullptr)},
         {"approved_at", row.approved ? json(format_utc(row.approved->written_at)) : json(nullptr)},
         {"in_ledger", row.is_recorded}});
    lines.push_back({std::to_string(row.asked.entry), printable(row.lane),
                     std::to_string(row.event_id), printable(row.asked.person()),
                     row.approved ? printable(row.approved->person()) : "nobody yet",
                     printable(reason)});
  }
  print_result(
      flags.json, document.dump(2, ' ', false, json::error_handler_t::replace),
      lines.empty()
          ? "no redactions"
          : table({"request", "lane", "event", "asked by", "approved by", "reason"}, lines));
  return kExitFine;
}

}  // namespace

void add_redact_commands(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<RedactFlags>();
  CLI::App* group = audit_app.add_subcommand(
      "redact",
      "Take the content of one event away: one person asks, another one approves; its leaf of the "
      "ledger stays");
  group->require_subcommand(1);
  const auto command = [&](const char* name, const char* what,
                           int (*run)(const RedactFlags&, Context&)) {
    CLI::App* added = group->add_subcommand(name, what);
    added->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
        ->capture_default_str();
    added->add_flag("--json", flags->json, "One JSON document on stdout");
    added->callback([&context, flags, run] {
      context.run = [&context, flags, run] { return run(*flags, context); };
    });
    return added;
  };
  CLI::App* request_app = command("request", "Ask for it", request);
  request_app->add_option("event_id", flags->event_id, "As a search shows it")->required();
  request_app->add_option("--lane", flags->lane, "The event's lane")->capture_default_str();
  request_app->add_option("--reason", flags->reason, "Why; it is shown in the event's place")
      ->required();
  CLI::App* approve_app = command(
      "approve", "Approve a request of somebody else, and do it; goes on after a kill", approve);
  approve_app->add_option("request", flags->request, "Its number")->required();
  approve_app
      ->add_option("--wait", flags->wait_seconds,
                   "Seconds to wait until the service has put both into the ledger")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command("list", "All requests, and who approved them", list);
}

}  // namespace mgc::app
