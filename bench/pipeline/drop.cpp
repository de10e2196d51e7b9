#include "bench/pipeline/drop.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "consumer/decode.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "transport/receiver.hpp"

namespace mgc::bench {
namespace {

constexpr std::uint32_t kCredit = 1'000;
constexpr std::size_t kAcceptAtOnce = 100;
constexpr std::chrono::seconds kPatience{10};

}  // namespace

Result<Dropped> drop_all(const transport::BrokerOptions& broker, const std::string& address,
                         std::uint64_t events) {
  const SystemClock clock;
  BoundedQueue<transport::Delivery> received(std::size_t{2} * kCredit);
  transport::ReceiverOptions options;
  options.broker = broker;
  options.address = address;
  options.credit_max = kCredit;
  auto receiver = transport::Receiver::start(
      options, [&](transport::Delivery delivery) { received.try_push(delivery); });
  if (!receiver) return receiver.error();
  if (auto open = (*receiver)->wait_open(clock.steady_now() + kPatience); !open) {
    return open.error();
  }
  Dropped dropped;
  db::PackReader reader;
  std::optional<SteadyTime> begun;
  std::vector<transport::SettlementToken> tokens;
  while (dropped.events < events) {
    auto delivery = received.pop_until(clock.steady_now() + kPatience);
    if (!delivery) return Error{Action::stop, "nothing came any more"};
    if (!begun) begun = clock.steady_now();
    consumer::DecodedRecord record = consumer::decode(std::move(*delivery), reader);
    dropped.events += record.events();
    ++dropped.packs;
    tokens.push_back(std::move(record.token));
    if (tokens.size() == kAcceptAtOnce) transport::accept(std::exchange(tokens, {}));
  }
  transport::accept(std::move(tokens));
  dropped.took = clock.steady_now() - *begun;
  (*receiver)->flush(clock.steady_now() + kPatience);
  return dropped;
}

}  // namespace mgc::bench
