#include <fmt/format.h>

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "app/node_run.hpp"
#include "app/progress.hpp"
#include "app/simulate_run.hpp"
#include "app/table.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

constexpr std::size_t kRejectsShown = 10;

struct ReplayFlags {
  NodeFlags node;
  std::vector<std::string> files;
  std::string format = "auto";
  std::string domain = "example.org";
  std::string room;
  std::string date;
  std::string utc_offset = "+00:00";
};

Result<producer::ReplayOptions> replay_options(const ReplayFlags& flags) {
  producer::ReplayOptions options;
  const auto format = producer::log_format_from_name(flags.format);
  if (!format) {
    return Error{Action::stop, fmt::format("--format {}: auto, ubuntu, mirc, irssi, weechat or "
                                           "jsonl is wanted",
                                           flags.format)};
  }
  options.format = *format;
  options.domain = flags.domain;
  options.room = flags.room;
  if (!flags.date.empty()) {
    const auto date = parse_utc(flags.date);
    if (!date) {
      return Error{Action::stop, fmt::format("--date {}: YYYY-MM-DD is wanted", flags.date)};
    }
    options.date = std::chrono::floor<std::chrono::days>(*date);
  }
  // A day at this offset from UTC is read as a time with the offset, and the difference taken.
  const auto there = parse_utc("2000-01-02T00:00:00" + flags.utc_offset);
  if (!there) {
    return Error{Action::stop,
                 fmt::format("--utc-offset {}: +HH:MM or -HH:MM is wanted", flags.utc_offset)};
  }
  options.utc_offset =
      std::chrono::duration_cast<std::chrono::minutes>(*parse_utc("2000-01-02T00:00:00Z") - *there);
  return options;
}

json status_json(const spool::OutboxStatus& status) {
  return {{"node", status.node},
          {"epoch", status.epoch},
          {"recorded", status.recorded},
          {"accepted", status.accepted},
          {"receipted", status.receipted},
          {"waiting_packs", status.waiting_packs},
          {"waiting_bytes", status.waiting_bytes},
          {"kept_packs", status.kept_packs},
          {"kept_bytes", status.kept_bytes},
          {"rejected_lines", status.rejected_lines},
          {"oldest_waiting_at",
           status.oldest_waiting_at ? json(format_utc(*status.oldest_waiting_at)) : json(nullptr)}};
}

void name_rejects(RunningNode& node, std::uint64_t rejects) {
  if (rejects == 0) return;
  const auto lines = node.outbox().rejected_lines(kRejectsShown);
  if (!lines) {
    (void)report(lines.error());
    return;
  }
  for (const spool::RejectedLine& line : *lines) {
    log_warning("rejected {}:{}: {}", line.path, line.line, line.reason);
  }
  log_warning("{} rejected lines are kept byte for byte in the outbox: mgc node rejects", rejects);
}

int print_replay(RunningNode& node, const ReplayTotals& totals, const NodeFlags& flags) {
  const auto status = node.outbox().status();
  if (!status) return report(status.error());
  json document = status_json(*status);
  document["lines"] = totals.lines;
  document["events"] = totals.events;
  document["rejects"] = totals.rejects;
  document["added"] = totals.added;
  document["files"] = json::array();
  for (const ReplayTotals::File& file : totals.files) {
    document["files"].push_back({{"file", printable(file.path)},
                                 {"format", producer::to_string(file.result.format)},
                                 {"lines", file.result.lines},
                                 {"events", file.result.events},
                                 {"rejects", file.result.rejects},
                                 {"added", file.result.added}});
  }
  print_result(flags.json, document.dump(2),
               two_columns({{"lines read", with_commas(totals.lines)},
                            {"events", with_commas(totals.events)},
                            {"rejected lines", with_commas(totals.rejects)},
                            {"recorded by this run", with_commas(totals.added)},
                            {"recorded in the outbox", with_commas(status->recorded)},
                            {"accepted by the broker", with_commas(status->accepted)},
                            {"committed (receipts)", with_commas(status->receipted)}}));
  return kExitFine;
}

