#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mgc::schema {

/// More would be more queues than anybody watches.
inline constexpr std::uint32_t kLanesMax = 256;

/// Lane `number` of the queue `address`: "compliance.3".
[[nodiscard]] std::string lane_address(std::string_view address, std::uint32_t number);

/// The queue that takes the packs of `node` where `address` is split into `lanes` lanes: the same
/// for every program and version, and as many nodes in each. `address` itself when `lanes` is 0.
/// The number is the first eight bytes of SHA-256(node id), most significant first, modulo `lanes`.
[[nodiscard]] std::string address_of_node(std::string_view address, std::string_view node,
                                          std::uint32_t lanes);

}  // namespace mgc::schema
