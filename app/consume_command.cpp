#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/command.hpp"
#include "app/metrics_sources.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "consumer/service.hpp"
#include "db/dsn.hpp"
#include "db/migrate.hpp"

namespace mgc::app {
namespace {

struct ConsumeFlags {
  BrokerFlags broker;
  consumer::ServiceOptions service;
  std::uint32_t until_idle_seconds = 0;
  std::uint32_t age_max_ms = 50;
  std::uint32_t commit_p99_target_ms = 100;
  std::uint32_t lease_seconds = 15;
  std::string metrics;
  std::uint32_t segment_age_seconds = 3600;
  bool json = false;
};

int consume(Context& context, ConsumeFlags& flags) {
  flags.service.broker = broker_options(flags.broker, "mgc-consume");
  flags.service.address = flags.broker.address;
  flags.service.batch.age_max = std::chrono::milliseconds{flags.age_max_ms};
  flags.service.commit_p99_target = std::chrono::milliseconds{flags.commit_p99_target_ms};
  flags.service.lease = std::chrono::seconds{flags.lease_seconds};
  flags.service.segments.age = std::chrono::seconds{flags.segment_age_seconds};
  if (flags.until_idle_seconds > 0) {
    flags.service.until_idle = std::chrono::seconds{flags.until_idle_seconds};
  }
  // The default database is a local file: making it is what its user expects. A database server is
  // initialised once by its owner, with `mgc db init`.
  if (db::is_sqlite(flags.service.mgccomp)) {
    auto made = db::init_database(flags.service.mgccomp, db::Schema::mgccomp, context.clock);
    if (!made) return report(made.error());
  }
  if (!flags.service.mgc.empty()) {
    // The service waits for a chat database that is away, so what can never be one is found here.
    if (const auto parsed = db::parse_dsn(flags.service.mgc); !parsed) {
      return report(parsed.error());
    }
  }
  std::optional<StoreWatch> store;
  Result<std::unique_ptr<MetricsServer>> metrics = std::unique_ptr<MetricsServer>();
  if (!flags.metrics.empty()) {
    store.emplace(flags.service.mgccomp, context.clock);
    metrics = start_metrics(
        flags.metrics,
        consume_metrics(flags.service.metrics, flags.service.address, *store, context.clock));
  }
  if (!metrics) return report(metrics.error());
  ProgressBar bar("consume", context.clock);
  auto totals = consumer::run_service(
      flags.service, context.clock, context.stop, [&bar](const consumer::Totals& now) {
        bar.show(0, 0, fmt::format("{} events committed", with_commas(now.events)));
      });
  if (!totals) return report(totals.error());
  const double seconds = std::chrono::duration<double>(totals->working).count();
  const double rate = seconds > 0 ? static_cast<double>(totals->events) / seconds : 0;
  const nlohmann::json json = {{"batches", totals->batches},
                               {"seconds", seconds},
                               {"events_per_second", rate},
                               {"packs", totals->packs},
                               {"events", totals->events},
                               {"duplicates", totals->duplicates},
                               {"dead_letters", totals->dead_letters},
                               {"gaps_opened", totals->gaps_opened}};
  print_result(flags.json, json.dump(2),
               two_columns({{"batches committed", with_commas(totals->batches)},
                            {"packs committed", with_commas(totals->packs)},
                            {"events committed", with_commas(totals->events)},
                            {"events a second, from the first to the last",
                             with_commas(static_cast<std::uint64_t>(rate))},
                            {"packs seen before", with_commas(totals->duplicates)},
                            {"dead letters", with_commas(totals->dead_letters)},
                            {"gaps opened", with_commas(totals->gaps_opened)}}));
  return kExitFine;
}

void add_segment_flags(CLI::App& command, ConsumeFlags& flags) {
  command
      .add_option("--segment-events", flags.service.segments.events,
                  "Events after which a segment of the record ends and is indexed")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command
      .add_option("--segment-age", flags.segment_age_seconds,
                  "Seconds after which it ends earlier, where it holds a hundredth of them")
      ->check(CLI::Range(1, 31'622'400))
      ->capture_default_str();
  command
      .add_option("--unsealed-max", flags.service.unsealed_max,
                  "Segments that wait for their indexes while batches are full")
      ->check(CLI::Range(1, 300))
      ->capture_default_str();
}

}  // namespace

void add_consume_command(CLI::App& app, Context& context) {
  auto flags = std::make_shared<ConsumeFlags>();
  CLI::App* consume_app = app.add_subcommand(
      "consume", "The compliance service: moves packs from the queue into mgccomp");
  add_broker_flags(*consume_app, flags->broker);
  consume_app
      ->add_option("--mgccomp", flags->service.mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  consume_app->add_option("--mgc", flags->service.mgc,
                          "The chat database: names and addresses that events lack are copied "
                          "from it");
  consume_app
      ->add_option("--until-idle", flags->until_idle_seconds,
                   "Seconds; stop when nothing has come for so long. 0 = run until SIGTERM")
      ->capture_default_str();
  consume_app
      ->add_option("--batch-events-max", flags->service.batch.events_max,
                   "Most events of one database transaction")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  consume_app
      ->add_option("--commit-p99-target-ms", flags->commit_p99_target_ms,
                   "Batches grow while 99 of 100 commits take no longer; 0 = every batch may have "
                   "--batch-events-max")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  consume_app
      ->add_option("--batch-bytes-max", flags->service.batch.bytes_max,
                   "Bytes of packs, as they came and expanded, of one database transaction")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  consume_app
      ->add_option("--batch-age-max-ms", flags->age_max_ms,
                   "Longest wait of an event for its batch to fill while more keeps coming")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  consume_app
      ->add_option("--credit-max", flags->service.credit_max, "Messages in the process at once")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  consume_app
      ->add_option("--credit-bytes", flags->service.credit_bytes,
                   "Bytes of their bodies, or one message that is larger")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  consume_app
      ->add_option("--lease", flags->lease_seconds,
                   "Seconds after which a standby takes over from a service that died")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  add_metrics_flag(*consume_app, flags->metrics);
  add_segment_flags(*consume_app, *flags);
  consume_app->add_flag("--json", flags->json, "One JSON document on stdout at the end");
  consume_app->callback(
      [&context, flags] { context.run = [&context, flags] { return consume(context, *flags); }; });
}

}  // namespace mgc::app