int replay(Context& context, const ReplayFlags& flags) {
  auto options = replay_options(flags);
  if (!options) return report(options.error());
  auto node = RunningNode::start(flags.node, context.clock);
  if (!node) return report(node.error());
  ReplayTotals totals;
  {
    ProgressBar bar("replay", context.clock);
    totals = replay_files(**node, flags.files, *options, context.stop,
                          [&](std::uint64_t done, std::uint64_t total) {
                            bar.show(done, total, with_commas(done) + " bytes");
                          });
  }
  for (const Error& failure : totals.failures) (void)report(failure);
  name_rejects(**node, totals.rejects);
  if (totals.stopped) log_info("stopped before the end; the same command goes on from there");
  Result<void> finished;
  {
    ProgressBar bar("committed", context.clock);
    finished = (*node)->finish(context.stop, [&](std::uint64_t done, std::uint64_t total) {
      bar.show(done, total, fmt::format("{} of {} events", with_commas(done), with_commas(total)));
    });
  }
  if (int code = print_replay(**node, totals, flags.node); code != kExitFine) return code;
  if (!finished) return report(finished.error());
  return totals.failures.empty() ? kExitFine : kExitUsage;
}

/// Opening the outbox locks it: a node that runs on it has to be stopped first.
int show_rejects(Context& context, const std::string& file, bool as_json) {
  const auto status = spool::read_outbox_status(file);
  if (!status) return report(status.error());
  spool::OutboxOptions options;
  options.file = file;
  options.node = status->node;
  auto outbox = spool::Outbox::open(std::move(options), context.clock);
  if (!outbox) return report(outbox.error());
  const auto lines = (*outbox)->rejected_lines(std::numeric_limits<std::uint32_t>::max());
  if (!lines) return report(lines.error());
  json document = {{"rejects", json::array()}};
  std::vector<std::vector<std::string>> rows;
  for (const spool::RejectedLine& line : *lines) {
    document["rejects"].push_back({{"file", printable(line.path)},
                                   {"line", line.line},
                                   {"reason", printable(line.reason)},
                                   {"raw", printable(line.raw)}});
    rows.push_back({printable(line.path), std::to_string(line.line), printable(line.reason),
                    printable(line.raw)});
  }
  print_result(as_json, document.dump(2),
               rows.empty() ? "no rejected lines" : table({"file", "line", "reason", "raw"}, rows));
  return kExitFine;
}

int show_status(const std::string& file, bool as_json, bool drained) {
  const auto status = spool::read_outbox_status(file);
  if (!status) return report(status.error());
  const auto oldest = status->oldest_waiting_at ? format_utc(*status->oldest_waiting_at) : "-";
  print_result(as_json, status_json(*status).dump(2),
               two_columns({{"node", status->node},
                            {"epoch", std::to_string(status->epoch)},
                            {"recorded", with_commas(status->recorded)},
                            {"accepted by the broker", with_commas(status->accepted)},
                            {"committed (receipts)", with_commas(status->receipted)},
                            {"waiting packs", with_commas(status->waiting_packs)},
                            {"waiting bytes", with_commas(status->waiting_bytes)},
                            {"oldest waiting since", oldest},
                            {"kept after receipt",
                             fmt::format("{} packs, {} bytes", with_commas(status->kept_packs),
                                         with_commas(status->kept_bytes))},
                            {"rejected lines", with_commas(status->rejected_lines)}}));
  return drained && status->receipted < status->recorded ? kExitFinding : kExitFine;
}

