#include "transport/connection_io.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <proton/messaging_handler.hpp>

namespace mgc::transport {
namespace {

class Quiet : public proton::messaging_handler {
  void on_error(const proton::error_condition& /*error*/) override {}
};

// Its last words have come, and the write that comes before they are read fails.
TEST(ConnectionIo, APeerThatIsGoneIsStillHeard) {
  int both[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both), 0);
  Quiet handler;
  ConnectionIo io{Socket(both[0])};
  {
    const Socket peer(both[1]);
    const std::string words(
        "AMQP\3\1\0\0"
        "\0\0\0\x1c\2\1\0\0\0\x53\x40\xc0\x0f\1\xe0\x0c\1\xa3\x09"
        "ANONYMOUS"
        "\0\0\0\x10\2\1\0\0\0\x53\x44\xc0\3\1\x50\1",  // refused
        8 + 28 + 16);
    ASSERT_EQ(::send(peer.fd(), words.data(), words.size(), 0), static_cast<ssize_t>(words.size()));
  }
  io.start_client(proton::connection_options(handler).sasl_allowed_mechs("ANONYMOUS"));
  while (io.advance()) {
    std::vector<pollfd> polled = {{io.fd(), io.events(), 0}};
    poll_until(polled, std::chrono::steady_clock::now() + std::chrono::seconds{10});
    ASSERT_NE(polled[0].revents, 0);
    io.read(polled[0].revents);
  }
  EXPECT_NE(io.cause().find("the broker refuses our login"), std::string::npos) << io.cause();
}

}  // namespace
}  // namespace mgc::transport
