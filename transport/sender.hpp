#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"
#include "transport/message.hpp"

namespace mgc::transport {

struct SenderOptions {
  BrokerOptions broker;
  std::string address;
  std::size_t unsettled_messages_max = 1'000;  ///< sent and without an outcome
  std::size_t unsettled_bytes_max = std::size_t{32} * 1024 * 1024;
};

/// One connection, one sending link, one thread of its own. Reconnects for ever with capped,
/// jittered back-off until it is destroyed.
///
/// Every send() that returned a value gets exactly one outcome, also across reconnects and at
/// destruction (`lost`). Outcomes of one connection come in the order that the broker gave them.
///
/// Threads: send() from any one thread at a time; the handler runs on the sender's own thread,
///          must not block and must not call the sender.
/// Errors:  each call says.
/// Source:  docs/adr/0001-settlement.md; Proton 0.37, credit and settlement as in docs/threads.md.
class Sender {
 public:
  /// `tag` is the caller's; `reason` says which broker, and for `lost` why the connection ended
  /// (the broker's own text of a rejection does not come through Proton's C++ binding).
  using OutcomeHandler =
      std::function<void(std::uint64_t tag, Outcome outcome, const std::string& reason)>;

  /// Starts connecting. @errors stop  the URL or address is malformed.
  [[nodiscard]] static Result<std::unique_ptr<Sender>> start(SenderOptions options,
                                                             OutcomeHandler handler);
  virtual ~Sender() = default;

  /// Hands `message` to the connection, durable. Waits while there is no link, no credit or the
  /// window of unsettled messages is full.
  /// @errors reconnect  `deadline` passed or `stop` was requested first; nothing was sent.
  ///                    The message says why it waited (not connected and why, or no credit).
  [[nodiscard]] virtual Result<void> send(Message message, std::uint64_t tag, SteadyTime deadline,
                                          std::stop_token stop) = 0;

  /// Waits until the link is open. @errors reconnect  `deadline` passed; with host and cause.
  [[nodiscard]] virtual Result<void> wait_open(SteadyTime deadline) = 0;
};

}  // namespace mgc::transport
