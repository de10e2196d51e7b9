#include "app/command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "core/utf8.hpp"
#include "schema/lane.hpp"

namespace mgc::app {

void add_commands(CLI::App& app, Context& context) {
  app.description(
      "Compliance pipeline for persistent chat: chat nodes to an AMQP 1.0 queue to SQL.\n"
      "Results go to stdout, logs and progress to stderr.\n"
      "Exit codes: 0 fine, 1 a check found something, 2 wrong usage or settings,\n"
      "3 a broker or database could not be reached.");
  app.set_version_flag("--version", MGC_VERSION);
  app.set_config("--config", "", "TOML file with settings: [command] sections, keys as the flags");
  app.require_subcommand(1);
  app.fallthrough();
  app.allow_config_extras(CLI::config_extras_mode::error);  // a misspelt key is never ignored
  app.add_option("--log-level", context.log_level, "What goes to stderr")
      ->check(CLI::IsMember({"debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  add_demo_command(app, context);
  add_queue_commands(app, context);
  add_node_commands(app, context);
  add_consume_command(app, context);
  add_database_commands(app, context);
  add_audit_commands(app, context);
  add_top_command(app, context);
  add_tune_command(app, context);
  add_settings_command(app, context);
}

void add_broker_flags(CLI::App& command, BrokerFlags& flags) {
  add_broker_flags(command, flags.broker);
  command.add_option("--address", flags.address, "The queue")->capture_default_str();
}

void add_broker_flags(CLI::App& command, transport::BrokerOptions& broker) {
  command
      .add_option("--broker", broker.url,
                  "The broker, amqp[s]://HOST[:PORT]; several with commas between: the first that "
                  "works")
      ->capture_default_str();
  command.add_option("--broker-ca", broker.ca_file,
                     "PEM file of the CAs that sign the broker's certificate, instead of the "
                     "system's");
  command.add_option("--broker-cert", broker.client_certificate,
                     "PEM file of a client certificate, the login of this program");
  command.add_option("--broker-key", broker.client_key, "PEM file of its key");
  command.add_option("--broker-user", broker.user,
                     "Log in with this name; with --broker-password-file, over amqps:// only");
  command.add_option("--broker-password-file", broker.password_file,
                     "File whose first line is the password; readable by its owner only");
}

void add_lanes_flag(CLI::App& command, std::uint32_t& lanes) {
  command
      .add_option(
          "--lanes", lanes,
          "Into how many lanes the queue is split: a node's packs go to ADDRESS.K, K by its "
          "id. 0 = it is not split")
      ->check(CLI::Range(0U, schema::kLanesMax))
      ->capture_default_str();
}

transport::BrokerOptions broker_options(const BrokerFlags& flags, const std::string& client) {
  transport::BrokerOptions options = flags.broker;
  // Brokers want container ids that differ between processes.
  options.client = fmt::format("{}-{}", client, ::getpid());
  return options;
}

int report(const Error& error) {
  fmt::print(stderr, "mgc: {}\n", printable(error.message));
  return error.action == Action::stop || error.action == Action::reject ? kExitUsage
                                                                        : kExitUnreachable;
}

void print_result(bool as_json, const std::string& json, const std::string& text) {
  fmt::print(stdout, "{}\n", as_json ? json : text);
}

}  // namespace mgc::app
