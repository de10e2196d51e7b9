#pragma once

#include <cstdint>
#include <cstring>
#include <proton/binary.hpp>

namespace mgc::transport {

/// Deliveries are numbered by us, in the delivery tag, because Proton's tracker carries nothing of
/// the application's; a number is an index into a deque, so no outcome needs a look-up in a map.
[[nodiscard]] inline proton::binary to_delivery_tag(std::uint64_t number) {
  proton::binary tag(sizeof number);
  std::memcpy(tag.data(), &number, sizeof number);
  return tag;
}

/// The number in `tag`; the greatest one, which no delivery has, for a tag that is not ours.
[[nodiscard]] inline std::uint64_t from_delivery_tag(const proton::binary& tag) {
  std::uint64_t number = ~std::uint64_t{0};
  if (tag.size() == sizeof number) std::memcpy(&number, tag.data(), sizeof number);
  return number;
}

}  // namespace mgc::transport
