#include "transport/message_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <proton/binary.hpp>
#include <proton/error.hpp>
#include <proton/message_id.hpp>
#include <proton/type_id.hpp>
#include <proton/value.hpp>
#include <vector>

#include "core/log.hpp"
#include "schema/limits.hpp"
#include "transport/thread.hpp"

namespace mgc::transport {
namespace {

std::string id_text(const proton::message_id& id) {
  if (id.empty()) return {};
  return proton::to_string(id);
}

proton::message decode(const Bytes& encoded) {
  proton::message message;
  message.decode(std::vector<char>(encoded.begin(), encoded.end()));
  return message;
}

void set_fault(ReceivedMessage& received, proton::message message, std::string fault) {
  // These change with each delivery, and the same message has to stay the same dead letter.
  message.delivery_count(0);
  message.first_acquirer(false);
  const std::vector<char> encoded = message.encode();
  received.message.body.assign(encoded.begin(), encoded.end());
  received.fault = std::move(fault);
}

ReceivedMessage sections_of(const proton::message& message) {
  ReceivedMessage received;
  received.message.id = id_text(message.id());
  received.message.group = message.group_id();
  received.message.content_type = message.content_type();
  received.message.content_encoding = message.content_encoding();
  received.delivery_count = message.delivery_count();
  received.first_acquirer = message.first_acquirer();
  return received;
}

}  // namespace

Result<void> check_encoded(const Bytes& encoded) {
  Result<void> checked;
  {
    const Thread decoding(kConnectionStackBytes, [&] {
      try {
        // Proton reads malformed messages leniently, and would send what is left of them.
        const std::vector<char> again = decode(encoded).encode();
        if (!std::equal(again.begin(), again.end(), encoded.begin(), encoded.end())) {
          checked = Error{Action::reject, "no whole AMQP message: it cannot be sent as it came"};
        }
      } catch (const proton::error& error) {
        checked = Error{Action::reject, fmt::format("no whole AMQP message: {}", error.what())};
      }
    });
  }
  return checked;
}

proton::message to_proton(const Message& message) {
  if (message.encoded) return decode(message.body);
  proton::message encoded;
  encoded.id(message.id);
  if (!message.group.empty()) encoded.group_id(message.group);
  if (!message.content_type.empty()) encoded.content_type(message.content_type);
  if (!message.content_encoding.empty()) encoded.content_encoding(message.content_encoding);
  encoded.durable(true);
  encoded.inferred(true);  // a data section, not an amqp-value
  encoded.body() = proton::binary(message.body.begin(), message.body.end());
  return encoded;
}

ReceivedMessage from_proton(const proton::message& message) {
  ReceivedMessage received = sections_of(message);
  const proton::value& body = message.body();
  if (body.empty() || body.type() != proton::BINARY) {
    set_fault(received, message,
              fmt::format("the body is {}, not one binary section",
                          body.empty() ? "empty" : proton::type_name(body.type())));
    return received;
  }
  const auto bytes = proton::get<proton::binary>(body);
  if (bytes.size() > schema::kPackBytesMax) {
    set_fault(
        received, message,
        fmt::format("the body has {} bytes, more than {}", bytes.size(), schema::kPackBytesMax));
    return received;
  }
  received.message.body.assign(bytes.begin(), bytes.end());
  return received;
}

ReceivedMessage read_beginning(ByteView encoded) {
  const ByteView beginning = encoded.substr(0, std::size_t{64} * 1024);
  proton::message message;
  try {
    message.decode(std::vector<char>(beginning.begin(), beginning.end()));
  } catch (const proton::error& cut) {
    // As it has to: the body ends in the middle. The sections before it have been read by then.
    log_debug("the beginning of a large message: {}", cut.what());
  }
  return sections_of(message);
}

}  // namespace mgc::transport
