#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "audit/kept_checkpoints.hpp"
#include "audit/verify.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct VerifyFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string checkpoint;
  std::vector<std::string> keys;
  bool json = false;
};

/// Through the newest blocks.
Result<std::uint64_t> count_events(db::ComplianceReader& reader) {
  std::uint64_t events = 0;
  const auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  for (const std::string& lane : *lanes) {
    const auto last = reader.last_block(lane);
    if (!last) return last.error();
    if (*last) events += (*last)->first_event_id + (*last)->events;
  }
  return events;
}

int show(const audit::VerifyReport& verified, const VerifyFlags& flags) {
  json document = {{"ok", verified.ok()},
                   {"events", verified.events},
                   {"packs", verified.packs},
                   {"blocks", verified.blocks},
                   {"checkpoints", verified.checkpoints},
                   {"signatures_checked", !flags.keys.empty()},
                   {"kept_elsewhere", !flags.checkpoint.empty()},
                   {"findings_total", verified.findings_total},
                   {"findings", json::array()}};
  std::string text = fmt::format("{}: {} events, {} packs, {} blocks recomputed, {} findings",
                                 verified.ok() ? "verified" : "NOT AS RECORDED",
                                 with_commas(verified.events), with_commas(verified.packs),
                                 with_commas(verified.blocks), verified.findings_total);
  for (const audit::Finding& finding : verified.findings) {
    document["findings"].push_back({{"where", finding.where}, {"what", finding.what}});
    text += fmt::format("\n{}: {}", printable(finding.where), printable(finding.what));
  }
  text += fmt::format(
      "\n{} checkpoints in the store, {}{}", with_commas(verified.checkpoints),
      flags.keys.empty() ? "whose signatures nobody checked (--key)" : "each with its signature",
      flags.checkpoint.empty() ? "; none kept elsewhere was compared (--checkpoint)"
                               : "; compared with those in " + flags.checkpoint);
  print_result(flags.json, document.dump(2, ' ', false, json::error_handler_t::replace), text);
  return verified.ok() ? kExitFine : kExitFinding;
}

int verify(const VerifyFlags& flags, const Clock& clock) {
  audit::VerifyOptions options;
  for (const std::string& file : flags.keys) {
    auto keys = audit::read_verifier_keys(file);
    if (!keys) return report(keys.error());
    options.keys.insert(options.keys.end(), keys->begin(), keys->end());
  }
  std::optional<audit::KeptCheckpoints> kept;
  if (!flags.checkpoint.empty()) {
    auto opened = audit::KeptCheckpoints::open(flags.checkpoint);
    if (!opened) return report(opened.error());
    kept.emplace(std::move(*opened));
    options.kept = &*kept;
  }
  auto reader = db::ComplianceReader::open(flags.mgccomp);
  if (!reader) return report(reader.error());
  const auto all = count_events(**reader);
  if (!all) return report(all.error());
  ProgressBar bar("verify", clock);
  const auto verified = audit::verify_store(**reader, options, [&](std::uint64_t events) {
    bar.show(events, *all, with_commas(events) + " events");
  });
  if (!verified) return report(verified.error());
  return show(*verified, flags);
}

}  // namespace

void add_verify_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "verify", "Recompute the whole store from its packs; exit code 1 when something is not so");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  CLI::Option* keys = command->add_option(
      "--key", flags->keys,
      "File with the keys (FILE.pub) one of which signed each checkpoint; may be given more than "
      "once");
  command
      ->add_option(
          "--checkpoint", flags->checkpoint,
          "Checkpoints that are kept elsewhere than in the store: a file, or the directory "
          "of mgc audit checkpoint; they find an older backup and an end that was cut off")
      ->needs(keys);
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return verify(*flags, context.clock); };
  });
}

}  // namespace mgc::app
