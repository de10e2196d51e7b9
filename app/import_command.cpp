#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/import_run.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "db/dsn.hpp"
#include "db/migrate.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

constexpr std::size_t kTroublesLogged = 20;

struct ImportFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string from;
  std::uint32_t lease_seconds = 15;
  bool json = false;
};

std::string place_of(const ImportTrouble& trouble) {
  return trouble.line == 0 ? trouble.file : fmt::format("{}:{}", trouble.file, trouble.line);
}

void log_troubles(const ImportTotals& totals) {
  for (std::size_t i = 0; i < std::min(totals.troubles.size(), kTroublesLogged); ++i)
    log_warning("{}: {}", place_of(totals.troubles[i]), totals.troubles[i].reason);
  if (totals.troubles_total > kTroublesLogged)
    log_warning("{} more of that; --json lists the first {}",
                totals.troubles_total - kTroublesLogged, ImportTotals::kListed);
  for (const auto& [what, times] : totals.left_out)
    log_warning("{} is not part of the format and was left out, {} times", what, times);
  if (totals.stopped) log_info("stopped before the end; the same command goes on from there");
}

json to_json(const ImportTotals& totals) {
  json troubles = json::array();
  for (const ImportTrouble& one : totals.troubles)
    troubles.push_back({{"file", one.file}, {"line", one.line}, {"reason", one.reason}});
  return {{"files", totals.files},
          {"repeated_files", totals.repeated},
          {"lists", totals.lists},
          {"events", totals.events},
          {"added", totals.added},
          {"unreadable_files", totals.unreadable_files},
          {"unreadable_messages", totals.unreadable_messages},
          {"refused_packs", totals.refused_packs},
          {"left_out", totals.left_out},
          {"troubles_total", totals.troubles_total},
          {"troubles", troubles},
          {"stopped", totals.stopped}};
}

std::string to_text(const ImportTotals& totals) {
  return two_columns({{"files", with_commas(totals.files)},
                      {"files with the bytes of another", with_commas(totals.repeated)},
                      {"lists beside them, not read", with_commas(totals.lists)},
                      {"events", with_commas(totals.events)},
                      {"stored by this run", with_commas(totals.added)},
                      {"files not readable", with_commas(totals.unreadable_files)},
                      {"messages not readable", with_commas(totals.unreadable_messages)},
                      {"packs refused by the database", with_commas(totals.refused_packs)}});
}

int run_import(const ImportFlags& flags, const Context& context) {
  // As the service does: the default database is a file that its user expects to be made.
  if (db::is_sqlite(flags.mgccomp)) {
    auto made = db::init_database(flags.mgccomp, db::Schema::mgccomp, context.clock);
    if (!made) return report(made.error());
  }
  Result<ImportTotals> totals = ImportTotals();
  {
    ProgressBar bar("import", context.clock);
    totals = import_lync_xml({flags.mgccomp, flags.from, std::chrono::seconds{flags.lease_seconds}},
                             context.clock, context.stop,
                             [&](const ImportTotals& now, std::uint64_t done, std::uint64_t total) {
                               bar.show(done, total, with_commas(now.added) + " events stored");
                             });
  }
  if (!totals) return report(totals.error());
  log_troubles(*totals);
  print_result(flags.json, to_json(*totals).dump(2), to_text(*totals));
  return totals->whole() ? kExitFine : kExitFinding;
}

}  // namespace

void add_import_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* group =
      audit_app.add_subcommand("import", "Take an old archive in, marked as imported");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand(
      "lync-xml",
      "The XML files of the original's compliance adapter, or of an export as lync-xml; exit code\n"
      "1 when something of them could not be read");
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command
      ->add_option("from", flags->from, "Directory of the files, with those below it; or one file")
      ->required();
  command
      ->add_option("--lease", flags->lease_seconds,
                   "Seconds after which another import takes over from one that died")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags] {
    context.run = [&context, flags] { return run_import(*flags, context); };
  });
}

}  // namespace mgc::app
