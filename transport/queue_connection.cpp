#include "transport/queue_connection.hpp"

#include <algorithm>
#include <proton/connection.hpp>
#include <proton/delivery.hpp>
#include <proton/delivery_mode.hpp>
#include <proton/error_condition.hpp>
#include <proton/message.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/session.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <utility>

#include "core/log.hpp"
#include "transport/broker.hpp"
#include "transport/delivery_tag.hpp"
#include "transport/message_codec.hpp"

namespace mgc::transport {
namespace {

constexpr std::uint32_t kFrameBytesMax = 256 * 1024;
/// Of one connection, before its messages are whole: Proton itself knows no limit. Larger messages
/// than this end the connection; smaller ones that are still too large are rejected.
constexpr std::size_t kPartialBytesMax = std::size_t{64} * 1024 * 1024;

proton::connection_options connection_options(proton::messaging_handler& handler,
                                              std::chrono::milliseconds idle_timeout) {
  proton::connection_options options(handler);
  options.container_id(std::string(kQueueContainer))
      .sasl_enabled(true)
      .sasl_allowed_mechs("ANONYMOUS")
      .idle_timeout(proton::duration(idle_timeout.count()))
      .max_frame_size(kFrameBytesMax);
  return options;
}

/// Why a client may not use `address`; empty when it may.
std::string refusal(const std::string& address) {
  if (auto valid = check_address(address); !valid) return valid.error().message;
  if (address.starts_with('$')) return "addresses that begin with '$' belong to the queue itself";
  return {};
}

proton::error_condition refused(const std::string& why) {
  return proton::error_condition("amqp:not-allowed", why);
}

template <typename Links, typename Link>
void erase_link(Links& links, const Link& link) {
  std::erase_if(links, [&](const auto& item) { return item->link() == link; });
}

}  // namespace

QueueConnection::QueueConnection(Socket socket, std::optional<TlsSession> tls, std::uint64_t number,
                                 QueueBoard& board, StatusSource status)
    : board_(board),
      number_(number),
      status_(std::move(status)),
      since_(std::chrono::steady_clock::now()),
      io_(std::move(socket), std::move(tls)) {
  io_.start_server(connection_options(*this, board_.options().idle_timeout));
}

SteadyTime QueueConnection::check(SteadyTime now) {
  if (io_.partial_bytes() > kPartialBytesMax) {
    log_warning("queue: client '{}' sends a message larger than {} bytes; it is cut off",
                io_.connection().container_id(), kPartialBytesMax);
    io_.abort("amqp:link:message-size-exceeded", "a message is too large");
    return now;
  }
  const SteadyTime open_by = since_ + board_.options().open_timeout;
  if (!opened_ && now >= open_by) {
    io_.abort("mgc:silent", "the client opened no connection");
    return now;
  }
  const SteadyTime next = io_.tick(now);
  return opened_ ? next : std::min(next, open_by);
}

void QueueConnection::close(const std::string& name, const std::string& reason) {
  io_.connection().close(proton::error_condition(name, reason));
}

QueueIntake* QueueConnection::intake(std::uint64_t link) {
  const auto found = std::find_if(intakes_.begin(), intakes_.end(),
                                  [link](const auto& item) { return item->number() == link; });
  return found == intakes_.end() ? nullptr : found->get();
}

QueueOutlet* QueueConnection::outlet(const proton::sender& link) {
  const auto found = std::find_if(outlets_.begin(), outlets_.end(),
                                  [&](const auto& item) { return item->link() == link; });
  return found == outlets_.end() ? nullptr : found->get();
}

void QueueConnection::on_connection_open(proton::connection& connection) {
  opened_ = true;
  log_debug("queue: client '{}' connected", connection.container_id());
  connection.open();
}

void QueueConnection::on_session_close(proton::session& session) {
  std::erase_if(intakes_, [&](const auto& item) { return item->link().session() == session; });
  std::erase_if(outlets_, [&](const auto& item) { return item->link().session() == session; });
  board_.count_outlet_change();
}

void QueueConnection::on_receiver_open(proton::receiver& link) {
  auto options = proton::receiver_options().credit_window(0).auto_accept(false);
  const std::string address = link.target().address();
  if (const std::string why = refusal(address); !why.empty()) {
    proton::target_options none = proton::target_options().address("");
    link.open(options.target(none));
    return link.close(refused(why));
  }
  link.open(options);
  const AppendTicket identity{number_, ++links_, 0};
  intakes_.push_back(std::make_unique<QueueIntake>(board_, board_.entry(address), link, identity));
  intakes_.back()->give_credit();
}

void QueueConnection::on_sender_open(proton::sender& link) {
  // At least once for everybody: a consumer that asks for "settled" still has to settle.
  auto options = proton::sender_options().delivery_mode(proton::delivery_mode::AT_LEAST_ONCE);
  const std::string address = link.source().address();
  if (address == kStatusAddress) return link.open(options);
  if (const std::string why = refusal(address); !why.empty()) {
    link.open(options.source(proton::source_options().address("")));
    return link.close(refused(why));
  }
  link.open(options);
  outlets_.push_back(std::make_unique<QueueOutlet>(board_, board_.entry(address), link));
  board_.count_outlet_change();
}

void QueueConnection::on_message(proton::delivery& delivery, proton::message& message) {
  const proton::receiver link = delivery.receiver();
  const auto found = std::find_if(intakes_.begin(), intakes_.end(),
                                  [&](const auto& item) { return item->link() == link; });
  if (found != intakes_.end()) (*found)->take(delivery, message);
}

void QueueConnection::on_sendable(proton::sender& link) {
  if (QueueOutlet* known = outlet(link)) return known->credit_changed();
  if (link.source().address() == kStatusAddress) send_status(link);
}

void QueueConnection::on_sender_drain_start(proton::sender& link) { on_sendable(link); }

void QueueConnection::send_status(proton::sender& link) {
  if (std::find(asked_.begin(), asked_.end(), link) != asked_.end()) return;
  asked_.push_back(link);
  Message message;
  message.id = "status";
  message.content_type = "application/json";
  message.body = status_();
  link.send(to_proton(message));
}

void QueueConnection::settle(proton::tracker& tracker, Verdict verdict) {
  if (QueueOutlet* known = outlet(tracker.sender()))
    known->settle(from_delivery_tag(tracker.tag()), verdict);
  if (!tracker.settled()) tracker.settle();
  // One answer for each link: a client whose library renews credit by itself must not ask for ever.
  if (std::erase(asked_, tracker.sender()) > 0) tracker.sender().close();
}

void QueueConnection::on_tracker_accept(proton::tracker& tracker) {
  settle(tracker, Verdict::accepted);
}
void QueueConnection::on_tracker_reject(proton::tracker& tracker) {
  settle(tracker, Verdict::rejected);
}
void QueueConnection::on_tracker_release(proton::tracker& tracker) {
  settle(tracker, Verdict::returned);
}
void QueueConnection::on_tracker_settle(proton::tracker& tracker) {
  settle(tracker, Verdict::returned);  // settled without an outcome, if it had none before
}

void QueueConnection::on_error(const proton::error_condition& error) {
  if (!opened_ && error.name() == "mgc:tls") {
    log_warning("queue: a client{} was refused: {}",
                io_.peer_name().empty() ? "" : " with the certificate of " + io_.peer_name(),
                error.description());
  }
  log_debug("queue: client '{}': {}", io_.connection().container_id(), error.what());
}

void QueueConnection::drop(const proton::receiver& link) { erase_link(intakes_, link); }

void QueueConnection::drop(const proton::sender& link) {
  erase_link(outlets_, link);
  std::erase(asked_, link);
  board_.count_outlet_change();
}

void QueueConnection::drop_links() {
  intakes_.clear();
  outlets_.clear();
  asked_.clear();
  board_.count_outlet_change();
}

}  // namespace mgc::transport
