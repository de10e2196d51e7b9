#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "app/segment_table.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/migrate.hpp"

namespace mgc::app {
namespace {

constexpr int kDatabasesMax = 16;  // that one command shows

struct DatabaseFlags {
  std::vector<std::string> dsns;
  std::string schema = "mgccomp";
  bool json = false;
};

const char* name_of(db::Schema schema) { return schema == db::Schema::mgccomp ? "mgccomp" : "mgc"; }

db::Schema schema_of(const DatabaseFlags& flags) {
  return flags.schema == "mgc" ? db::Schema::mgc : db::Schema::mgccomp;
}

nlohmann::json to_json(const db::DatabaseStatus& status) {
  nlohmann::json json = {{"engine", status.engine},
                         {"engine_version", status.engine_version},
                         {"instance", status.instance},
                         {"settings", nlohmann::json::object()},
                         {"warnings", status.warnings}};
  for (const db::SchemaStatus& one : status.schemas) {
    json["schemas"][name_of(one.schema)] = {
        {"version", one.version}, {"newest_version", one.newest_version}, {"applied", one.applied}};
  }
  for (const auto& [name, value] : status.settings) json["settings"][name] = value;
  return json;
}

std::string to_text(const db::DatabaseStatus& status) {
  std::vector<std::pair<std::string, std::string>> rows = {
      {"engine", status.engine + " " + status.engine_version},
      {"instance", printable(status.instance)}};
  for (const db::SchemaStatus& one : status.schemas) {
    rows.emplace_back(fmt::format("schema {}", name_of(one.schema)),
                      one.version == 0
                          ? "not initialised"
                          : fmt::format("version {} of {}", one.version, one.newest_version));
    for (const std::string& applied : one.applied) rows.emplace_back("", applied);
  }
  for (const auto& [name, value] : status.settings) rows.emplace_back(name, value);
  for (const std::string& warning : status.warnings) rows.emplace_back("WARNING", warning);
  return two_columns(rows);
}

/// One database as itself; several as a list, and whether one server holds them.
int show_status(const DatabaseFlags& flags) {
  nlohmann::json json = {{"databases", nlohmann::json::array()}};
  std::string text;
  bool warned = false;
  bool same = true;
  std::optional<db::DatabaseStatus> first;
  for (const std::string& dsn : flags.dsns) {
    const auto status = db::database_status(dsn);
    if (!status) return report(status.error());
    const auto segments = db::read_segment_status(dsn);
    if (!segments) return report(segments.error());
    json["databases"].push_back(to_json(*status));
    if (!segments->empty()) json["databases"].back()["segments"] = segments_json(*segments);
    text += (text.empty() ? "" : "\n\n") + to_text(*status);
    if (!segments->empty()) text += "\n\n" + segment_table(*segments);
    warned = warned || !status->warnings.empty();
    if (!first) first = *status;
    same = same && first->engine == status->engine && first->server == status->server;
  }
  json["same_instance"] = same;
  const bool several = flags.dsns.size() > 1;
  if (several) text += same ? "\n\nall on one instance" : "\n\non different instances";
  print_result(flags.json, (several ? json : json["databases"][0]).dump(2), text);
  return warned ? kExitFinding : kExitFine;
}

int after(const Result<void>& result, const DatabaseFlags& flags) {
  return result ? show_status(flags) : report(result.error());
}

}  // namespace

void add_database_commands(CLI::App& app, Context& context) {
  auto flags = std::make_shared<DatabaseFlags>();
  CLI::App* database = app.add_subcommand("db", "Make, upgrade and look at the databases");
  database->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, std::function<int()> run) {
    CLI::App* command = database->add_subcommand(name, what);
    command->add_option("dsn", flags->dsns, "SOCI connection string, sqlite3://db=FILE")
        ->required()
        ->expected(1);
    command->add_flag("--json", flags->json, "One JSON document on stdout");
    command->callback([&context, run] { context.run = run; });
    return command;
  };
  CLI::App* init =
      add("init", "Make the schema, or bring it to the newest version", [&context, flags] {
        return after(db::init_database(flags->dsns.front(), schema_of(*flags), context.clock),
                     *flags);
      });
  init->add_option("--schema", flags->schema, "mgccomp, the compliance record, or mgc, the chats")
      ->check(CLI::IsMember({"mgccomp", "mgc"}))
      ->capture_default_str();
  add("upgrade", "Bring an initialised database to the newest version", [&context, flags] {
    return after(db::upgrade_database(flags->dsns.front(), context.clock), *flags);
  });
  CLI::App* status =
      add("status",
          "Engine, schema versions and the settings that matter; 1 when one breaks a guarantee",
          [flags] { return show_status(*flags); });
  status->get_option("dsn")
      ->expected(1, kDatabasesMax)
      ->description("SOCI connection strings; of several it says whether one instance holds them");
  add_access_policy_command(*database, context);
  add_acknowledge_gap_command(*database, context);
}

}  // namespace mgc::app
