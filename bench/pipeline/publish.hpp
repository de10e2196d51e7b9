#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.hpp"
#include "transport/broker.hpp"

namespace mgc::bench {

struct PublishLoad {
  transport::BrokerOptions broker;
  std::string address = "compliance";
  std::filesystem::path outbox;
  std::uint64_t events = 100'000;
  unsigned threads = 64;  ///< each calls publish() again as soon as it returns
};

struct PublishCost {
  std::chrono::duration<double> took{0};
  std::chrono::duration<double> cpu{0};  ///< of the whole process while it published
  std::chrono::microseconds call_p50{0};
  std::chrono::microseconds call_p99{0};
};

/// What a chat server pays: many threads that publish one event a call, with the relay sending
/// beside them.
/// @errors those of Publisher.
[[nodiscard]] Result<PublishCost> measure_publish(const PublishLoad& load);

}  // namespace mgc::bench
