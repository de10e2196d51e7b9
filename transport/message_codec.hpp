#pragma once

#include <cstddef>
#include <proton/message.hpp>
#include <string>

#include "schema/limits.hpp"
#include "transport/message.hpp"

namespace mgc::transport {

/// A pack and the sections around it. What is larger is no pack, and is not decoded.
inline constexpr std::size_t kWholeBytesMax = schema::kPackBytesMax + std::size_t{64} * 1024;

/// `message` for the wire: durable, the body in one binary data section. Throws proton::error.
[[nodiscard]] proton::message to_proton(const Message& message);

/// What a message of any sender means to the pipeline. Throws proton::error only for a message that
/// Proton decoded and cannot encode again.
[[nodiscard]] ReceivedMessage from_proton(const proton::message& message);

/// What the beginning of an encoded message says of it: all but the body.
[[nodiscard]] ReceivedMessage read_beginning(ByteView encoded);

}  // namespace mgc::transport
