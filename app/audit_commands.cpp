#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/access_entry.hpp"
#include "app/audit_nodes.hpp"
#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct AuditFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  bool json = false;
  bool with_closed = false;
  AuditNodesFlags nodes;
};

int count(db::ComplianceReader& reader, const AuditFlags& flags) {
  const auto counts = reader.count();
  if (!counts) return report(counts.error());
  const json document = {{"events", counts->events},
                         {"duties", counts->duties},
                         {"packs", counts->packs},
                         {"blocks", counts->blocks},
                         {"gaps", counts->gaps},
                         {"dead_letters", counts->dead_letters},
                         {"duplicates", counts->duplicates},
                         {"by_kind", counts->by_kind}};
  std::vector<std::pair<std::string, std::string>> rows = {
      {"events", with_commas(counts->events)},
      {"what was done with the record", with_commas(counts->duties)},
      {"packs", with_commas(counts->packs)},
      {"blocks", with_commas(counts->blocks)},
      {"open gaps", with_commas(counts->gaps)},
      {"dead letters", with_commas(counts->dead_letters)},
      {"duplicates", with_commas(counts->duplicates)}};
  for (const auto& [kind, events] : counts->by_kind) {
    rows.emplace_back("  " + kind, with_commas(events));
  }
  print_result(flags.json, document.dump(2), two_columns(rows));
  return kExitFine;
}

int gaps(db::ComplianceReader& reader, const AuditFlags& flags) {
  const auto rows = reader.gaps(flags.with_closed);
  if (!rows) return report(rows.error());
  json document = {{"gaps", json::array()}};
  std::vector<std::vector<std::string>> lines;
  bool open = false;
  for (const db::GapRow& gap : *rows) {
    open = open || (!gap.closed_at && !gap.acknowledged);
    const json closed = gap.closed_at ? json(format_utc(*gap.closed_at)) : json(nullptr);
    document["gaps"].push_back(
        {{"node", gap.node},
         {"epoch", gap.epoch},
         {"first_sequence", gap.first_sequence},
         {"last_sequence", gap.last_sequence},
         {"first_seen_at", format_utc(gap.first_seen_at)},
         {"closed_at", closed},
         {"acknowledged", gap.acknowledged ? json(*gap.acknowledged) : json(nullptr)}});
    lines.push_back({gap.node, std::to_string(gap.epoch), std::to_string(gap.first_sequence),
                     std::to_string(gap.last_sequence), format_utc(gap.first_seen_at),
                     gap.closed_at ? format_utc(*gap.closed_at) : "open",
                     printable(gap.acknowledged.value_or(""))});
  }
  print_result(flags.json, document.dump(2, ' ', false, json::error_handler_t::replace),
               lines.empty() ? "no gaps"
                             : table({"node", "epoch", "first", "last", "first seen", "closed",
                                      "acknowledged"},
                                     lines));
  return open ? kExitFinding : kExitFine;
}

/// Whatever the command below it is: it is noted, and then it runs.
void note_accesses(CLI::App& audit_app, Context& context) {
  auto unnoted = std::make_shared<bool>(false);
  audit_app.add_flag("--no-access-log", *unnoted,
                     "Read without a note, where mgc db access-log allows it");
  audit_app.callback([&context, &audit_app, unnoted] {
    context.access = access_request(audit_app);
    if (!context.access) return;
    context.access->unnoted = *unnoted;
    if (context.notes_itself) return;
    context.run = [&context, run = std::move(context.run)] { return run_noted(context, run); };
  });
}

}  // namespace

void add_audit_commands(CLI::App& app, Context& context) {
  auto flags = std::make_shared<AuditFlags>();
  CLI::App* audit_app = app.add_subcommand("audit", "Read the compliance record");
  audit_app->require_subcommand(1);
  note_accesses(*audit_app, context);
  using Run = std::function<int(db::ComplianceReader&)>;
  const auto add = [&](const char* name, const char* what, const Run& run) {
    CLI::App* command = audit_app->add_subcommand(name, what);
    command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
        ->capture_default_str();
    command->add_flag("--json", flags->json, "One JSON document on stdout");
    command->callback([&context, flags, run] {
      context.run = [flags, run] {
        auto reader = db::ComplianceReader::open(flags->mgccomp);
        return reader ? run(**reader) : report(reader.error());
      };
    });
    return command;
  };
  add("count", "How much of everything is stored",
      [flags](db::ComplianceReader& reader) { return count(reader, *flags); });
  CLI::App* gaps_app =
      add("gaps", "Missing sequences; exit code 1 when one is open and not acknowledged",
          [flags](db::ComplianceReader& reader) { return gaps(reader, *flags); });
  gaps_app->add_flag("--all", flags->with_closed, "Also those that were closed later");
  CLI::App* nodes_app = add("nodes", "How each node is doing; exit code 1 when one is dead",
                            [flags, &context](db::ComplianceReader& reader) {
                              return audit_nodes(reader, flags->nodes, flags->json, context.clock);
                            });
  nodes_app
      ->add_option("--dead-after", flags->nodes.dead_after_seconds,
                   "Seconds without a watermark after which a node that did not stop is dead")
      ->check(CLI::Range(1, 31'622'400))
      ->capture_default_str();
  add_verify_command(*audit_app, context);
  add_checkpoint_command(*audit_app, context);
  add_export_command(*audit_app, context);
  add_hold_commands(*audit_app, context);
  add_import_command(*audit_app, context);
  add_room_command(*audit_app, context);
  add_search_command(*audit_app, context);
  add_verify_export_command(*audit_app, context);
  add_key_command(*audit_app, context);
  add_adapter_command(*audit_app, context);
  add_xsd_command(*audit_app, context);
  add_reconcile_command(*audit_app, context);
  add_redact_commands(*audit_app, context);
  add_retention_command(*audit_app, context);
  add_dead_letter_commands(*audit_app, context);
}

}  // namespace mgc::app
