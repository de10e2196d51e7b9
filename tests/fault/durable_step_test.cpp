// Every durable step of the pipeline fails, or is the last one of the process, the first time that
// it is reached, then the second, and so on until it is not reached any more.
#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "core/failpoint.hpp"
#include "tests/fault/fault_pipeline.hpp"
#include "tests/unit/spool/child.hpp"

namespace mgc::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DurableStep : public FaultPipeline, public testing::WithParamInterface<const char*> {
 protected:
  static constexpr int kBurst = 3;  // packs of one round
  static constexpr int kRoundsMax = 60;

  void SetUp() override {
    FaultPipeline::SetUp();
    options_ = publisher_options("node");
    options_.keep_for = seconds{0};  // so that there is something to purge
    options_.receipt_wait = seconds{1};
    options_.broker.reconnect_first = options_.broker.reconnect_max = milliseconds{10};
  }
  void TearDown() override { arm_failpoints(""); }

  void arm(const std::string& how, int round) {
    arm_failpoints(GetParam() + ("=" + how + "@") + std::to_string(round));
  }
  void start_service() {
    auto options = service_options("service");
    options.lease = seconds{1};  // how long the lane of one that was killed is closed
    service_.emplace(options, clock_);
  }

  /// What publish() did not promise may be there as well.
  void expect_promises_kept() {
    const auto counts = count();
    EXPECT_EQ(counts.duplicates, 0U);
    EXPECT_EQ(counts.gaps, 0U);
    EXPECT_EQ(counts.dead_letters, 0U);
    std::set<std::string> stored;
    for (const std::string& text : stored_texts()) {
      EXPECT_TRUE(stored.insert(text).second) << text << " is there twice";
      EXPECT_TRUE(handed_.contains(text)) << text << " was never published";
    }
    for (const std::string& text : promised_) EXPECT_TRUE(stored.contains(text)) << text;
    expect_verified();
  }

  producer::PublisherOptions options_;
  std::unique_ptr<producer::Publisher> publisher_;
  std::optional<RunningService> service_;
  std::set<std::string> handed_;
};

/// Starts again whatever has ended, as a supervisor does.
class FailedStep : public DurableStep {
 protected:
  void publish_or_start_again() {
    const std::string text = "post " + std::to_string(handed_.size());
    handed_.insert(text);
    const auto published = publisher_->publish(chat_event(text));
    if (published) {
      promised_.insert(text);
    } else if (published.error().action == Action::stop) {
      publisher_.reset();
      publisher_ = open_publisher(options_);
    }
  }
  void start_again_what_ended() {
    if (service_->ended()) start_service();
    if (!queue_->failure()) return;
    queue_.reset();
    start_queue(port_);
  }
  /// Until everything of the round has its receipt.
  void run_round() {
    for (int i = 0; i < kBurst; ++i) publish_or_start_again();
    const auto give_up = clock_.steady_now() + kPatience;
    while (!publisher_->wait_receipted(milliseconds{300})) {
      ASSERT_LT(clock_.steady_now(), give_up) << "it does not recover";
      start_again_what_ended();
      publish_or_start_again();
    }
    start_again_what_ended();
  }
};

TEST_P(FailedStep, IsRecoveredFromWhicheverTimeItFails) {
  publisher_ = open_publisher(options_);
  start_service();
  int round = 0;
  for (bool fired = true; fired; arm_failpoints("")) {
    ASSERT_LT(++round, kRoundsMax);
    SCOPED_TRACE(round);
    arm("error", round);
    ASSERT_NO_FATAL_FAILURE(run_round());
    fired = armed_failpoints_fired();
  }
  EXPECT_GT(round, 1) << "the step was never reached";
  ASSERT_NO_FATAL_FAILURE(run_round());
  expect_recovery(*publisher_);
  ASSERT_TRUE(service_->stop());
  expect_promises_kept();
}

/// The whole pipeline is one process, which is killed and started again.
class LastStep : public DurableStep {
 protected:
  /// In the child. What is handed to publish() and what it promised is on record in a file.
  void run_until_killed(int round) {
    const int ledger = ::open((dir_ / "ledger").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const auto note = [&](const std::string& mark, const std::string& text) {
      const std::string line = mark + text + "\n";
      if (::write(ledger, line.data(), line.size()) < 0) ::_exit(2);
    };
    start_queue(port_);
    publisher_ = open_publisher(options_);
    start_service();
    arm("crash", round);
    for (int i = 0; i < kBurst; ++i) {
      const std::string text = "post " + std::to_string(round) + "." + std::to_string(i);
      note("?", text);
      if (!publisher_->publish(chat_event(text))) ::_exit(3);
      note("=", text);
    }
    if (!publisher_->wait_receipted(seconds{20})) ::_exit(4);
  }
  void read_ledger() {
    std::ifstream in(dir_ / "ledger");
    for (std::string line; std::getline(in, line);) {
      (line[0] == '=' ? promised_ : handed_).insert(line.substr(1));
    }
  }
};

TEST_P(LastStep, LosesNothingWhicheverTimeItIs) {
  queue_.reset();
  int round = 0;
  for (std::string end = "signal 9"; end == "signal 9";) {
    ASSERT_LT(++round, kRoundsMax);
    end = run_in_child([&] { run_until_killed(round); });
    ASSERT_TRUE(end == "signal 9" || end == "exit 0") << end << " in round " << round;
  }
  EXPECT_GT(round, 1) << "the step was never reached";
  start_queue(port_);
  publisher_ = open_publisher(options_);
  start_service();
  expect_recovery(*publisher_);
  ASSERT_TRUE(service_->stop());
  read_ledger();
  expect_promises_kept();
}

std::string step_name(const testing::TestParamInfo<const char*>& one) {
  std::string name(one.param);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

const auto kSteps = testing::Values(
    "outbox.before_commit", "outbox.after_commit", "outbox.before_purge", "queue.before_commit",
    "queue.after_commit", "queue.before_accept", "queue.disk_full", "store.before_commit",
    "store.commit_lost", "store.after_commit", "consumer.before_settle", "consumer.before_receipt");

INSTANTIATE_TEST_SUITE_P(Steps, FailedStep, kSteps, step_name);
INSTANTIATE_TEST_SUITE_P(Steps, LastStep, kSteps, step_name);

}  // namespace
}  // namespace mgc::test