void add_node_flags(CLI::App& command, NodeFlags& flags) {
  add_broker_flags(command, flags.broker);
  add_lanes_flag(command, flags.lanes);
  command.add_option("--node", flags.node, "This node's id; default: the host's name");
  command.add_option("--outbox", flags.outbox, "The node's durable file; default: NODE.outbox");
  command.add_option("--mgc", flags.mgc, "The chat database, written as a chat server would");
  command.add_flag("--wait", flags.wait, "End when everything recorded has its receipt");
  command
      .add_option("--linger", flags.linger_seconds,
                  "Seconds to go on sending when all is recorded, without --wait")
      ->capture_default_str();
  command
      .add_option("--receipt-wait", flags.receipt_wait_seconds,
                  "Seconds without a receipt after which packs are sent again")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command
      .add_option(
          "--pack-events-max", flags.pack_events_max,
          "Events of one pack, which is one message; what is recorded together shares packs")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command.add_option("--quota-bytes", flags.quota_bytes, "Most bytes in the outbox; then it waits")
      ->capture_default_str();
  command
      .add_option("--disk-reserve-bytes", flags.disk_reserve_bytes,
                  "Free bytes of the disk that events leave, so that it can still be emptied")
      ->capture_default_str();
  command
      .add_option(
          "--keep-seconds", flags.keep_seconds,
          "How long packs stay after their receipt, for a database that is restored from a\n"
          "backup; 0 = not at all")
      ->check(CLI::Range(0, 31'622'400))
      ->capture_default_str();
  command.add_option("--keep-bytes", flags.keep_bytes, "Most bytes of those; the oldest go first")
      ->capture_default_str();
  add_metrics_flag(command, flags.metrics);
  command.add_flag("--json", flags.json, "One JSON document on stdout");
}

void add_replay(CLI::App& node, Context& context) {
  auto flags = std::make_shared<ReplayFlags>();
  CLI::App* command = node.add_subcommand("replay", "Record chat logs as a chat server would");
  add_node_flags(*command, flags->node);
  command->add_option("files", flags->files, "Log files, plain or gzip")->required();
  command->add_option("--format", flags->format, "auto, ubuntu, mirc, irssi, weechat or jsonl")
      ->capture_default_str();
  command->add_option("--domain", flags->domain, "Domain of people and rooms")
      ->capture_default_str();
  command->add_option("--room", flags->room, "Room of every event; default: as the log says");
  command->add_option("--date", flags->date, "Date of the first line; default: as the log says");
  command->add_option("--utc-offset", flags->utc_offset, "The log's local time minus UTC, +HH:MM")
      ->capture_default_str();
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return replay(context, *flags); }; });
}

void add_simulate(CLI::App& node, Context& context) {
  auto flags = std::make_shared<NodeFlags>();
  auto load = std::make_shared<SimulateFlags>();
  CLI::App* command = node.add_subcommand("simulate", "Record the load of a capacity model");
  add_node_flags(*command, *flags);
  add_simulate_flags(*command, *load);
  command->callback([&context, flags, load] {
    context.run = [&context, flags, load] { return simulate(context, *flags, *load); };
  });
}

void add_outbox_command(CLI::App& node, Context& context, const char* name, const char* what,
                        const std::function<int(const std::string&, bool)>& run) {
  auto flags = std::make_shared<NodeFlags>();
  CLI::App* command = node.add_subcommand(name, what);
  command->add_option("--node", flags->node, "This node's id; default: the host's name");
  command->add_option("--outbox", flags->outbox, "The node's durable file; default: NODE.outbox");
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback([&context, flags, run] {
    context.run = [flags, run] {
      const std::string name_or_host = flags->node.empty() ? host_node_id() : flags->node;
      return run(flags->outbox.empty() ? name_or_host + ".outbox" : flags->outbox, flags->json);
    };
  });
}

}  // namespace

void add_node_commands(CLI::App& app, Context& context) {
  CLI::App* node = app.add_subcommand("node", "The chat node's side: outbox and relay");
  node->require_subcommand(1);
  add_replay(*node, context);
  add_simulate(*node, context);
  add_outbox_command(
      *node, context, "status", "How far the outbox is recorded, sent, committed",
      [](const std::string& file, bool as_json) { return show_status(file, as_json, false); });
  add_outbox_command(
      *node, context, "drained", "As status; exit code 1 while something recorded has no receipt",
      [](const std::string& file, bool as_json) { return show_status(file, as_json, true); });
  add_outbox_command(*node, context, "rejects", "The log lines that could not become events",
                     [&context](const std::string& file, bool as_json) {
                       return show_rejects(context, file, as_json);
                     });
  add_new_epoch_command(*node, context);
}

}  // namespace mgc::app
