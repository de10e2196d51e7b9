#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "producer/receipt_rule.hpp"
#include "producer/relay_plan.hpp"
#include "spool/outbox_state.hpp"
#include "tests/simulation/broker.hpp"

namespace mgc::simulation {

/// The file of an outbox; what happens to it is decided by outbox_state.hpp.
struct Disk {
  spool::OutboxState state;
  std::map<std::uint64_t, PackRef> packs;          ///< by first sequence
  std::map<std::int64_t, std::uint64_t> receipts;  ///< when they came, and through what
};

/// A chat node: an outbox and its relay, which plan by relay_plan.hpp and receipt_rule.hpp.
class Node {
 public:
  Node(World& world, Broker& broker, Oracle& oracle, std::string name, Disk disk);

  /// A fresh outbox of `name`.
  [[nodiscard]] static Disk new_disk(const std::string& name, std::uint64_t epoch);

  void start();
  void kill();
  [[nodiscard]] bool is_running() const { return running_; }
  /// It stopped by itself: another outbox has its identity.
  [[nodiscard]] bool is_quarantined() const { return quarantined_; }

  /// Records events, of which each call of publish() is told when they are on the disk.
  void publish(std::size_t events);
  void cut_link();

  [[nodiscard]] const Disk& disk() const { return disk_; }
  /// Puts another file in its place; only while it does not run.
  void replace_disk(Disk disk) { disk_ = std::move(disk); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t epoch() const { return disk_.state.chain.epoch; }
  [[nodiscard]] bool is_drained() const {
    return group_.empty() && disk_.state.receipted == disk_.state.chain.last_sequence;
  }
  /// Whether an event is still in the file.
  [[nodiscard]] bool holds(EventId event) const;

 private:
  void connect();
  void tick();
  void step();
  void send(const PackRef& pack, std::uint64_t tag);
  void on_receipt(const schema::Receipt& receipt);
  void take_receipt(std::uint64_t through);
  void purge();
  void write_group();
  void record(const std::vector<EventId>& events);
  [[nodiscard]] spool::PackMatch compare(std::uint64_t through, const Bytes& sha256) const;
  [[nodiscard]] std::uint64_t first_held() const;
  [[nodiscard]] spool::Position at(std::uint64_t sequence) const {
    return sequence == 0 ? spool::Position{} : spool::Position{epoch(), sequence};
  }

  World& world_;
  Broker& broker_;
  Oracle& oracle_;
  const std::string name_;
  Disk disk_;
  std::optional<Disk> synced_;  ///< of a disk that says too early that it has written
  bool running_ = false;
  bool quarantined_ = false;
  std::uint64_t life_ = 0;  ///< of the process; what was planned in an earlier one does nothing
  Link link_;
  std::optional<producer::RelayPlan> plan_;
  producer::ReceiptRule rule_;
  std::vector<std::uint64_t> sent_;  ///< tags without an outcome
  std::vector<EventId> group_;       ///< handed to publish(), not on the disk yet
  bool writing_ = false;
};

}  // namespace mgc::simulation
