#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "spool/queue_store.hpp"
#include "transport/queue_server.hpp"

namespace mgc::transport {

/// What the store holds and who consumes it, by address, as of `now`.
[[nodiscard]] std::vector<AddressStatus> combine_status(
    const std::vector<spool::QueueStats>& stats,
    const std::map<std::string, std::uint64_t>& consumers, UtcTime now);

/// The JSON that travels as the body of a status message.
[[nodiscard]] std::string encode_status(const std::vector<AddressStatus>& status);
/// nullopt when `text` is anything else.
[[nodiscard]] std::optional<std::vector<AddressStatus>> decode_status(std::string_view text);

}  // namespace mgc::transport
