#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/query_flags.hpp"
#include "app/table.hpp"
#include "audit/export.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct ExportFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  QueryFlags query;
  audit::ExportFormat format = audit::ExportFormat::jsonl;
  std::string out;
  bool json = false;
};

int run_export(const ExportFlags& flags, Context& context) {
  const auto query = read_query(flags.query);
  if (!query) return report(query.error());
  auto reader = db::ComplianceReader::open(flags.mgccomp);
  if (!reader) return report(reader.error());
  ProgressBar bar("export", context.clock);
  const auto exported = audit::export_events(
      **reader, {*query, flags.format, flags.out},
      [&](std::uint64_t events) { bar.show(events, 0, with_commas(events) + " events"); },
      context.stop);
  if (!exported) return report(exported.error());
  context.seen = {exported->events, {exported->file.string()}};
  const json document = {{"events", exported->events},
                         {"bytes", exported->bytes},
                         {"file", exported->file.string()},
                         {"was_complete", exported->was_complete}};
  print_result(
      flags.json, document.dump(2),
      fmt::format("{} events, {} bytes in {}{}; its SHA-256 is in manifest.json beside it",
                  with_commas(exported->events), with_commas(exported->bytes),
                  exported->file.string(), exported->was_complete ? ", as it was before" : ""));
  return kExitFine;
}

}  // namespace

void add_export_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "export", "Write events into a file with a manifest; goes on after it was stopped");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command->add_option("--out", flags->out, "Directory of the export; made when it is not there")
      ->required();
  const std::map<std::string, audit::ExportFormat> formats = {{"jsonl", audit::ExportFormat::jsonl},
                                                              {"csv", audit::ExportFormat::csv}};
  command
      ->add_option("--format", flags->format,
                   "jsonl: exact; csv: for spreadsheets, no cell is a formula")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->default_str("jsonl");
  add_query_flags(*command, flags->query);
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return run_export(*flags, context); };
  });
}

}  // namespace mgc::app
