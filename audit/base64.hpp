#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"

namespace mgc::audit {

/// Base 64 with padding and without line ends (RFC 4648, section 4).
[[nodiscard]] std::string to_base64(ByteView bytes);
/// nullopt when `text` is not just what to_base64() makes of some bytes.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

}  // namespace mgc::audit
