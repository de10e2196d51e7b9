#pragma once

#include <proton/message.hpp>
#include <string>

#include "transport/message.hpp"

namespace mgc::transport {

/// `message` for the wire: durable, the body in one binary data section. Throws proton::error.
[[nodiscard]] proton::message to_proton(const Message& message);

/// What a message of any sender means to the pipeline. Throws proton::error only for a message that
/// Proton decoded and cannot encode again.
[[nodiscard]] ReceivedMessage from_proton(const proton::message& message);

}  // namespace mgc::transport
