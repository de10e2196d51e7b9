#include "schema/lane.hpp"

#include <fmt/format.h>

#include "schema/ledger.hpp"

namespace mgc::schema {

std::string lane_address(std::string_view address, std::uint32_t number) {
  return fmt::format("{}.{}", address, number);
}

std::string address_of_node(std::string_view address, std::string_view node, std::uint32_t lanes) {
  if (lanes == 0) return std::string(address);
  const Digest digest = Hasher().sha256(node);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | digest[i];
  return lane_address(address, static_cast<std::uint32_t>(number % lanes));
}

}  // namespace mgc::schema
