#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spool/queue_store.hpp"
#include "transport/queue_address.hpp"
#include "transport/queue_server.hpp"
#include "transport/queue_writer.hpp"

namespace mgc::transport {

class QueueIntake;
class QueueOutlet;

/// An address with the links that are open on it.
struct QueueEntry {
  QueueEntry(std::string name, AddressQuota quota) : address(std::move(name), quota) {}

  QueueAddress address;
  std::vector<QueueIntake*> intakes;
  std::vector<QueueOutlet*> outlets;
  std::size_t next_outlet = 0;  ///< whose turn it is
  bool due = false;             ///< messages or credit came since the last delivery
};

/// What all connections of a queue server share: the addresses, and the changes that wait to be
/// made durable.
///
/// Threads: the server's.
class QueueBoard {
 public:
  QueueBoard(const QueueServerOptions& options, spool::QueueStore& store);

  /// The queue of that name, made on first use.
  [[nodiscard]] QueueEntry& entry(const std::string& address);
  [[nodiscard]] spool::QueueStore& store() { return store_; }
  [[nodiscard]] const QueueServerOptions& options() const { return options_; }
  /// Changes of this turn.
  [[nodiscard]] QueueWork& work() { return work_; }

  /// Something at `entry` changed: deliver() has to look at it.
  void make_due(QueueEntry& entry);
  /// deliver() has something to do now.
  [[nodiscard]] bool due() const { return !due_.empty(); }
  /// Hands out what can be handed out, in turn to each outlet that has credit. @errors as read().
  [[nodiscard]] Result<void> deliver();
  /// Gives credit to every intake of `entry`, or of all, as far as the quota allows.
  static void give_credit(QueueEntry& entry);
  void give_credit();
  /// While the store can take nothing, no credit is given.
  void set_paused(bool paused) { paused_ = paused; }
  [[nodiscard]] bool paused() const { return paused_; }

  /// Grows whenever a consumer came or went.
  [[nodiscard]] std::uint64_t outlet_changes() const { return outlet_changes_; }
  void count_outlet_change() { ++outlet_changes_; }
  /// Open consumers by address.
  [[nodiscard]] std::map<std::string, std::uint64_t> consumers() const;

 private:
  [[nodiscard]] Result<void> deliver(QueueEntry& entry);

  const QueueServerOptions& options_;
  spool::QueueStore& store_;
  std::map<std::string, std::unique_ptr<QueueEntry>> entries_;
  std::vector<QueueEntry*> due_;
  std::vector<QueueEntry*> congested_;  ///< due again once sockets were written
  QueueWork work_;
  bool paused_ = false;
  std::uint64_t outlet_changes_ = 0;
};

}  // namespace mgc::transport
