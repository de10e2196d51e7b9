#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"
#include "db/migrate.hpp"

namespace mgc::app {
namespace {

struct DatabaseFlags {
  std::string dsn;
  std::string schema = "mgccomp";
  bool json = false;
};

const char* name_of(db::Schema schema) { return schema == db::Schema::mgccomp ? "mgccomp" : "mgc"; }

db::Schema schema_of(const DatabaseFlags& flags) {
  return flags.schema == "mgc" ? db::Schema::mgc : db::Schema::mgccomp;
}

int show_status(const DatabaseFlags& flags) {
  const auto status = db::database_status(flags.dsn);
  if (!status) return report(status.error());
  nlohmann::json json = {{"engine", status->engine},
                         {"engine_version", status->engine_version},
                         {"instance", status->instance},
                         {"settings", nlohmann::json::object()},
                         {"warnings", status->warnings}};
  std::vector<std::pair<std::string, std::string>> rows = {
      {"engine", status->engine + " " + status->engine_version},
      {"instance", printable(status->instance)}};
  for (const db::SchemaStatus& one : status->schemas) {
    json["schemas"][name_of(one.schema)] = {
        {"version", one.version}, {"newest_version", one.newest_version}, {"applied", one.applied}};
    rows.emplace_back(fmt::format("schema {}", name_of(one.schema)),
                      one.version == 0
                          ? "not initialised"
                          : fmt::format("version {} of {}", one.version, one.newest_version));
    for (const std::string& applied : one.applied) rows.emplace_back("", applied);
  }
  for (const auto& [name, value] : status->settings) {
    json["settings"][name] = value;
    rows.emplace_back(name, value);
  }
  for (const std::string& warning : status->warnings) rows.emplace_back("WARNING", warning);
  print_result(flags.json, json.dump(2), two_columns(rows));
  return status->warnings.empty() ? kExitFine : kExitFinding;
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
    command->add_option("dsn", flags->dsn, "SOCI connection string, sqlite3://db=FILE")->required();
    command->add_flag("--json", flags->json, "One JSON document on stdout");
    command->callback([&context, run] { context.run = run; });
    return command;
  };
  CLI::App* init =
      add("init", "Make the schema, or bring it to the newest version", [&context, flags] {
        return after(db::init_database(flags->dsn, schema_of(*flags), context.clock), *flags);
      });
  init->add_option("--schema", flags->schema, "mgccomp, the compliance record, or mgc, the chats")
      ->check(CLI::IsMember({"mgccomp", "mgc"}))
      ->capture_default_str();
  add("upgrade", "Bring an initialised database to the newest version",
      [&context, flags] { return after(db::upgrade_database(flags->dsn, context.clock), *flags); });
  add("status",
      "Engine, schema versions and the settings that matter; 1 when one breaks a guarantee",
      [flags] { return show_status(*flags); });
}

}  // namespace mgc::app
