#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "audit/verify_export.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct VerifyExportFlags {
  std::string dir;
  std::vector<std::string> keys;
  bool json = false;
};

int verify_export(const VerifyExportFlags& flags, const Clock& clock) {
  std::vector<audit::VerifierKey> keys;
  for (const std::string& file : flags.keys) {
    auto some = audit::read_verifier_keys(file);
    if (!some) return report(some.error());
    keys.insert(keys.end(), some->begin(), some->end());
  }
  ProgressBar bar("verify-export", clock);
  const auto verdict = audit::verify_export(flags.dir, keys, [&](std::uint64_t events) {
    bar.show(0, 0, with_commas(events) + " events");
  });
  if (!verdict) return report(verdict.error());
  json document = {{"ok", verdict->ok()},
                   {"events", verdict->events},
                   {"redacted", verdict->redacted},
                   {"removed", verdict->removed},
                   {"files", verdict->files},
                   {"rows_compared", verdict->rows_compared},
                   {"is_whole_ledger", verdict->is_whole_ledger},
                   {"findings_total", verdict->findings_total},
                   {"findings", json::array()}};
  std::string text = fmt::format(
      "{}: {} events proven, {} of them shown as redacted (not proven), {} files as in the "
      "manifest, {}, {} findings",
      verdict->ok() ? "verified" : "NOT AS RECORDED", with_commas(verdict->events),
      with_commas(verdict->redacted), verdict->files,
      verdict->rows_compared ? "each row compared with its proof"
                             : "the files of this format held to their sums only",
      verdict->findings_total);
  if (verdict->removed > 0) {
    text += fmt::format("\n{} more events were removed, as events of the ledger say",
                        with_commas(verdict->removed));
  }
  for (const audit::Finding& finding : verdict->findings) {
    document["findings"].push_back({{"where", finding.where}, {"what", finding.what}});
    text += fmt::format("\n{}: {}", printable(finding.where), printable(finding.what));
  }
  print_result(flags.json, document.dump(2, ' ', false, json::error_handler_t::replace), text);
  return verdict->ok() ? kExitFine : kExitFinding;
}

}  // namespace

void add_verify_export_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<VerifyExportFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "verify-export",
      "Check an export with proofs, without a database; exit code 1 when something is not so");
  command->add_option("dir", flags->dir, "The directory of the export")->required();
  command
      ->add_option("--key", flags->keys,
                   "File with the keys (FILE.pub) that checkpoints are signed with; may be given "
                   "more than once")
      ->required();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return verify_export(*flags, context.clock); };
  });
}

}  // namespace mgc::app
