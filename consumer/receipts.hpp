#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "consumer/receipt_book.hpp"
#include "consumer/service_metrics.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "db/compliance_store.hpp"
#include "schema/receipt.hpp"
#include "transport/sender.hpp"

namespace mgc::consumer {

/// Tells nodes how far they are stored. Only the newest receipt of a node and epoch waits; a
/// receipt that cannot be sent now is replaced by the next one. Losing one is harmless: a node
/// that misses it sends a pack again and hears the same.
///
/// Threads:   offer() from any; owns one thread, and one sender (with its thread) for each node
///            that it has spoken to, at most kNodesMax; the one usable for longest is closed first.
/// Errors:    none to the caller; a broker that is away is waited for.
/// Source:    docs/adr/0001-settlement.md.
class Receipts {
 public:
  static constexpr std::size_t kNodesMax = 32;

  Receipts(transport::BrokerOptions broker, std::string address, const Clock& clock,
           std::shared_ptr<ServiceMetrics> metrics);
  /// Sends what waits for at most two seconds, then stops.
  ~Receipts();
  Receipts(const Receipts&) = delete;
  Receipts& operator=(const Receipts&) = delete;

  /// Called only after the COMMIT that `progress` speaks of.
  void offer(std::span<const db::NodeProgress> progress);

 private:
  struct Pending {
    ReceiptBook receipts;
    bool stopping = false;
  };
  struct NodeSender {
    std::unique_ptr<transport::Sender> sender;
    SteadyTime started_at{};
    std::optional<SteadyTime> usable_at = {};  ///< since when its link is open
  };

  void run();
  /// True when the receipt was handed to the node's link.
  bool send(const schema::Receipt& receipt);
  transport::Sender* sender_of(const std::string& node);
  /// Closes the link that has been usable for longest; false while none may be closed yet.
  bool make_room();

  const transport::BrokerOptions broker_;
  const std::string address_;
  const Clock& clock_;
  const std::shared_ptr<ServiceMetrics> metrics_;
  std::map<std::string, NodeSender> senders_;  ///< owned by the thread
  Guarded<Pending> pending_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace mgc::consumer
