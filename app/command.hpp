#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::app {

/// Exit codes, the same for every command.
enum ExitCode : int {
  kExitFine = 0,
  kExitFinding = 1,      ///< a check found something
  kExitUsage = 2,        ///< wrong usage or settings
  kExitUnreachable = 3,  ///< a broker or database could not be reached
};

/// What one command below `mgc audit` says of itself in access_log.
struct AccessRequest {
  std::string mgccomp;   ///< the database that it reads
  std::string command;   ///< "dead-letters show"
  std::string details;   ///< its flags, as a JSON document
  bool unnoted = false;  ///< without a note, where the owner of the database allows it
};

/// What a command below `mgc audit` has read and written; for the access log.
struct Seen {
  std::uint64_t events = 0;
  std::uint64_t files = 0;  ///< that were written
  std::string place;        ///< of them: a file or a directory
};

/// What every command is given, and what it leaves for main() to run.
struct Context {
  SystemClock clock;
  std::stop_token stop;  ///< set before `run`; requested by SIGTERM, SIGINT and SIGHUP
  std::string log_level = "info";
  std::function<int()> run;             ///< the command that was chosen
  std::optional<AccessRequest> access;  ///< of a command that reads mgccomp; set before `run`
  bool notes_itself = false;            ///< the command writes its access entries, one for each run
  Seen seen;                            ///< by the command, whether it fails or not
};

/// The program's flags and commands. `context` outlives `app`.
void add_commands(CLI::App& app, Context& context);

void add_audit_commands(CLI::App& app, Context& context);
void add_consume_command(CLI::App& app, Context& context);
void add_database_commands(CLI::App& app, Context& context);
void add_access_policy_command(CLI::App& database, Context& context);
void add_acknowledge_gap_command(CLI::App& database, Context& context);
void add_new_epoch_command(CLI::App& node, Context& context);
void add_demo_command(CLI::App& app, Context& context);
void add_node_commands(CLI::App& app, Context& context);
void add_queue_commands(CLI::App& app, Context& context);
void add_tune_command(CLI::App& app, Context& context);
void add_settings_command(CLI::App& app, Context& context);
void add_top_command(CLI::App& app, Context& context);

/// Commands below `mgc audit`.
void add_adapter_command(CLI::App& audit_app, Context& context);
void add_checkpoint_command(CLI::App& audit_app, Context& context);
void add_dead_letter_commands(CLI::App& audit_app, Context& context);
void add_export_command(CLI::App& audit_app, Context& context);
void add_hold_commands(CLI::App& audit_app, Context& context);
void add_import_command(CLI::App& audit_app, Context& context);
void add_key_command(CLI::App& audit_app, Context& context);
void add_reconcile_command(CLI::App& audit_app, Context& context);
void add_redact_commands(CLI::App& audit_app, Context& context);
void add_retention_command(CLI::App& audit_app, Context& context);
void add_room_command(CLI::App& audit_app, Context& context);
void add_search_command(CLI::App& audit_app, Context& context);
void add_verify_command(CLI::App& audit_app, Context& context);
void add_verify_export_command(CLI::App& audit_app, Context& context);
void add_xsd_command(CLI::App& audit_app, Context& context);

/// `--broker` with its certificates and login, and `--address`, as every command that talks to a
/// broker has them.
struct BrokerFlags {
  transport::BrokerOptions broker;
  std::string address = "compliance";
};
void add_broker_flags(CLI::App& command, BrokerFlags& flags);
/// Without `--address`.
void add_broker_flags(CLI::App& command, transport::BrokerOptions& broker);

/// `--lanes`, as nodes and `mgc queue declare` have it.
void add_lanes_flag(CLI::App& command, std::uint32_t& lanes);

/// Broker options for a process that calls itself `client`.
[[nodiscard]] transport::BrokerOptions broker_options(const BrokerFlags& flags,
                                                      const std::string& client);

/// Prints the error to stderr, one line, and gives its exit code.
[[nodiscard]] int report(const Error& error);

/// Prints `result` (a JSON document) or `text` to stdout.
void print_result(bool as_json, const std::string& json, const std::string& text);

}  // namespace mgc::app
