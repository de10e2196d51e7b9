#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "tests/simulation/world.hpp"

namespace mgc::simulation {

/// A pack as far as the protocol looks at it. Its content hash is short, and enough to tell two
/// packs of one run apart.
struct Pack {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t first = 0;
  Bytes previous_sha256;
  std::vector<EventId> events;
  Bytes sha256;

  [[nodiscard]] std::uint64_t last() const { return first + events.size() - 1; }
  [[nodiscard]] std::size_t bytes() const { return 100 * events.size(); }
  [[nodiscard]] std::string name() const {
    return node + "/" + std::to_string(epoch) + "/" + std::to_string(first);
  }
};
using PackRef = std::shared_ptr<const Pack>;

inline PackRef make_pack(std::string node, std::uint64_t epoch, std::uint64_t first, Bytes previous,
                         std::vector<EventId> events) {
  auto pack = std::make_shared<Pack>(
      Pack{std::move(node), epoch, first, std::move(previous), std::move(events), {}});
  std::uint64_t hash = 14'695'981'039'346'656'037U;  // FNV-1a
  const auto mix = [&](std::uint64_t value) {
    for (int i = 0; i < 8; ++i, value >>= 8U) hash = (hash ^ (value & 0xFFU)) * 1'099'511'628'211U;
  };
  mix(pack->epoch);
  mix(pack->first);
  for (const char c : pack->previous_sha256) mix(static_cast<unsigned char>(c));
  for (const EventId event : pack->events) mix(event);
  pack->sha256 = std::to_string(hash);
  return pack;
}

}  // namespace mgc::simulation
