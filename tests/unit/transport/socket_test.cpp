#include "transport/socket.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

namespace mgc::transport {
namespace {

SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds{20}; }

TEST(SocketAddress, KnowsLoopback) {
  for (const char* host : {"127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_TRUE(resolve(host, 1)->front().is_loopback()) << host;
  for (const char* host : {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1"})
    EXPECT_FALSE(resolve(host, 1)->front().is_loopback()) << host;
}

TEST(Socket, ConnectsToAListener) {
  const auto address = resolve("127.0.0.1", 0)->front();
  const auto listener = listen_on(address);
  ASSERT_TRUE(listener);
  EXPECT_LT(accept_from(*listener).fd(), 0);
  const auto client = start_connect(resolve("127.0.0.1", local_port(*listener))->front());
  ASSERT_TRUE(client);
  std::vector<pollfd> polled = {{client->fd(), POLLOUT, 0}, {listener->fd(), POLLIN, 0}};
  poll_until(polled, soon());
  EXPECT_EQ(connect_error(*client), 0);
  EXPECT_GE(accept_from(*listener).fd(), 0);
}

TEST(Socket, SaysThatAPortIsTaken) {
  const auto listener = listen_on(resolve("127.0.0.1", 0)->front());
  ASSERT_TRUE(listener);
  const auto second = listen_on(resolve("127.0.0.1", local_port(*listener))->front());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, error_text(EADDRINUSE));
}

TEST(WakeEvent, EndsAPollFromAnotherThread) {
  const WakeEvent event;
  std::vector<pollfd> polled = {{event.fd(), POLLIN, 0}};
  const std::jthread waker([&event] { event.wake(); });
  poll_until(polled, soon());
  EXPECT_NE(polled[0].revents, 0);
  event.clear();
  poll_until(polled, std::chrono::steady_clock::now());
  EXPECT_EQ(polled[0].revents, 0);
}

}  // namespace
}  // namespace mgc::transport
