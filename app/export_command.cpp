#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/lync_xml_flags.hpp"
#include "app/progress.hpp"
#include "app/query_flags.hpp"
#include "app/table.hpp"
#include "audit/export.hpp"
#include "audit/formats/table.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct ExportFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  QueryFlags query;
  std::string format = "jsonl";
  LyncXmlFlags lync_xml;
  std::string out;
  std::string checkpoint;
  bool proofs = false;
  bool json = false;
};

int run_export(const ExportFlags& flags, Context& context) {
  const auto query = read_query(flags.query);
  if (!query) return report(query.error());
  const auto lync_xml = read_lync_xml_flags(flags.lync_xml);
  if (!lync_xml) return report(lync_xml.error());
  if (flags.format != "lync-xml" && *lync_xml != audit::LyncXmlOptions{}) {
    return report({Action::stop, fmt::format("--format {} has none of the settings of lync-xml; "
                                             "leave them out, or give --format lync-xml",
                                             flags.format)});
  }
  const auto format = audit::make_format(flags.format, {*lync_xml});
  if (!format) return report(format.error());
  auto reader = db::ComplianceReader::open(flags.mgccomp);
  if (!reader) return report(reader.error());
  context.seen.place = flags.out;
  ProgressBar bar("export", context.clock);
  const auto exported = audit::export_events(
      **reader, {*query, *format, flags.out, flags.checkpoint},
      [&](std::uint64_t events) {
        context.seen.events = events;
        bar.show(events, 0, with_commas(events) + " events");
      },
      context.stop);
  if (!exported) return report(exported.error());
  context.seen = {exported->events, exported->files, exported->file.string()};
  const json document = {{"events", exported->events},
                         {"bytes", exported->bytes},
                         {"files", exported->files},
                         {"file", exported->file.string()},
                         {"was_complete", exported->was_complete}};
  print_result(
      flags.json, document.dump(2),
      fmt::format("{} events, {} bytes, {} {} in {}{}; manifest.json has the SHA-256 of each",
                  with_commas(exported->events), with_commas(exported->bytes),
                  with_commas(exported->files), exported->files == 1 ? "file" : "files",
                  exported->file.string(), exported->was_complete ? ", as before" : ""));
  return kExitFine;
}

}  // namespace

void add_export_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "export", "Write events into files with a manifest; goes on after it was stopped");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command->add_option("--out", flags->out, "Directory of the export; made when it is not there")
      ->required();
  std::vector<std::string> names;
  std::string meanings;
  for (const audit::FormatEntry& one : audit::formats()) {
    names.emplace_back(one.name);
    meanings += fmt::format("{}{}: {}", meanings.empty() ? "" : "; ", one.name, one.meaning);
  }
  command->add_option("--format", flags->format, meanings)
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  add_query_flags(*command, flags->query);
  add_lync_xml_flags(*command, flags->lync_xml);
  CLI::Option* proofs =
      command->add_flag("--proofs", flags->proofs,
                        "Also proofs.tlog, with a proof for each event that it is in the ledger as "
                        "a checkpoint states it; for mgc audit verify-export");
  CLI::Option* checkpoint = command->add_option(
      "--checkpoint", flags->checkpoint,
      "With --proofs: the checkpoints, a file or the directory of mgc audit checkpoint; the export "
      "ends with the newest");
  proofs->needs(checkpoint);
  checkpoint->needs(proofs);
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return run_export(*flags, context); };
  });
}

}  // namespace mgc::app
