#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "app/tune_chart.hpp"
#include "app/tune_run.hpp"
#include "transport/queue_declare.hpp"

namespace mgc::app {
namespace {

namespace fs = std::filesystem;

/// Of the most events a second, what the knee must have: the least time that costs no more.
constexpr double kKneeShare = 0.9;
constexpr std::chrono::milliseconds kDeclareWait{10'000};

struct TuneFlags {
  BrokerFlags broker;
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::vector<std::uint32_t> pack_events = {10, 50, 200, 1'000};
  std::vector<std::uint32_t> batch_events = {1'000, 5'000, 20'000, 50'000};
  std::uint32_t seconds = 5;
  std::string out = "mgc-tune";
  bool json = false;
};

/// A directory of its own for the outboxes, and gone with it.
class ScratchDirectory {
 public:
  ScratchDirectory() : path_(fs::path(fmt::format("mgc-tune.{}", ::getpid()))) {
    fs::create_directory(path_);
  }
  ~ScratchDirectory() {
    std::error_code left;  // what stays is named like us, and in nobody's way
    fs::remove_all(path_, left);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

const TuneResult& knee_of(const std::vector<TuneResult>& results) {
  double most = 0;
  for (const TuneResult& one : results) most = std::max(most, one.events_per_second);
  const TuneResult* knee = nullptr;
  for (const TuneResult& one : results) {
    if (one.events_per_second < kKneeShare * most) continue;
    if (knee == nullptr || one.committed_p99 < knee->committed_p99) knee = &one;
  }
  return *knee;
}

double ms_of(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

nlohmann::json as_json(const TuneResult& one) {
  return {{"pack_events_max", one.point.pack_events},
          {"batch_events_max", one.point.batch_events},
          {"events_per_second", one.events_per_second},
          {"committed_ms_p50", ms_of(one.committed_p50)},
          {"committed_ms_p99", ms_of(one.committed_p99)}};
}

std::string as_table(const std::vector<TuneResult>& results, const TuneResult& knee) {
  std::vector<std::vector<std::string>> rows;
  for (const TuneResult& one : results) {
    rows.push_back({with_commas(one.point.pack_events), with_commas(one.point.batch_events),
                    with_commas(static_cast<std::uint64_t>(one.events_per_second)),
                    fmt::format("{:.1f}", ms_of(one.committed_p50)),
                    fmt::format("{:.1f}", ms_of(one.committed_p99)), &one == &knee ? "knee" : ""});
  }
  return table({"pack events", "batch events", "events/s", "p50 ms", "p99 ms", ""}, rows);
}

/// As `--config` reads it.
std::string settings_of(const TuneResult& knee) {
  return fmt::format(
      "# Measured by mgc tune: {} events a second, 99 of 100 committed within {:.1f} ms.\n"
      "[node.replay]\npack-events-max = {}\n\n[node.simulate]\npack-events-max = {}\n\n"
      "[consume]\nbatch-events-max = {}\ncommit-p99-target-ms = 0\n",
      with_commas(static_cast<std::uint64_t>(knee.events_per_second)), ms_of(knee.committed_p99),
      knee.point.pack_events, knee.point.pack_events, knee.point.batch_events);
}

Result<void> write_file(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error{Action::stop, fmt::format("{}: cannot be written", file.string())};
  return {};
}

/// PREFIX.svg, PREFIX.png and PREFIX.toml.
Result<void> write_files(const TuneFlags& flags, const std::vector<TuneResult>& results,
                         const TuneResult& knee) {
  const std::string engine = flags.mgccomp.substr(0, flags.mgccomp.find(':'));
  const std::string title = fmt::format("mgc tune: {}", engine);
  for (const char* suffix : {".svg", ".png"}) {
    if (auto drawn = draw_tune_chart(flags.out + suffix, results, knee.point, title); !drawn) {
      return drawn;
    }
  }
  return write_file(flags.out + ".toml", settings_of(knee));
}

Result<std::vector<TuneResult>> sweep(const TuneFlags& flags, const fs::path& directory,
                                      Context& context) {
  TuneOptions options;
  options.broker = broker_options(flags.broker, "mgc-tune");
  options.address = flags.broker.address + ".tune";
  options.mgccomp = flags.mgccomp;
  options.directory = directory;
  options.duration = std::chrono::seconds{flags.seconds};
  const auto declared =
      transport::declare_queues(options.broker, options.address, {"tune"}, kDeclareWait);
  if (!declared) return declared.error();
  std::vector<TuneResult> results;
  ProgressBar bar("tune", context.clock);
  const std::size_t total = flags.pack_events.size() * flags.batch_events.size();
  for (const std::uint32_t pack_events : flags.pack_events) {
    for (const std::uint32_t batch_events : flags.batch_events) {
      bar.show(results.size(), total,
               fmt::format("packs of {}, batches of {}", pack_events, batch_events));
      auto result =
          measure_point(options, {pack_events, batch_events}, context.clock, context.stop);
      if (!result) return result.error();
      results.push_back(*result);
    }
  }
  return results;
}

int tune(Context& context, const TuneFlags& flags) {
  const ScratchDirectory directory;
  const auto results = sweep(flags, directory.path(), context);
  if (!results) return report(results.error());
  const TuneResult& knee = knee_of(*results);
  if (auto written = write_files(flags, *results, knee); !written) return report(written.error());
  nlohmann::json document = {
      {"points", nlohmann::json::array()},
      {"knee", as_json(knee)},
      {"files", {flags.out + ".svg", flags.out + ".png", flags.out + ".toml"}}};
  for (const TuneResult& one : *results) document["points"].push_back(as_json(one));
  print_result(flags.json, document.dump(2),
               as_table(*results, knee) +
                   fmt::format("\nThe picture is in {0}.svg and {0}.png; mgc --config {0}.toml "
                               "takes the settings of the knee",
                               flags.out));
  return kExitFine;
}

}  // namespace

void add_tune_command(CLI::App& app, Context& context) {
  auto flags = std::make_shared<TuneFlags>();
  CLI::App* command = app.add_subcommand(
      "tune", "Measures sizes of packs and batches against this broker and this database");
  add_broker_flags(*command, flags->broker);
  command
      ->add_option("--mgccomp,--db", flags->mgccomp,
                   "A database as SOCI names it; a scratch store is made beside it and removed")
      ->capture_default_str();
  command->add_option("--pack-events", flags->pack_events, "Sizes of packs, with commas between")
      ->delimiter(',')
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command
      ->add_option("--batch-events", flags->batch_events, "Sizes of batches, with commas between")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--seconds", flags->seconds, "For each pair of sizes")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  command->add_option("--out", flags->out, "PREFIX.svg, PREFIX.png and PREFIX.toml are written")
      ->capture_default_str();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return tune(context, *flags); }; });
}

}  // namespace mgc::app
