#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "app/adapter_run.hpp"
#include "app/command.hpp"
#include "app/lync_xml_flags.hpp"
#include "app/metrics_sources.hpp"
#include "app/table.hpp"
#include "db/dsn.hpp"

namespace mgc::app {
namespace {

struct AdapterFlags {
  AdapterLoop loop;
  LyncXmlFlags lync_xml;
  std::string out;
  std::string metrics;
  bool json = false;
};

int run(AdapterFlags& flags, const Context& context) {
  const auto options = read_lync_xml_flags(flags.lync_xml);
  if (!options) return report(options.error());
  flags.loop.run_interval = options->run_interval;
  // A database that is away is waited for, so what can never be one is found here.
  if (const auto parsed = db::parse_dsn(flags.loop.mgccomp); !parsed) return report(parsed.error());
  auto format = audit::make_lync_xml(*options);
  if (!format) return report(format.error());
  auto adapter = audit::Adapter::open(flags.out, std::move(*format));
  if (!adapter) return report(adapter.error());
  AdapterMetrics metrics;
  const auto server = start_metrics(flags.metrics, adapter_metrics(metrics, context.clock));
  if (!server) return report(server.error());
  const auto ended = run_adapter(*adapter, flags.loop, metrics, context.clock, context.stop);
  if (!ended) return report(ended.error());
  const nlohmann::json document = {{"runs", metrics.runs.load()},
                                   {"failures", metrics.failures.load()},
                                   {"events", metrics.events.load()},
                                   {"files", metrics.files.load()},
                                   {"bytes", metrics.bytes.load()}};
  print_result(flags.json, document.dump(2),
               two_columns({{"runs", with_commas(metrics.runs)},
                            {"runs that failed", with_commas(metrics.failures)},
                            {"events written", with_commas(metrics.events)},
                            {"files written", with_commas(metrics.files)}}));
  return kExitFine;
}

}  // namespace

void add_adapter_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<AdapterFlags>();
  flags->loop.mgccomp = "sqlite3://db=mgccomp.db";
  CLI::App* adapter = audit_app.add_subcommand("adapter", "The original's adapter, as a service");
  adapter->require_subcommand(1);
  CLI::App* command = adapter->add_subcommand(
      "run", "Write what is new in mgccomp as lync-xml, every RunInterval, until SIGTERM");
  command->add_option("--mgccomp", flags->loop.mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command
      ->add_option("--out", flags->out,
                   "Directory of its own for the files and adapter.state, which says how far it is")
      ->required();
  command->add_flag("--once", flags->loop.once, "One run, for cron; nothing is tried again");
  add_lync_xml_flags(*command, flags->lync_xml);
  add_metrics_flag(*command, flags->metrics);
  command->add_flag("--json", flags->json, "One JSON document on stdout at the end");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return run(*flags, context); }; });
}

}  // namespace mgc::app
