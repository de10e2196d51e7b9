#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "producer/receipt_rule.hpp"
#include "producer/relay_plan.hpp"
#include "schema/receipt.hpp"
#include "spool/outbox.hpp"
#include "transport/receiver.hpp"
#include "transport/sender.hpp"

namespace mgc::producer {

struct RelayOptions {
  transport::BrokerOptions broker;
  std::string address = "compliance";
  std::string node;
  std::chrono::milliseconds receipt_wait{30'000};
};

/// Moves packs from the outbox to the queue, and purges what the receipts cover.
///
/// Threads:   one of its own, and one each of its sender and its receiver; every call from any.
/// Ownership: borrows the outbox, which outlives it.
/// Errors:    a broker that is away is waited for; a disk that fails stops the relay (failure()).
/// Source:    docs/adr/0001-settlement.md, docs/threads.md.
class Relay {
  struct Private {};

 public:
  Relay(Private unused, spool::Outbox& outbox, RelayOptions options,
        const Clock& clock);  ///< start() and open() alone make one
  /// @errors stop  the broker's URL or the address is malformed.
  [[nodiscard]] static Result<std::unique_ptr<Relay>> start(spool::Outbox& outbox,
                                                            RelayOptions options,
                                                            const Clock& clock);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Ends the thread and the links; twice it does nothing. Every other call but wait_open() may
  /// still come, also at the same time, and answers from what was known.
  void stop();

  /// There is more in the outbox.
  void notify_appended();

  /// Waits until everything through `position` was accepted; false when `deadline` passed first.
  bool wait_accepted(spool::Position position, SteadyTime deadline);
  /// Waits until everything through `position` has its receipt.
  bool wait_receipted(spool::Position position, SteadyTime deadline);
  /// Waits until the broker has been reached once. @errors reconnect  with host and cause.
  [[nodiscard]] Result<void> wait_open(SteadyTime deadline);

  [[nodiscard]] spool::Position accepted();
  [[nodiscard]] spool::Position receipted();
  /// Its thread makes progress: when it made its last turn.
  [[nodiscard]] SteadyTime turned_at() const { return turned_at_; }
  /// The error that stopped the relay; nullopt while it runs.
  [[nodiscard]] std::optional<Error> failure();

 private:
  struct Shared {
    RelayPlan plan;
    std::optional<schema::Receipt> receipt;  ///< the last one, not looked at yet
    bool news = false;                       ///< something for the thread to look at
    bool returned = false;                   ///< packs came back: pause before sending them again
    bool stopped = false;
    std::optional<Error> failure;

    [[nodiscard]] bool over() const { return stopped || failure.has_value(); }
  };

  [[nodiscard]] Result<void> start_links();
  void run(std::stop_token stop);
  [[nodiscard]] Result<void> step(std::stop_token stop);
  [[nodiscard]] Result<void> apply_receipts();
  [[nodiscard]] Error quarantine(spool::Position through);
  void report_loss(spool::Position through, spool::Position held);
  /// Sends what the plan allows; false when there was nothing to send.
  [[nodiscard]] Result<bool> send_packs(std::stop_token stop);
  void wait_for_news(std::chrono::milliseconds at_most, std::stop_token stop);
  /// Waits a little whatever the news, before something is tried again.
  void pause(std::stop_token stop);
  void on_outcome(std::uint64_t tag, transport::Outcome outcome, const std::string& reason);
  void on_receipt(transport::Delivery delivery);

  spool::Outbox& outbox_;
  const RelayOptions options_;
  const Clock& clock_;
  const std::uint64_t epoch_;
  spool::Position marked_;  ///< owned by the thread, as the next
  ReceiptRule receipt_rule_;
  std::atomic<SteadyTime> turned_at_;
  Guarded<Shared> shared_;
  std::unique_ptr<transport::Sender> sender_;
  std::unique_ptr<transport::Receiver> receiver_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::producer
