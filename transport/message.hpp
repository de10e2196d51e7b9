#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.hpp"
#include "core/result.hpp"

namespace mgc::transport {

/// What the pipeline uses of an AMQP message. The body travels as one binary data section.
struct Message {
  std::string id;                ///< message-id
  std::string group;             ///< group-id; empty = none
  std::string content_type;      ///< empty = none
  std::string content_encoding;  ///< empty = none
  Bytes body;
  /// `body` is a whole encoded AMQP message, as a ReceivedMessage with a fault has it, and goes out
  /// as that; the other fields say nothing then. Only what check_encoded() takes.
  bool encoded = false;
};

/// @errors reject  `encoded` is no whole AMQP message. @threads any; any bytes at all.
[[nodiscard]] Result<void> check_encoded(const Bytes& encoded);

/// A received message. `fault` is set when the message is not a binary body within the size limit;
/// `message.body` is then the whole encoded AMQP message, so that a dead letter keeps every byte.
struct ReceivedMessage {
  Message message;
  std::string fault;
  std::uint32_t delivery_count = 0;  ///< earlier deliveries that failed, as the broker counts them
  bool first_acquirer = false;       ///< as the header says; not every broker sets it
  /// More than the receiver takes: `message.body` is only the beginning. When it is accepted, the
  /// receiver rejects it, so that the broker keeps the whole of it as a dead letter of its own.
  bool too_large = false;
  /// It was delivered before the process started: it may be what ended the one before.
  bool suspect = false;
};

/// The AMQP outcomes that the pipeline gives and hears.
enum class Outcome : std::uint8_t {
  accepted,
  rejected,
  released,  ///< also `modified`: the broker gave it back, send again
  lost,      ///< the connection ended first: it may or may not have arrived
};

}  // namespace mgc::transport
