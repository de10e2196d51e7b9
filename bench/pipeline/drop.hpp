#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::bench {

struct Dropped {
  std::uint64_t events = 0;
  std::uint64_t packs = 0;
  std::chrono::duration<double> took{0};  ///< from the first message to the last
};

/// A consumer that decodes every pack, as the service does, and drops it: takes messages from
/// `address` of `broker` until `events` have come.
/// @errors reconnect  the broker cannot be reached. stop  nothing came for ten seconds.
[[nodiscard]] Result<Dropped> drop_all(const transport::BrokerOptions& broker,
                                       const std::string& address, std::uint64_t events);

}  // namespace mgc::bench
