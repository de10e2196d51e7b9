#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/author.hpp"
#include "app/command.hpp"
#include "app/recorded.hpp"
#include "app/table.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "db/retention.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct RetentionFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string before;
  std::int64_t wait_seconds = 60;
  bool dry_run = false;
  bool json = false;
};

/// What became of one segment.
struct Outcome {
  db::OldSegment of;
  std::string state;  ///< "held", "waits", "removed"; "old" of a dry run
};

std::string held_by(const db::OldSegment& segment) {
  std::string words;
  for (const db::HeldCount& held : segment.held) {
    words += fmt::format("{}hold {}: {} events", words.empty() ? "" : ", ", held.hold,
                         with_commas(held.events));
  }
  return words;
}

json outcome_json(const Outcome& outcome) {
  const db::OldSegment& of = outcome.of;
  json held = json::array();
  for (const db::HeldCount& one : of.held) {
    held.push_back({{"hold", one.hold}, {"events", one.events}});
  }
  return {{"lane", of.lane},
          {"segment", of.segment},
          {"first_event_id", of.first_event_id},
          {"last_event_id", of.last_event_id},
          {"first_occurred_at", format_utc(of.least_occurred_at)},
          {"last_occurred_at", format_utc(of.greatest_occurred_at)},
          {"state", outcome.state},
          {"held", std::move(held)}};
}

std::string to_text(const std::vector<Outcome>& outcomes) {
  std::vector<std::vector<std::string>> lines;
  bool waits = false;
  for (const Outcome& one : outcomes) {
    waits = waits || one.state == "waits";
    lines.push_back({printable(one.of.lane), std::to_string(one.of.segment),
                     fmt::format("{} ... {}", one.of.first_event_id, one.of.last_event_id),
                     format_utc(one.of.greatest_occurred_at), one.state, held_by(one.of)});
  }
  if (lines.empty()) return "no sealed segment is that old";
  std::string text = table({"lane", "segment", "events", "last", "state", "held by"}, lines);
  if (waits) {
    text +=
        "\n\nnothing goes before its removal is an event of the ledger, which the service makes: "
        "run the same command again while it runs";
  }
  return text;
}

Result<std::vector<Outcome>> run_all(db::Retention& retention, UtcTime before,
                                     const RetentionFlags& flags, const Context& context) {
  const auto old = retention.find(before);
  if (!old) return old.error();
  std::vector<Outcome> outcomes;
  for (const db::OldSegment& one : *old) {
    const bool held = !one.held.empty();
    outcomes.push_back({one, held ? "held" : flags.dry_run ? "old" : "waits"});
    if (held || flags.dry_run) continue;
    if (auto noted = retention.note(one, before, author()); !noted) return noted.error();
  }
  const SteadyTime deadline = context.clock.steady_now() + std::chrono::seconds(flags.wait_seconds);
  for (Outcome& outcome : outcomes) {
    if (outcome.state != "waits") continue;
    const std::uint64_t segment = outcome.of.segment;
    const auto recorded =
        wait_until_recorded([&] { return retention.is_recorded(segment); }, deadline, context);
    if (!recorded) return recorded.error();
    if (!*recorded) continue;
    const auto removed = try_again([&] { return retention.remove(segment); });
    if (!removed && removed.error().action != Action::stop) return removed.error();
    // A hold that came meanwhile keeps this segment, and no other one.
    outcome.state = removed ? "removed" : "held";
    if (!removed) log_warning("segment {}: {}", segment, removed.error().message);
  }
  return outcomes;
}

int run(const RetentionFlags& flags, Context& context) {
  const auto before = parse_utc(flags.before);
  if (!before) {
    return report({Action::stop, fmt::format("--before {}: YYYY-MM-DD or "
                                             "YYYY-MM-DDTHH:MM:SS[Z|+HH:MM] is wanted",
                                             flags.before)});
  }
  auto log = db::DutyLog::open(flags.mgccomp);
  if (!log) return report(log.error());
  db::Retention retention(*log);
  const auto outcomes = run_all(retention, *before, flags, context);
  if (!outcomes) return report(outcomes.error());
  json document = {{"segments", json::array()}};
  bool all = true;
  for (const Outcome& one : *outcomes) {
    document["segments"].push_back(outcome_json(one));
    all = all && (one.state == "removed" || one.state == "old");
    if (one.state == "removed") {
      context.seen.events += one.of.last_event_id - one.of.first_event_id + 1;
    }
  }
  print_result(flags.json, document.dump(2, ' ', false, json::error_handler_t::replace),
               to_text(*outcomes));
  return all ? kExitFine : kExitFinding;
}

}  // namespace

void add_retention_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<RetentionFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "retention",
      "Remove the content of sealed segments whose events are all older than a time; hashes, "
      "counts and the ledger stay. What a hold keeps stays whole; exit code 1 when something old "
      "stays");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command->add_option("--before", flags->before, "All events of a segment happened before (UTC)")
      ->required();
  command->add_flag("--dry-run", flags->dry_run, "Only list them, with what holds them");
  command
      ->add_option("--wait", flags->wait_seconds,
                   "Seconds to wait until the service has put the removal into the ledger")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return run(*flags, context); }; });
}

}  // namespace mgc::app
