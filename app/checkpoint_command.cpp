#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/checkpoint_watch.hpp"
#include "app/command.hpp"
#include "app/metrics_sources.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "audit/checkpoint_signer.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct CheckpointFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string key, out;
  std::vector<std::string> old_keys;
  std::uint32_t every_seconds = 0;
  std::string metrics;
  bool json = false;
};

void show(const audit::SignReport& report, bool as_json) {
  json document = {{"ok", report.checked.ok()},
                   {"lanes", json::array()},
                   {"findings_total", report.checked.findings_total},
                   {"findings", json::array()}};
  std::vector<std::vector<std::string>> rows;
  for (const audit::SignedLane& lane : report.lanes) {
    document["lanes"].push_back({{"lane", lane.lane},
                                 {"number", lane.number},
                                 {"events", lane.events},
                                 {"is_new", lane.is_new}});
    rows.push_back({printable(lane.lane), with_commas(lane.number), with_commas(lane.events),
                    lane.is_new ? "signed now" : "as it was"});
  }
  std::string text = table({"lane", "checkpoint", "events", ""}, rows);
  for (const audit::Finding& finding : report.checked.findings) {
    document["findings"].push_back({{"where", finding.where}, {"what", finding.what}});
    text += fmt::format("\nNOT SIGNED: {}: {}", printable(finding.where), printable(finding.what));
  }
  print_result(as_json, document.dump(2, ' ', false, json::error_handler_t::replace), text);
}

/// Waits, and returns early at a stop.
void wait(const Context& context, std::chrono::seconds pause) {
  Guarded<bool> waiting(false);
  const std::stop_callback wake(context.stop, [&waiting] { waiting.lock().notify_all(); });
  waiting.lock().wait_until(context.clock.steady_now() + pause,
                            [&](bool) { return context.stop.stop_requested(); });
}

bool may_go_well_later(const Error& error) {
  return error.action != Action::stop && error.action != Action::reject;
}

int sign(Context& context, const CheckpointFlags& flags) {
  audit::CheckpointSigner::Options options{flags.mgccomp, flags.out, {}};
  for (const std::string& file : flags.old_keys) {
    auto keys = audit::read_verifier_keys(file);
    if (!keys) return report(keys.error());
    options.old_keys.insert(options.old_keys.end(), keys->begin(), keys->end());
  }
  auto key = audit::SigningKey::read(flags.key);
  if (!key) return report(key.error());
  audit::CheckpointSigner signer(std::move(options), std::move(*key), context.clock);
  const std::chrono::seconds every{flags.every_seconds};
  auto watch = std::make_shared<CheckpointWatch>(context.clock);
  const auto metrics =
      start_metrics(flags.metrics, checkpoint_metrics(watch, every, context.clock));
  if (!metrics) return report(metrics.error());
  ProgressBar bar("checkpoint", context.clock);
  while (true) {
    const auto signed_now = signer.sign([&](std::uint64_t events) {
      watch->note_progress();
      bar.show(0, 0, with_commas(events) + " events");
    });
    watch->note_round(signed_now);
    if (!signed_now && (every.count() == 0 || !may_go_well_later(signed_now.error()))) {
      return report(signed_now.error());
    }
    const bool is_last = every.count() == 0 || context.stop.stop_requested();
    if (signed_now && (is_last || !signed_now->checked.ok())) {
      show(*signed_now, flags.json);
      return signed_now->checked.ok() ? kExitFine : kExitFinding;
    }
    if (!is_last) wait(context, every);
    if (context.stop.stop_requested()) return kExitFine;
  }
}

}  // namespace

void add_checkpoint_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<CheckpointFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "checkpoint",
      "Recompute the ledger from its last checkpoint and sign the next one; exit code 1, and "
      "nothing is signed, when the ledger does not continue the last one");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command->add_option("--key", flags->key, "The private key, of mgc audit key new")->required();
  command
      ->add_option("--out", flags->out,
                   "Directory of the second place: LANE.checkpoints with all of them, "
                   "LANE.checkpoint with the newest")
      ->required();
  command
      ->add_option("--every", flags->every_seconds,
                   "Seconds; sign again and again, until SIGTERM. 0 = once")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  command->add_option("--old-key", flags->old_keys,
                      "File with verifier keys whose checkpoints this key goes on from; may be "
                      "given more than once");
  add_metrics_flag(*command, flags->metrics);
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return sign(context, *flags); }; });
}

}  // namespace mgc::app
