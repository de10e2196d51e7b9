#include "transport/receiver.hpp"

#include <fmt/format.h>
#include <proton/condition.h>
#include <proton/delivery.h>
#include <proton/disposition.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <proton/connection.hpp>
#include <proton/delivery.hpp>
#include <proton/delivery_mode.hpp>
#include <proton/error_condition.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/session.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/symbol.hpp>
#include <utility>

#include "core/guarded.hpp"
#include "transport/careful_start.hpp"
#include "transport/client_connection.hpp"
#include "transport/intake_credit.hpp"
#include "transport/large_message.hpp"
#include "transport/message_codec.hpp"
#include "transport/receiver_link.hpp"
#include "transport/unwrap.hpp"

namespace mgc::transport {
namespace {

/// How often an unfinished flush() asks the kernel what the broker's machine has acknowledged.
constexpr std::chrono::milliseconds kFlushCheck{1};
/// How long the credit of released deliveries is kept back. The broker sends them again at once, so
/// without it a consumer that cannot take them and the broker would throw them to and fro.
constexpr std::chrono::milliseconds kReleasePause{1'000};

/// Settles nothing yet. A message of which only the beginning was taken stays with the broker, as a
/// dead letter of its own.
void accept_or_reject(pn_delivery_t* delivery, bool too_large) {
  if (!too_large) return pn_delivery_update(delivery, PN_ACCEPTED);
  pn_condition_t* const why = pn_disposition_condition(pn_delivery_local(delivery));
  (void)pn_condition_set_name(why, "amqp:link:message-size-exceeded");
  (void)pn_condition_set_description(why, "the message is larger than its consumer takes");
  pn_delivery_update(delivery, PN_REJECTED);
}

class LinkReceiver final : public Receiver, private ClientLink {
 public:
  LinkReceiver(ReceiverOptions options, std::vector<BrokerUrl> urls, DeliveryHandler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        link_(std::make_shared<ReceiverLink>()),
        credit_({options_.credit_max, options_.credit_bytes}),
        careful_(options_.careful_start, options_.careful_messages),
        large_(options_.message_bytes_max),
        connection_(options_.broker, std::move(urls), *this, link_->wake()) {}
  ~LinkReceiver() override { link_->close(); }

  Result<void> wait_open(SteadyTime deadline) override { return connection_.wait_open(deadline); }
  void stop_credit(SteadyTime deadline) override;
  bool flush(SteadyTime deadline) override;

 private:
  /// What other threads ask for and wait for.
  struct Requests {
    bool stop_credit = false;
    bool drained = false;          ///< the broker sends no more, or there is no connection
    std::uint64_t flush = 0;       ///< number of the last flush() call
    std::uint64_t flushed = 0;     ///< the last one that was done
    std::uint64_t flush_lost = 0;  ///< the last one whose connection was lost
  };

  /// A delivery that is not settled; Proton keeps it as long as its connection lasts.
  struct Held {
    pn_delivery_t* delivery = nullptr;  ///< nullptr: settled
    bool too_large = false;
  };

  void attach(proton::connection connection, BrokerKind kind) override;
  void receiver_agreed(proton::receiver& receiver) override;
  void work() override;
  void bytes_came() override;
  [[nodiscard]] bool takes_in() const override { return !credit_.paused(); }
  SteadyTime end_turn() override;
  void lost(const std::string& cause) override;
  bool awaits_broker() const override { return !ready_ || draining_; }

  void on_message(proton::delivery& delivery, proton::message& message) override;
  void on_receiver_drain_finish(proton::receiver& receiver) override;
  void on_receiver_close(proton::receiver& /*link*/) override { connection_.fail("link closed"); }
  void on_receiver_detach(proton::receiver& /*link*/) override { connection_.fail("link closed"); }
  void on_session_close(proton::session& /*session*/) override {
    if (!connection_.ending()) connection_.fail("session closed");
  }
  void on_error(const proton::error_condition& error) override;

  void hand_over(pn_delivery_t* delivery, ReceivedMessage received);
  [[nodiscard]] std::optional<bool> is_redelivered(const ReceivedMessage& received) const;
  void settle(const Settlement& settlement);
  void give_credit();
  [[nodiscard]] SteadyTime give_released_credit();
  [[nodiscard]] SteadyTime answer_flush();
  void start_drain();
  /// RabbitMQ 3.10 ends the session of a link that drains: its queue answers a channel that does
  /// not know the answer (mended in 2023).
  [[nodiscard]] bool can_drain() const { return kind_ != BrokerKind::rabbitmq; }

  const ReceiverOptions options_;
  const DeliveryHandler handler_;
  const std::shared_ptr<ReceiverLink> link_;
  Guarded<Requests> requests_;

  // Only the connection's thread uses these.
  proton::receiver receiver_;
  std::uint64_t number_ = 0;  ///< of the connection
  BrokerKind kind_ = BrokerKind::other;
  bool ready_ = false;
  std::string declare_at_;  ///< the broker that lacks the queue: the next link to it makes it
  bool declared_ = false;   ///< this link makes it
  bool stopped_ = false;    ///< no more credit
  bool draining_ = false;
  IntakeCredit credit_;
  CarefulStart careful_;
  LargeMessage large_;
  std::uint32_t released_due_ = 0;   ///< released, and still held against the credit
  SteadyTime released_credit_at_{};  ///< until when, if there are any
  std::uint64_t flush_due_ = 0;
  std::uint64_t first_ = 0;  ///< number of deliveries_.front()
  std::deque<Held> deliveries_;

  ClientConnection connection_;  // last: its thread uses everything above
};

void LinkReceiver::attach(proton::connection connection, BrokerKind kind) {
  number_ = connection_.number();
  kind_ = kind;
  proton::source_options source;
  std::string address = link_address(kind, options_.address);
  if (kind == BrokerKind::artemis) source.capabilities({proton::symbol("queue")});
  // Declaring wants more rights than consuming does, so only after the queue was missing.
  declared_ = std::exchange(declare_at_, {}) == connection_.peer();
  if (declared_) {
    address = declaring_address(options_.address);
    source.durability_mode(proton::source::CONFIGURATION);
  }
  receiver_ =
      connection.open_receiver(address, proton::receiver_options()
                                            .credit_window(0)
                                            .auto_accept(false)
                                            .delivery_mode(proton::delivery_mode::AT_LEAST_ONCE)
                                            .source(source));
}

void LinkReceiver::on_error(const proton::error_condition& error) {
  if (!declare_at_.empty()) return;  // the end of the connection that the queue was missing on
  const bool declared = std::exchange(declared_, false);
  if (declared && error.name() == "amqp:unauthorized-access") {
    // Then the queue is just missing, and somebody else has to make it.
    return connection_.fail(proton::error_condition("amqp:not-found", error.what()),
                            options_.address);
  }
  if (options_.declare_missing && !declared && kind_ == BrokerKind::rabbitmq &&
      error.name() == "amqp:not-found") {
    declare_at_ = connection_.peer();
    return connection_.fail_and_stay("a new queue is made: " + options_.address);
  }
  connection_.fail(error, options_.address);
}

void LinkReceiver::receiver_agreed(proton::receiver& /*receiver*/) {
  ready_ = true;
  declared_ = false;
  connection_.opened();
  give_credit();
}

void LinkReceiver::on_message(proton::delivery& delivery, proton::message& message) {
  hand_over(Unwrap<proton::delivery>::of(delivery), from_proton(message));
}

void LinkReceiver::bytes_came() {
  if (!ready_) return;
  if (!large_.take(receiver_)) return credit_.set_partial(large_.bytes());
  auto taken = large_.finish();
  hand_over(taken.delivery, std::move(taken.received));
}

// RabbitMQ and the embedded queue say it with first-acquirer. Artemis does not, and may take its
// count of deliveries back when it finds that a connection was closed.
std::optional<bool> LinkReceiver::is_redelivered(const ReceivedMessage& received) const {
  if (received.delivery_count > 0) return true;
  if (kind_ == BrokerKind::artemis || kind_ == BrokerKind::other) return std::nullopt;
  return !received.first_acquirer;
}

void LinkReceiver::hand_over(pn_delivery_t* delivery, ReceivedMessage received) {
  if (draining_) connection_.progress();
  const std::size_t bytes = received.message.body.size();
  credit_.arrived(bytes);
  SettlementToken token(link_, number_, first_ + deliveries_.size(), bytes);
  deliveries_.push_back({delivery, received.too_large});
  if (stopped_ && !can_drain()) return;  // the token gives it back, and its credit is used up
  received.suspect = careful_.is_suspect(is_redelivered(received));
  handler_(Delivery{std::move(token), std::move(received)});
  if (receiver_.credit() == 0) give_credit();
}

void LinkReceiver::work() {
  {
    auto requests = requests_.lock();
    stopped_ = requests->stop_credit;
    flush_due_ = requests->flush;
  }
  // After the requests are read: what was accepted before a flush() is part of it.
  for (const Settlement& settlement : link_->take()) settle(settlement);
  if (ready_) {
    if (stopped_) start_drain();
    give_credit();
    return;
  }
  auto requests = requests_.lock();
  requests->drained = stopped_;
  requests->flush_lost = flush_due_;
  requests.notify_all();
}

void LinkReceiver::settle(const Settlement& settlement) {
  credit_.left(settlement.bytes);
  if (settlement.connection != number_ || settlement.delivery < first_) return;
  const std::uint64_t index = settlement.delivery - first_;
  if (index >= deliveries_.size() || deliveries_[index].delivery == nullptr) return;
  const Held held = std::exchange(deliveries_[index], {});
  if (settlement.accepted) {
    accept_or_reject(held.delivery, held.too_large);
    credit_.settled(1);
  } else {
    pn_delivery_update(held.delivery, PN_RELEASED);
    if (released_due_++ == 0)
      released_credit_at_ = std::chrono::steady_clock::now() + kReleasePause;
  }
  pn_delivery_settle(held.delivery);
  while (!deliveries_.empty() && deliveries_.front().delivery == nullptr) {
    deliveries_.pop_front();
    ++first_;
  }
}

void LinkReceiver::give_credit() {
  if (stopped_) return;
  // RabbitMQ reckons new credit without what it is just sending, and would send that much too much:
  // it gets some when it has none left.
  const auto outstanding = static_cast<std::uint32_t>(std::max(receiver_.credit(), 0));
  if (kind_ == BrokerKind::rabbitmq && outstanding > 0) return;
  credit_.set_messages_max(careful_.messages_max(options_.credit_max));
  const std::uint32_t more = credit_.to_give(outstanding);
  if (more > 0) receiver_.add_credit(more);
}

SteadyTime LinkReceiver::give_released_credit() {
  if (released_due_ == 0) return SteadyTime::max();
  if (std::chrono::steady_clock::now() < released_credit_at_) return released_credit_at_;
  credit_.settled(std::exchange(released_due_, 0));
  give_credit();
  return std::chrono::steady_clock::now();  // the next turn writes it
}

void LinkReceiver::start_drain() {
  {
    auto requests = requests_.lock();
    if (draining_ || requests->drained) return;
    if (!can_drain()) {
      requests->drained = true;
      return requests.notify_all();
    }
  }
  draining_ = true;
  connection_.progress();
  receiver_.drain();
}

void LinkReceiver::on_receiver_drain_finish(proton::receiver& /*receiver*/) {
  draining_ = false;
  auto requests = requests_.lock();
  requests->drained = true;
  requests.notify_all();
}

SteadyTime LinkReceiver::end_turn() { return std::min(give_released_credit(), answer_flush()); }

// An AMQP accept has no answer. It is safe once the broker's machine has it, and that is known
// without a reply: nothing is left in Proton's buffer, and the kernel's send queue (SIOCOUTQ) holds
// no byte that the peer has not acknowledged.
SteadyTime LinkReceiver::answer_flush() {
  auto requests = requests_.lock();
  if (flush_due_ <= requests->flushed) return SteadyTime::max();
  if (!connection_.all_sent()) return std::chrono::steady_clock::now() + kFlushCheck;
  requests->flushed = flush_due_;
  requests.notify_all();
  return SteadyTime::max();
}

void LinkReceiver::lost(const std::string& /*cause*/) {
  ready_ = draining_ = false;
  receiver_ = proton::receiver();
  deliveries_.clear();  // the broker delivers them again
  large_.forget();
  credit_.connection_lost();
  first_ = 0;
  number_ = 0;
  released_due_ = 0;
  auto requests = requests_.lock();
  requests->drained = requests->stop_credit;
  requests->flush_lost = requests->flush;
  requests.notify_all();
}

void LinkReceiver::stop_credit(SteadyTime deadline) {
  requests_.lock()->stop_credit = true;
  connection_.wake();
  requests_.lock().wait_until(deadline, [](const Requests& r) { return r.drained; });
}

bool LinkReceiver::flush(SteadyTime deadline) {
  const std::uint64_t mine = ++requests_.lock()->flush;
  connection_.wake();
  auto requests = requests_.lock();
  requests.wait_until(
      deadline, [mine](const Requests& r) { return r.flushed >= mine || r.flush_lost >= mine; });
  return requests->flushed >= mine && requests->flush_lost < mine;
}

}  // namespace

Result<std::unique_ptr<Receiver>> Receiver::start(ReceiverOptions options,
                                                  DeliveryHandler handler) {
  auto urls = check_broker(options.broker);
  if (!urls) return urls.error();
  if (auto valid = check_address(options.address); !valid) return valid.error();
  if (options.credit_max == 0) return Error{Action::stop, "a receiver needs credit_max >= 1"};
  return std::unique_ptr<Receiver>(
      std::make_unique<LinkReceiver>(std::move(options), std::move(*urls), std::move(handler)));
}

}  // namespace mgc::transport
