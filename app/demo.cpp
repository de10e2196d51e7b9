#include "app/demo.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "app/node_run.hpp"
#include "app/simulate_run.hpp"
#include "consumer/service.hpp"
#include "db/migrate.hpp"
#include "transport/queue_server.hpp"

namespace mgc::app {
namespace {

constexpr std::size_t kNodes = 2;
constexpr std::chrono::milliseconds kTick{100};

/// The parts of the demo; the destructor stops them against the flow.
class Demo {
 public:
  Demo(const DemoOptions& options, const Clock& clock)
      : options_(options),
        clock_(clock),
        mgccomp_("sqlite3://db=" + (options.dir / "mgccomp.db").string()) {}
  ~Demo() { stop_service(); }
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  Result<void> start() {
    std::error_code failed;
    std::filesystem::create_directories(options_.dir, failed);
    if (failed) {
      return Error{Action::stop, fmt::format("{}: {}; choose another --dir", options_.dir.string(),
                                             failed.message())};
    }
    if (auto made = db::init_database(mgccomp_, db::Schema::mgccomp, clock_); !made) return made;
    transport::QueueServerOptions serving;
    serving.port = 0;
    serving.store = options_.dir / "queue.db";
    auto queue = transport::QueueServer::start(serving, clock_);
    if (!queue) return queue.error();
    queue_ = std::move(*queue);
    broker_.broker.url = fmt::format("amqp://127.0.0.1:{}", queue_->port());
    for (std::size_t i = 0; i < kNodes; ++i) {
      NodeFlags flags;
      flags.broker = broker_;
      flags.node = fmt::format("chat-{}", i + 1);
      flags.outbox = (options_.dir / (flags.node + ".outbox")).string();
      flags.wait = true;
      auto node = RunningNode::start(flags, clock_);
      if (!node) return node.error();
      nodes_[i] = std::move(*node);
    }
    start_service();
    return {};
  }

  /// Replays the logs on both nodes at once and waits for the receipts of everything.
  Result<void> run(std::stop_token stop, DemoReport& report,
                   const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
    std::array<ReplayTotals, kNodes> totals;
    std::array<Result<void>, kNodes> finished;
    // The nodes wait for receipts, which do not come any more once the service or the queue failed.
    const std::stop_callback asked(stop, [this] { end_.request_stop(); });
    {
      std::array<std::jthread, kNodes> threads;
      for (std::size_t i = 0; i < kNodes; ++i) {
        threads[i] =
            std::jthread([&, i] { finished[i] = run_node(i, end_.get_token(), totals[i]); });
      }
      std::jthread watcher([&](std::stop_token end) { watch(end, on_progress); });
      for (std::jthread& thread : threads) thread.join();
    }
    if (auto failure = queue_->failure()) return *failure;
    report.stopped = end_.stop_requested();
    stop_service();
    if (outcome_ && !*outcome_) return outcome_->error();
    for (std::size_t i = 0; i < kNodes; ++i) {
      if (!totals[i].failures.empty()) return totals[i].failures.front();
      if (!finished[i]) return finished[i];
      report.lines += totals[i].lines;
      report.rejects += totals[i].rejects;
      const auto status = nodes_[i]->outbox().status();
      if (!status) return status.error();
      report.recorded += status->recorded;
      report.receipted += status->receipted;
    }
    return {};
  }

  Result<void> read_store(DemoReport& report) {
    auto reader = db::ComplianceReader::open(mgccomp_);
    if (!reader) return reader.error();
    auto counts = (*reader)->count();
    if (!counts) return counts.error();
    report.stored = *counts;
    auto verified = audit::verify_store(**reader, {});
    if (!verified) return verified.error();
    report.verified = *verified;
    return {};
  }

 private:
  void start_service() {
    consumer::ServiceOptions serving;
    serving.broker = broker_options(broker_, "mgc-consume");
    serving.mgccomp = mgccomp_;
    service_ = std::jthread([this, serving](std::stop_token stop) {
      outcome_ = consumer::run_service(
          serving, clock_, stop, [this](const consumer::Totals& now) { committed_ = now.events; });
      if (!*outcome_) end_.request_stop();
    });
  }

  void stop_service() {
    service_.request_stop();
    if (service_.joinable()) service_.join();
  }

  Result<void> run_node(std::size_t index, std::stop_token stop, ReplayTotals& totals) {
    std::vector<std::string> mine;
    for (std::size_t i = index; i < options_.logs.size(); i += kNodes) {
      mine.push_back(options_.logs[i]);
    }
    RunningNode& node = *nodes_[index];
    totals = replay_files(node, mine, {}, stop, {});
    const std::uint64_t simulated =
        options_.simulated_events / kNodes + (index < options_.simulated_events % kNodes ? 1 : 0);
    if (simulated > 0) {
      SimulateFlags load;
      load.profile = "max";
      load.events = simulated;
      load.seed = index + 1;
      if (auto recorded = simulate_into(node, load, clock_, stop, {}); !recorded) {
        return recorded.error();
      }
    }
    return node.finish(stop, {});
  }

  /// Shows progress until `end`.
  void watch(std::stop_token end,
             const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
    Guarded<bool> waiting(false);
    const std::stop_callback wake(end, [&waiting] { waiting.lock().notify_all(); });
    while (!end.stop_requested()) {
      waiting.lock().wait_until(clock_.steady_now() + kTick,
                                [&](bool) { return end.stop_requested(); });
      std::uint64_t recorded = 0;
      for (auto& node : nodes_) recorded += node->outbox().last().sequence;
      on_progress(committed_, recorded);
      if (queue_->failure()) end_.request_stop();
    }
  }

  const DemoOptions& options_;
  const Clock& clock_;
  const std::string mgccomp_;
  BrokerFlags broker_;
  std::unique_ptr<transport::QueueServer> queue_;
  std::array<std::unique_ptr<RunningNode>, kNodes> nodes_;
  std::atomic<std::uint64_t> committed_{0};
  std::optional<Result<consumer::Totals>> outcome_;
  std::stop_source end_;  ///< asked for by the user, or by a part that failed
  std::jthread service_;
};

}  // namespace

Result<DemoReport> run_demo(const DemoOptions& options, const Clock& clock, std::stop_token stop,
                            const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  Demo demo(options, clock);
  if (auto started = demo.start(); !started) return started.error();
  DemoReport report;
  const SteadyTime begun = clock.steady_now();
  if (auto run = demo.run(stop, report, on_progress); !run) return run.error();
  report.seconds = std::chrono::duration<double>(clock.steady_now() - begun).count();
  if (auto read = demo.read_store(report); !read) return read.error();
  return report;
}

}  // namespace mgc::app
