// A connection that ends after any of its bytes is noticed at once, on both sides, and replaced.
#include <atomic>
#include <string>

#include "core/guarded.hpp"
#include "tests/integration/queue_fixture.hpp"
#include "tests/support/fault_proxy.hpp"

namespace mgc::test {
namespace {

struct Ends {
  const char* name;
  WayFaults Faults::*way;
  End end;
};

class ConnectionEnd : public QueueTest, public testing::WithParamInterface<Ends> {};

// Time-outs are an hour: whoever needs one to see the end does not get far.
TEST_P(ConnectionEnd, IsNoticedAtOnceAfterEachByte) {
  constexpr int kBytes = 450;  // the greeting, and the first that follows it
  FaultProxy proxy(options_.port);
  proxy.plan([](int number) {
    Faults faults;
    (faults.*GetParam().way).cut_after = static_cast<std::uint64_t>(number);
    faults.end = GetParam().end;
    return faults;
  });
  transport::BrokerOptions options = broker();
  options.url = "amqp://127.0.0.1:" + std::to_string(proxy.port());
  options.reconnect_first = options.reconnect_max = std::chrono::milliseconds{1};
  options.idle_timeout = options.watchdog = std::chrono::hours{1};
  Outcomes outcomes;
  const auto link = *transport::Sender::start({options, "compliance"}, outcomes.handler());
  std::uint64_t sent = 0;
  const auto give_up = patience();
  while (proxy.accepted() <= kBytes && std::chrono::steady_clock::now() < give_up) {
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds{5};
    if (link->send(text_message(sent), sent, soon, {})) ++sent;
  }
  EXPECT_GT(proxy.accepted(), kBytes);
}

INSTANTIATE_TEST_SUITE_P(Connections, ConnectionEnd,
                         testing::Values(Ends{"ClosedToClient", &Faults::to_client, End::close},
                                         Ends{"ClosedToServer", &Faults::to_server, End::close},
                                         Ends{"ResetToClient", &Faults::to_client, End::reset},
                                         Ends{"ResetToServer", &Faults::to_server, End::reset}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace mgc::test
