#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "audit/reconcile.hpp"
#include "core/guarded.hpp"
#include "core/utf8.hpp"

namespace mgc::app {
namespace {

using nlohmann::json;

struct ReconcileFlags {
  std::string mgccomp = "sqlite3://db=mgccomp.db";
  std::string mgc;
  std::size_t limit = 100;
  bool json = false;
};

/// Shows how far it is, also while the database sorts and nothing is reported.
class Ticking {
 public:
  explicit Ticking(const Clock& clock)
      : clock_(clock), bar_("reconcile", clock), thread_([this](std::stop_token stop) {
          const std::stop_callback wake(stop, [this] { waiting_.lock().notify_all(); });
          while (!stop.stop_requested()) {
            const std::uint64_t done = done_;
            bar_.show(done, total_,
                      done == 0 ? "the events are being sorted" : with_commas(done) + " messages");
            waiting_.lock().wait_until(clock_.steady_now() + std::chrono::milliseconds{500},
                                       [&](bool) { return stop.stop_requested(); });
          }
        }) {}

  void set(std::uint64_t done, std::uint64_t total) {
    done_ = done;
    total_ = total;
  }

 private:
  const Clock& clock_;
  ProgressBar bar_;
  Guarded<bool> waiting_{false};
  std::atomic<std::uint64_t> done_{0}, total_{0};
  std::jthread thread_;
};

json to_json(const audit::Reconciliation& found) {
  json document = {
      {"ok", found.ok()},
      {"messages", found.messages},
      {"events", found.events},
      {"equal", found.equal},
      {"missing", found.missing},
      {"extra", found.extra},
      {"different", found.different},
      {"explained", {{"edit", found.edited}, {"delete", found.deleted}, {"purge", found.purged}}},
      {"unnumbered", found.unnumbered},
      {"open_gaps", found.open_gaps},
      {"findings", json::array()}};
  for (const audit::Disagreement& one : found.findings) {
    document["findings"].push_back({{"kind", to_string(one.kind)},
                                    {"room", one.room},
                                    {"chat_id", one.chat_id},
                                    {"occurred_at", format_utc(one.occurred_at)},
                                    {"author", one.author ? json(*one.author) : json(nullptr)},
                                    {"event", one.event.empty() ? json(nullptr) : json(one.event)},
                                    {"what", one.what}});
  }
  return document;
}

std::string to_text(const audit::Reconciliation& found) {
  std::string text = two_columns({{"messages in mgc", with_commas(found.messages)},
                                  {"CHAT events", with_commas(found.events)},
                                  {"equal", with_commas(found.equal)},
                                  {"missing", with_commas(found.missing)},
                                  {"extra", with_commas(found.extra)},
                                  {"different", with_commas(found.different)},
                                  {"explained by EDIT", with_commas(found.edited)},
                                  {"explained by DELETE", with_commas(found.deleted)},
                                  {"explained by PURGE", with_commas(found.purged)}});
  if (found.unnumbered > 0) {
    text += fmt::format("\n\n{} CHAT events name no message and were not compared",
                        with_commas(found.unnumbered));
  }
  if (found.open_gaps > 0) {
    text += fmt::format("\n\n{} gaps are open: what is missing may be in them; see mgc audit gaps",
                        with_commas(found.open_gaps));
  }
  if (found.findings.empty()) return text;
  std::vector<std::vector<std::string>> rows;
  for (const audit::Disagreement& one : found.findings) {
    rows.push_back({std::string(to_string(one.kind)), printable(one.room),
                    std::to_string(one.chat_id), format_utc(one.occurred_at),
                    printable(one.author.value_or("")), printable(one.event), printable(one.what)});
  }
  text += "\n\n" + table({"", "room", "chat id", "time", "author", "event", "what"}, rows);
  const std::uint64_t all = found.missing + found.extra + found.different;
  if (all > found.findings.size()) {
    text += fmt::format("\n{} more; for more: --limit N", with_commas(all - found.findings.size()));
  }
  return text;
}

int run(const Context& context, const ReconcileFlags& flags) {
  std::optional<Result<audit::Reconciliation>> found;
  {
    Ticking ticking(context.clock);
    found = audit::reconcile(
        flags.mgc, flags.mgccomp, flags.limit,
        [&](std::uint64_t done, std::uint64_t total) { ticking.set(done, total); });
  }
  if (!*found) return report(found->error());
  const audit::Reconciliation& sum = **found;
  print_result(flags.json, to_json(sum).dump(2, ' ', false, json::error_handler_t::replace),
               to_text(sum));
  return sum.ok() ? kExitFine : kExitFinding;
}

}  // namespace

void add_reconcile_command(CLI::App& audit_app, Context& context) {
  auto flags = std::make_shared<ReconcileFlags>();
  CLI::App* command = audit_app.add_subcommand(
      "reconcile",
      "Compare every message of the chat database with the record; exit code 1 when they differ");
  command->add_option("--mgc", flags->mgc, "The chat database, as SOCI names it")->required();
  command->add_option("--mgccomp", flags->mgccomp, "The compliance database, as SOCI names it")
      ->capture_default_str();
  command->add_option("--limit", flags->limit, "Most findings that are listed; all are counted")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "One JSON document on stdout");
  command->callback(
      [&context, flags] { context.run = [&context, flags] { return run(context, *flags); }; });
}

}  // namespace mgc::app
