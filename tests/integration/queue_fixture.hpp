#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "tests/support/temp_dir.hpp"
#include "transport/queue_server.hpp"
#include "transport/receiver.hpp"
#include "transport/sender.hpp"

namespace mgc::test {

using transport::Delivery;
using transport::Outcome;

inline SteadyTime in_seconds(int seconds) {
  return std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
}

/// Fails a test that waits for what does not come; far above what any of them needs.
inline constexpr int kPatienceSeconds = 20;
inline SteadyTime patience() { return in_seconds(kPatienceSeconds); }

/// What a receiver's handler was given, until the test takes it.
class Inbox {
 public:
  transport::Receiver::DeliveryHandler handler() {
    return [this](Delivery delivery) {
      auto items = items_.lock();
      items->push_back(std::move(delivery));
      items.notify_all();
    };
  }
  /// The next `count` deliveries; fewer when they do not come.
  std::vector<Delivery> take(std::size_t count, SteadyTime deadline = patience()) {
    auto items = items_.lock();
    items.wait_until(deadline, [count](const auto& i) { return i.size() >= count; });
    const auto end = items->begin() + static_cast<std::ptrdiff_t>(std::min(count, items->size()));
    std::vector<Delivery> taken(std::make_move_iterator(items->begin()),
                                std::make_move_iterator(end));
    items->erase(items->begin(), end);
    return taken;
  }
  std::size_t size() { return items_.lock()->size(); }

 private:
  Guarded<std::vector<Delivery>> items_;
};

/// What a sender's handler was told, by tag.
class Outcomes {
 public:
  using Heard = std::map<std::uint64_t, std::vector<Outcome>>;

  transport::Sender::OutcomeHandler handler() {
    return [this](std::uint64_t tag, Outcome outcome, const std::string& /*reason*/) {
      auto state = state_.lock();
      state->heard[tag].push_back(outcome);
      ++state->count;
      state.notify_all();
    };
  }
  bool wait(std::size_t count, SteadyTime deadline = patience()) {
    return state_.lock().wait_until(deadline, [count](const auto& s) { return s.count >= count; });
  }
  Heard heard() { return state_.lock()->heard; }
  std::size_t count(Outcome outcome) {
    std::size_t found = 0;
    for (const auto& [tag, outcomes] : heard())
      for (const Outcome each : outcomes) found += each == outcome ? 1U : 0U;
    return found;
  }

 private:
  struct State {
    Heard heard;
    std::size_t count = 0;
  };
  Guarded<State> state_;
};

inline transport::Message text_message(std::uint64_t number, std::size_t bytes = 0) {
  transport::Message message;
  message.id = std::to_string(number);
  message.body = std::to_string(number);
  if (bytes > message.body.size()) message.body.resize(bytes, 'x');
  return message;
}

inline std::vector<transport::SettlementToken> tokens(std::vector<Delivery> deliveries) {
  std::vector<transport::SettlementToken> all;
  for (Delivery& delivery : deliveries) all.push_back(std::move(delivery.token));
  return all;
}

inline std::vector<std::string> bodies(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> all;
  for (const Delivery& delivery : deliveries) all.push_back(delivery.received.message.body);
  return all;
}

/// "0", "1", ... as text_message() writes them.
inline std::vector<std::string> numbers(std::uint64_t from, std::uint64_t to) {
  std::vector<std::string> all;
  for (std::uint64_t number = from; number < to; ++number) all.push_back(std::to_string(number));
  return all;
}

/// A queue server on a free port, with clients that connect to it.
class QueueTest : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start() {
    options_.store = dir_ / "queue.db";
    auto server = transport::QueueServer::start(options_, clock_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    options_.port = server_->port();  // a restart listens where the clients are
  }
  void stop() { server_.reset(); }

  transport::BrokerOptions broker() const {
    transport::BrokerOptions broker;
    broker.url = "amqp://127.0.0.1:" + std::to_string(options_.port);
    broker.client = "test";
    broker.reconnect_first = std::chrono::milliseconds{10};
    broker.reconnect_max = std::chrono::milliseconds{100};
    return broker;
  }
  std::unique_ptr<transport::Sender> sender(Outcomes& outcomes,
                                            const std::string& address = "compliance") {
    transport::SenderOptions options;
    options.broker = broker();
    options.address = address;
    return *transport::Sender::start(options, outcomes.handler());
  }
  std::unique_ptr<transport::Receiver> receiver(Inbox& inbox, std::uint32_t credit = 128,
                                                const std::string& address = "compliance") {
    transport::ReceiverOptions options;
    options.broker = broker();
    options.address = address;
    options.credit_max = credit;
    return *transport::Receiver::start(options, inbox.handler());
  }
  /// Sends `from` .. `to` - 1 and waits until the queue has accepted them.
  void put(std::uint64_t from, std::uint64_t to, const std::string& address = "compliance") {
    Outcomes outcomes;
    const auto link = sender(outcomes, address);
    for (std::uint64_t number = from; number < to; ++number) {
      const auto sent = link->send(text_message(number), number, patience(), {});
      ASSERT_TRUE(sent) << sent.error().message;
    }
    ASSERT_TRUE(outcomes.wait(to - from));
    ASSERT_EQ(outcomes.count(Outcome::accepted), to - from);
  }
  /// Messages of `address`, as the server counts them.
  std::uint64_t depth(const std::string& address = "compliance") {
    for (const auto& status : server_->status())
      if (status.address == address) return status.messages;
    return 0;
  }
  /// Waits until `address` holds `messages`: a settled message is removed a little later.
  bool await_depth(std::uint64_t messages, const std::string& address = "compliance") {
    const auto deadline = patience();
    while (depth(address) != messages && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return depth(address) == messages;
  }

  TempDir dir_;
  SystemClock clock_;
  transport::QueueServerOptions options_ = [] {
    transport::QueueServerOptions options;
    options.port = 0;
    return options;
  }();
  std::unique_ptr<transport::QueueServer> server_;
};

}  // namespace mgc::test
