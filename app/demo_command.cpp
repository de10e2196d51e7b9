#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/demo.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"

namespace mgc::app {
namespace {

struct DemoFlags {
  DemoOptions demo;
  bool json = false;
};

/// The bundled logs, which lie beside the program: bin/mgc, share/mgc/demo/logs.
Result<std::vector<std::string>> bundled_logs() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto dir = program.parent_path().parent_path() / "share" / "mgc" / "demo" / "logs";
  std::vector<std::string> logs;
  for (std::filesystem::directory_iterator it(dir, failed), end; !failed && it != end;
       it.increment(failed)) {
    if (it->path().extension() == ".log") logs.push_back(it->path().string());
  }
  if (logs.empty()) {
    return Error{Action::stop, fmt::format("no bundled chat logs in {}; install mgc with "
                                           "cmake --install, or name logs of your own with --log",
                                           dir.string())};
  }
  std::ranges::sort(logs);
  return logs;
}

nlohmann::json to_json(const DemoReport& report) {
  return {{"ok", report.fine()},
          {"lines", report.lines},
          {"rejects", report.rejects},
          {"recorded", report.recorded},
          {"committed", report.stored.events},
          {"lost", report.lost()},
          {"duplicates", report.stored.duplicates},
          {"gaps", report.stored.gaps},
          {"dead_letters", report.stored.dead_letters},
          {"packs", report.stored.packs},
          {"blocks", report.stored.blocks},
          {"seconds", report.seconds},
          {"ledger_verified", report.verified.ok()}};
}

/// How this program is called from here.
std::string program() {
  std::error_code failed;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  const auto below = std::filesystem::relative(path, failed);
  return failed || below.empty() || *below.begin() == ".." ? path.string() : below.string();
}

std::string to_text(const DemoReport& report, const std::filesystem::path& dir) {
  const double rate =
      report.seconds > 0 ? static_cast<double>(report.recorded) / report.seconds : 0;
  std::string text =
      two_columns({{"lines read", with_commas(report.lines)},
                   {"lines rejected", with_commas(report.rejects)},
                   {"events recorded", with_commas(report.recorded)},
                   {"events committed", with_commas(report.stored.events)},
                   {"lost", with_commas(report.lost())},
                   {"duplicates", with_commas(report.stored.duplicates)},
                   {"gaps", with_commas(report.stored.gaps)},
                   {"dead letters", with_commas(report.stored.dead_letters)},
                   {"events/s", with_commas(static_cast<std::uint64_t>(rate))},
                   {"ledger", fmt::format("{}: {} events in {} packs in {} blocks",
                                          report.verified.ok() ? "verified" : "NOT AS RECORDED",
                                          with_commas(report.verified.events),
                                          with_commas(report.verified.packs),
                                          with_commas(report.verified.blocks))}});
  for (const audit::Finding& finding : report.verified.findings) {
    text += fmt::format("\n{}: {}", finding.where, finding.what);
  }
  const std::string database = "sqlite3://db=" + (dir / "mgccomp.db").string();
  text += fmt::format(
      "\n\nLook further:\n"
      "  {0} audit search --mgccomp {1} --text wireless --limit 5\n"
      "  {0} audit count --mgccomp {1}\n"
      "  {0} audit verify --mgccomp {1}",
      program(), database);
  return text;
}

int run(Context& context, DemoFlags& flags) {
  if (flags.demo.logs.empty()) {
    auto logs = bundled_logs();
    if (!logs) return report(logs.error());
    flags.demo.logs = *logs;
  }
  std::optional<Result<DemoReport>> outcome;
  {
    ProgressBar bar("demo", context.clock);
    outcome = run_demo(flags.demo, context.clock, context.stop,
                       [&bar](std::uint64_t done, std::uint64_t total) {
                         bar.show(done, total, with_commas(done) + " events committed");
                       });
  }
  if (!*outcome) return report(outcome->error());
  const DemoReport& result = **outcome;
  print_result(flags.json, to_json(result).dump(2), to_text(result, flags.demo.dir));
  return result.fine() ? kExitFine : kExitFinding;
}

}  // namespace

void add_demo_command(CLI::App& app, Context& context) {
  auto flags = std::make_shared<DemoFlags>();
  CLI::App* demo = app.add_subcommand(
      "demo", "The whole pipeline on real chat logs: two nodes, a queue, the service, mgccomp.db");
  demo->add_option("--dir", flags->demo.dir, "Where its files go; run again, it goes on there")
      ->capture_default_str();
  demo->add_option("--events", flags->demo.simulated_events,
                   "Simulated events beside those of the logs")
      ->capture_default_str();
  demo->add_option("--log", flags->demo.logs, "Chat logs instead of the bundled ones");
  demo->add_flag("--json", flags->json, "One JSON document on stdout");
  demo->callback(
      [&context, flags] { context.run = [&context, flags] { return run(context, *flags); }; });
}

}  // namespace mgc::app
