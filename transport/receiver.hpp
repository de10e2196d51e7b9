#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"
#include "transport/message.hpp"

namespace mgc::transport {

class ReceiverLink;

/// The duty to settle one delivery, exactly once. Move-only; made before anything else is done
/// with a delivery. A token that is destroyed unsettled releases the delivery, so that the broker
/// delivers it again: losing a token never loses a message. A token from before a reconnect does
/// nothing, because the broker delivers its message again anyway.
///
/// Threads: may be moved between threads; settled or destroyed on any.
class SettlementToken {
 public:
  SettlementToken() = default;
  /// @param bytes  of the message, which count as inside the process until it is settled.
  SettlementToken(std::shared_ptr<ReceiverLink> link, std::uint64_t connection,
                  std::uint64_t delivery, std::size_t bytes = 0) noexcept
      : link_(std::move(link)), connection_(connection), delivery_(delivery), bytes_(bytes) {}
  SettlementToken(SettlementToken&& other) noexcept = default;
  SettlementToken& operator=(SettlementToken&& other) noexcept;
  ~SettlementToken();

  [[nodiscard]] bool pending() const { return link_ != nullptr; }

 private:
  friend class ReceiverLink;
  friend void accept(std::vector<SettlementToken> tokens);
  void release() noexcept;

  std::shared_ptr<ReceiverLink> link_;
  std::uint64_t connection_ = 0;  ///< number of the connection that delivered it
  std::uint64_t delivery_ = 0;
  std::size_t bytes_ = 0;
};

/// Settles all of `tokens` as accepted, in the order given, in one job of the connection's thread,
/// so that Proton can merge contiguous ranges into one frame. Returns at once.
void accept(std::vector<SettlementToken> tokens);

struct Delivery {
  SettlementToken token;
  ReceivedMessage received;
};

struct ReceiverOptions {
  BrokerOptions broker;
  std::string address;
  /// Deliveries that may be in the process, unsettled.
  std::uint32_t credit_max = 128;
  /// Bytes of their messages, or one message that is larger (intake_credit.hpp).
  std::size_t credit_bytes = std::size_t{64} * 1024 * 1024;
  /// Of a larger message only the beginning is taken (large_message.hpp). Above RabbitMQ's limit.
  std::size_t message_bytes_max = std::size_t{129} * 1024 * 1024;
  /// Messages that were delivered before come one at a time at first, and are said to be suspect.
  bool careful_start = false;
  /// So many at first are suspect too where the broker does not say it for certain (Artemis).
  std::uint32_t careful_messages = 0;
  /// Where the broker can do that over AMQP (RabbitMQ), a queue that is missing is made.
  bool declare_missing = false;
};

/// One connection, one receiving link, one thread of its own; reconnects for ever. Credit follows
/// the messages and bytes that are unsettled (intake_credit.hpp); nothing is accepted by itself.
/// The credit of released deliveries comes back after a second, so that no more than credit_max of
/// them come again in a second.
///
/// Threads: the handler runs on the receiver's own thread (16 MiB stack, because Proton decodes
///          bodies recursively, CVE-2026-105042) and must not block for long.
/// Errors:  each call says.
class Receiver {
 public:
  using DeliveryHandler = std::function<void(Delivery)>;

  /// Starts connecting. @errors stop  the URL or address is malformed.
  [[nodiscard]] static Result<std::unique_ptr<Receiver>> start(ReceiverOptions options,
                                                               DeliveryHandler handler);
  /// Closes the link and the connection and joins the thread. Tokens may outlive the receiver; they
  /// then do nothing.
  virtual ~Receiver() = default;

  /// Waits until the link is open. @errors reconnect  `deadline` passed; with host and cause.
  [[nodiscard]] virtual Result<void> wait_open(SteadyTime deadline) = 0;

  /// Gives no more credit and drains what was given (RabbitMQ: gives back what still comes);
  /// returns when the handler hears of no more or `deadline` has passed. Deliveries in hand can
  /// still be settled.
  virtual void stop_credit(SteadyTime deadline) = 0;

  /// Waits until every accept() so far has been written to the socket and the broker has had it,
  /// or `deadline`; false when it passed first.
  virtual bool flush(SteadyTime deadline) = 0;
};

}  // namespace mgc::transport
