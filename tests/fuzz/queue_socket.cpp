// Whatever a client sends to the embedded queue, the queue goes on serving the others, and keeps
// what they stored.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <random>
#include <vector>

#include "core/clock.hpp"
#include "tests/fuzz/amqp_frames.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "transport/queue_server.hpp"
#include "transport/receiver.hpp"
#include "transport/sender.hpp"
#include "transport/socket.hpp"

namespace mgc::fuzz {
namespace {

constexpr std::string_view kHostileAddress = "q";
constexpr std::uint64_t kHostileMessages = 4;  ///< there for the hostile client to be handed
constexpr std::uint64_t kKeptMessages = 3;
constexpr std::chrono::seconds kPatience{15};
constexpr std::uint64_t kCheckEvery = 64;

std::string name_that_no_input_guesses() {
  std::random_device random;
  return "kept-" + std::to_string(random()) + std::to_string(random());
}

/// The server, and a client of it that does nothing wrong.
class Queue {
 public:
  Queue() : kept_(name_that_no_input_guesses()) {
    transport::QueueServerOptions options;
    options.port = 0;
    options.store = folder_ / "queue.db";
    options.address_messages_max = 200;
    options.address_bytes_max = std::uint64_t{1} << 20U;
    options.disk_reserve_bytes = 0;
    server_ = transport::QueueServer::start(options, clock_).value();
    for (std::uint64_t i = 0; i < kKeptMessages; ++i) send(kept_);
  }

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  void check() {
    const auto failure = server_->failure();
    require(!failure, failure ? failure->message : "");
    require(messages(kept_) == kKeptMessages, "what a client stored is still there");
    if (checks_++ % kCheckEvery != 0) return;
    send(healthy_);
    require(receive(healthy_) == "body", "a client gets what was sent");
    while (messages(std::string(kHostileAddress)) < kHostileMessages)
      send(std::string(kHostileAddress));
  }

 private:
  transport::BrokerOptions broker() const {
    transport::BrokerOptions broker;
    broker.url = "amqp://127.0.0.1:" + std::to_string(port());
    broker.client = "healthy";
    return broker;
  }
  std::uint64_t messages(const std::string& address) {
    const auto all = server_->status();
    const auto found = std::ranges::find(all, address, &transport::AddressStatus::address);
    return found == all.end() ? 0 : found->messages;
  }
  void send(const std::string& address) {
    std::promise<transport::Outcome> outcome;
    const auto sender =
        transport::Sender::start({.broker = broker(), .address = address},
                                 [&](std::uint64_t, transport::Outcome heard, const std::string&) {
                                   outcome.set_value(heard);
                                 });
    require(sender.has_value(), "a client can start");
    transport::Message message;
    message.id = "1";
    message.body = "body";
    const auto sent = (*sender)->send(std::move(message), 1, deadline(), {});
    require(sent.has_value(), "a client can send");
    auto heard = outcome.get_future();
    require(heard.wait_for(kPatience) == std::future_status::ready, "the queue answers");
    require(heard.get() == transport::Outcome::accepted, "it accepts");
  }
  Bytes receive(const std::string& address) {
    std::promise<transport::Delivery> delivery;
    std::atomic<bool> first = true;
    const auto receiver = transport::Receiver::start(
        {.broker = broker(), .address = address, .credit_max = 1}, [&](transport::Delivery got) {
          if (first.exchange(false)) delivery.set_value(std::move(got));
        });
    require(receiver.has_value(), "a client can start");
    auto heard = delivery.get_future();
    require(heard.wait_for(kPatience) == std::future_status::ready, "the queue hands out");
    transport::Delivery got = heard.get();
    std::vector<transport::SettlementToken> tokens;
    tokens.push_back(std::move(got.token));
    transport::accept(std::move(tokens));
    require((*receiver)->flush(deadline()), "a client can settle");
    return got.received.message.body;
  }
  static SteadyTime deadline() { return std::chrono::steady_clock::now() + kPatience; }

  Folder folder_;
  SystemClock clock_;
  const std::string kept_;
  const std::string healthy_ = kept_ + ".healthy";
  std::uint64_t checks_ = 0;
  std::unique_ptr<transport::QueueServer> server_;
};

/// A client that sends bytes and reads what comes, without a look at it.
class HostileClient {
 public:
  explicit HostileClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connected =
        ::connect(socket_.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    // The fuzzer's alarm interrupts whatever waits; the connection is made all the same.
    require(connected == 0 || (errno == EINTR && becomes_connected()),
            "the queue takes connections");
  }

  /// The queue may have cut us off already.
  void send(ByteView bytes) {
    static_cast<void>(::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }
  /// Lets the queue answer, so that what follows finds links with credit and deliveries.
  void listen() {
    constexpr int kQuietMillis = 3;
    while (waits(kQuietMillis) && read_some()) {
    }
  }
  /// Ends the stream; the queue has to end its own.
  void finish() {
    ::shutdown(socket_.fd(), SHUT_WR);
    constexpr int kMillis = 15'000;
    do {
      require(waits(kMillis), "the queue ends a connection that has ended");
    } while (read_some());
  }

 private:
  bool becomes_connected() const {
    int failure = 0;
    socklen_t size = sizeof failure;
    return waits(15'000, POLLOUT) &&
           ::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
  }
  bool waits(int millis, short events = POLLIN) const {
    pollfd polled{socket_.fd(), events, 0};
    int ready = 0;
    do ready = ::poll(&polled, 1, millis);
    while (ready < 0 && errno == EINTR);
    return ready == 1;
  }
  bool read_some() const {
    char bytes[4096];
    ssize_t got = 0;
    do got = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
    while (got < 0 && errno == EINTR);
    return got > 0;
  }

  transport::Socket socket_;
};

Bytes preamble(std::size_t depth) {
  Bytes out;
  if (depth > 0) out += amqp::sasl_anonymous();
  if (depth > 1) out += amqp::open_and_begin();
  if (depth > 2) out += amqp::attach_both(kHostileAddress);
  return out;
}

void check(Input input) {
  static Queue queue;
  const std::size_t mode = input.byte();
  const bool as_frames = (mode & 4U) != 0;  // the input is bodies of frames, each with its size
  const bool in_turn = (mode & 8U) != 0;    // after each piece the queue may answer
  const std::size_t piece = 1 + input.byte();
  {
    HostileClient client(queue.port());
    client.send(preamble(mode % 4));
    if (in_turn) client.listen();
    while (!input.empty()) {
      client.send(as_frames ? amqp::frame(input.bytes(input.byte())) : Bytes(input.bytes(piece)));
      if (in_turn && mode % 32 < 16) client.listen();
    }
    if (in_turn) client.listen();
    client.finish();
  }
  queue.check();
}

}  // namespace
}  // namespace mgc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mgc::fuzz::check({data, size});
  return 0;
}
