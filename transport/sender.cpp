#include "transport/sender.hpp"

#include <fmt/format.h>

#include <cstring>
#include <deque>
#include <proton/connection.hpp>
#include <proton/delivery_mode.hpp>
#include <proton/error_condition.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/session.hpp>
#include <proton/symbol.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <utility>

#include "core/guarded.hpp"
#include "core/log.hpp"
#include "transport/client_connection.hpp"
#include "transport/delivery_tag.hpp"
#include "transport/message_codec.hpp"

namespace mgc::transport {
namespace {

class LinkSender final : public Sender, private ClientLink {
 public:
  LinkSender(SenderOptions options, std::vector<BrokerUrl> urls, OutcomeHandler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        connection_(options_.broker, std::move(urls), *this, std::make_shared<WakeEvent>()) {}

  Result<void> send(Message message, std::uint64_t tag, SteadyTime deadline,
                    std::stop_token stop) override;
  Result<void> wait_open(SteadyTime deadline) override { return connection_.wait_open(deadline); }

 private:
  struct Outgoing {
    Message message;
    std::uint64_t tag = 0;
  };
  /// Shared between send() and the connection's thread.
  struct Window {
    bool open = false;
    std::string cause = "not connected yet";
    std::int64_t credit = 0;  ///< of the link, less what is in `outgoing`
    std::size_t unsettled_messages = 0;
    std::size_t unsettled_bytes = 0;
    std::vector<Outgoing> outgoing;
  };
  /// Sent on this connection, in order; the AMQP delivery tag is its number.
  struct InFlight {
    std::uint64_t tag = 0;
    std::size_t bytes = 0;
    bool settled = false;
  };

  void attach(proton::connection connection, BrokerKind kind) override;
  void sender_agreed(proton::sender& sender) override;
  void work() override;
  SteadyTime end_turn() override;
  void lost(const std::string& cause) override;
  bool awaits_broker() const override { return !ready_ || !in_flight_.empty(); }

  void on_sendable(proton::sender& /*sender*/) override { credit_changed_ = true; }
  void on_sender_drain_start(proton::sender& sender) override;
  void on_sender_close(proton::sender& /*sender*/) override { connection_.fail("link closed"); }
  void on_sender_detach(proton::sender& /*sender*/) override { connection_.fail("link closed"); }
  void on_session_error(proton::session& session) override;
  void on_session_close(proton::session& session) override;
  void on_tracker_accept(proton::tracker& tracker) override;
  void on_tracker_reject(proton::tracker& tracker) override;
  void on_tracker_release(proton::tracker& tracker) override;
  void on_tracker_settle(proton::tracker& tracker) override;
  void on_error(const proton::error_condition& error) override {
    connection_.fail(error, options_.address);
  }
  void open_link(proton::session session);
  void settle(proton::tracker& tracker, Outcome outcome, const std::string& reason);

  const SenderOptions options_;
  const OutcomeHandler handler_;
  Guarded<Window> window_;

  // Only the connection's thread uses these.
  proton::sender sender_;
  proton::session session_;  ///< of sender_
  BrokerKind kind_ = BrokerKind::other;
  bool may_read_ =
      true;  ///< RabbitMQ: the login has the right to ask for the queue, as far as known
  bool warned_ = false;  ///< that it has not
  bool ready_ = false;
  bool credit_changed_ = false;
  std::uint64_t first_ = 0;  ///< number of in_flight_.front()
  std::deque<InFlight> in_flight_;
  std::size_t settled_messages_ = 0;  ///< in this turn
  std::size_t settled_bytes_ = 0;

  ClientConnection connection_;  // last: its thread uses everything above
};

Result<void> LinkSender::send(Message message, std::uint64_t tag, SteadyTime deadline,
                              std::stop_token stop) {
  const std::size_t bytes = message.body.size();
  const std::stop_callback wake_waiting(stop, [this] { window_.lock().notify_all(); });
  const auto has_room = [&](const Window& w) {
    return w.open && w.credit > 0 && w.unsettled_messages < options_.unsettled_messages_max &&
           (w.unsettled_messages == 0 || w.unsettled_bytes + bytes <= options_.unsettled_bytes_max);
  };
  bool wake = false;
  {
    auto window = window_.lock();
    window.wait_until(deadline,
                      [&](const Window& w) { return stop.stop_requested() || has_room(w); });
    if (stop.stop_requested() || !has_room(*window)) {
      const std::string why = !window->open         ? window->cause
                              : window->credit <= 0 ? "the broker gives no credit (queue full?)"
                                                    : "too many messages without an outcome";
      return Error{Action::reconnect, fmt::format("not sent to '{}' at {}: {}", options_.address,
                                                  connection_.peer(), why)};
    }
    --window->credit;
    ++window->unsettled_messages;
    window->unsettled_bytes += bytes;
    wake = window->outgoing.empty();  // one wake-up for all that is handed over meanwhile
    window->outgoing.push_back({std::move(message), tag});
  }
  if (wake) connection_.wake();
  return {};
}

void LinkSender::attach(proton::connection connection, BrokerKind kind) {
  ready_ = false;
  kind_ = kind;
  proton::session session = connection.open_session();
  // RabbitMQ 3.x attaches a sender to a queue that is not there, then accepts and drops all that
  // it sends. A receiver is refused. So one without credit goes first; it ends the session when the
  // queue is missing, and also when it is deleted later. docs/adr/0009-missing-queue.md
  if (kind == BrokerKind::rabbitmq && may_read_) {
    session.open_receiver(link_address(kind, options_.address),
                          proton::receiver_options().credit_window(0).auto_accept(false));
  }
  open_link(session);
}

void LinkSender::open_link(proton::session session) {
  session_ = session;
  proton::target_options target;
  if (kind_ == BrokerKind::artemis) target.capabilities({proton::symbol("queue")});
  sender_ = session.open_sender(
      link_address(kind_, options_.address),
      proton::sender_options().delivery_mode(proton::delivery_mode::AT_LEAST_ONCE).target(target));
}

void LinkSender::on_session_error(proton::session& session) {
  const proton::error_condition error = session.error();
  const bool asked = kind_ == BrokerKind::rabbitmq && may_read_ && !ready_;
  if (!asked || error.name() != "amqp:unauthorized-access") return on_error(error);
  may_read_ = false;
  if (!std::exchange(warned_, true))
    log_warning(
        "{}: no right to read '{}', so nobody knows whether the queue is there; if it is not,"
        " what is sent there is lost to the broker and is sent again",
        connection_.peer(), options_.address);
  open_link(session.connection().open_session());
}

void LinkSender::on_session_close(proton::session& session) {
  if (session == session_ && !connection_.ending()) connection_.fail("session closed");
}

void LinkSender::sender_agreed(proton::sender& /*sender*/) {
  ready_ = true;
  credit_changed_ = true;
  connection_.opened();
}

void LinkSender::work() {
  std::vector<Outgoing> outgoing;
  outgoing.swap(window_.lock()->outgoing);
  // The broker owes an outcome from now on, not since the last one: that may be long ago.
  if (in_flight_.empty() && !outgoing.empty()) connection_.progress();
  for (Outgoing& item : outgoing) {
    const std::size_t bytes = item.message.body.size();
    in_flight_.push_back({item.tag, bytes});
    sender_.send(to_proton(item.message), to_delivery_tag(first_ + in_flight_.size() - 1));
  }
}

void LinkSender::on_sender_drain_start(proton::sender& sender) {
  work();
  sender.return_credit();
  credit_changed_ = true;
}

SteadyTime LinkSender::end_turn() {
  if (settled_messages_ == 0 && !credit_changed_) return SteadyTime::max();
  connection_.progress();
  auto window = window_.lock();
  window->open = ready_;
  if (ready_)
    window->credit = sender_.credit() - static_cast<std::int64_t>(window->outgoing.size());
  window->unsettled_messages -= std::exchange(settled_messages_, 0);
  window->unsettled_bytes -= std::exchange(settled_bytes_, 0);
  credit_changed_ = false;
  window.notify_all();
  return SteadyTime::max();
}

void LinkSender::lost(const std::string& cause) {
  ready_ = false;
  may_read_ = true;  // it may have been given the right meanwhile
  sender_ = proton::sender();
  session_ = proton::session();
  std::deque<InFlight> lost = std::exchange(in_flight_, {});
  {
    auto window = window_.lock();
    for (const Outgoing& item : window->outgoing) lost.push_back({item.tag});
    *window = Window{};
    window->cause = cause;
    window.notify_all();
  }
  first_ = 0;
  settled_messages_ = settled_bytes_ = 0;
  for (const InFlight& item : lost)
    if (!item.settled) handler_(item.tag, Outcome::lost, cause);
}

void LinkSender::settle(proton::tracker& tracker, Outcome outcome, const std::string& reason) {
  const std::uint64_t number = from_delivery_tag(tracker.tag());
  if (number < first_ || number - first_ >= in_flight_.size()) return;
  InFlight& item = in_flight_[number - first_];
  if (item.settled) return;
  item.settled = true;
  ++settled_messages_;
  settled_bytes_ += item.bytes;
  handler_(item.tag, outcome, reason);
  while (!in_flight_.empty() && in_flight_.front().settled) {
    in_flight_.pop_front();
    ++first_;
  }
}

void LinkSender::on_tracker_accept(proton::tracker& tracker) {
  settle(tracker, Outcome::accepted, {});
}

// Proton's C++ binding does not give the condition of a rejection.
void LinkSender::on_tracker_reject(proton::tracker& tracker) {
  settle(tracker, Outcome::rejected, "rejected by " + connection_.peer());
}

void LinkSender::on_tracker_release(proton::tracker& tracker) {
  settle(tracker, Outcome::released, "released by " + connection_.peer());
}

void LinkSender::on_tracker_settle(proton::tracker& tracker) {
  // Settled without any outcome: the broker forgot it, and nobody can know what it did.
  settle(tracker, Outcome::lost, "settled without an outcome by " + connection_.peer());
}

}  // namespace

Result<std::unique_ptr<Sender>> Sender::start(SenderOptions options, OutcomeHandler handler) {
  auto urls = check_broker(options.broker);
  if (!urls) return urls.error();
  if (auto valid = check_address(options.address); !valid) return valid.error();
  return std::unique_ptr<Sender>(
      std::make_unique<LinkSender>(std::move(options), std::move(*urls), std::move(handler)));
}

}  // namespace mgc::transport
