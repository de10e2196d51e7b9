#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "consumer/batch_order.hpp"
#include "consumer/batcher.hpp"
#include "consumer/receipt_book.hpp"
#include "tests/simulation/broker.hpp"
#include "transport/intake_credit.hpp"

namespace mgc::simulation {

/// What a commit may meet, in percent.
struct DatabaseTrouble {
  unsigned fails = 0;     ///< nothing is written
  unsigned in_doubt = 0;  ///< it is written, and the answer is lost
};

/// The compliance service: intake_credit.hpp, batcher.hpp, batch_order.hpp and receipt_book.hpp
/// between a broker and a store.
class Service final : public Consumer {
 public:
  Service(World& world, Broker& broker, Store& store, Oracle& oracle, std::string name);

  void start();
  void kill();
  [[nodiscard]] bool is_running() const { return running_; }
  void cut_link();
  /// It does nothing for a while, and does not know.
  void freeze(Duration length) { frozen_until_ = world_.now() + length; }
  void set_trouble(DatabaseTrouble trouble) { trouble_ = trouble; }

  [[nodiscard]] Link& link() override { return link_; }
  void on_delivery(std::uint64_t delivery, const PackRef& pack) override;

 private:
  struct Record {
    std::uint64_t delivery = 0;
    PackRef pack;
    [[nodiscard]] std::size_t events() const { return pack->events.size(); }
    [[nodiscard]] std::size_t bytes() const { return pack->bytes(); }
  };
  using Batch = std::vector<Record>;

  /// Does `what` after `delay`, or when it is no longer frozen; nothing once it was killed.
  void later(Duration delay, std::function<void()> what);
  void stand_by();
  void connect();
  void give_credit();
  void look();
  void take_step(std::size_t number);
  void commit();
  void committed(std::vector<db::NodeProgress> progress);
  void settle();
  void send_receipts();
  /// The lane was taken over: as the program, it ends.
  void fenced() { kill(); }

  World& world_;
  Broker& broker_;
  Store& store_;
  Oracle& oracle_;
  const std::string name_;
  bool running_ = false;
  std::uint64_t life_ = 0;
  std::uint64_t fence_ = 0;
  Duration frozen_until_{};
  DatabaseTrouble trouble_;
  Link link_;
  std::optional<transport::IntakeCredit> intake_;
  std::uint32_t outstanding_ = 0;  ///< credit that was given and not used
  std::optional<consumer::BasicBatcher<Record>> batcher_;
  std::vector<Batch> full_;     ///< wait for the one before them
  std::optional<Batch> batch_;  ///< in the writer's hands
  std::size_t step_ = 0;
  std::vector<db::NodeProgress> progress_;
  consumer::ReceiptBook receipts_;
};

}  // namespace mgc::simulation
