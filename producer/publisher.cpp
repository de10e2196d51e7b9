#include "producer/publisher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/log.hpp"
#include "producer/relay.hpp"
#include "schema/event_view.hpp"
#include "schema/lane.hpp"
#include "spool/outbox.hpp"

namespace mgc::producer {
namespace {

// How often a blocked publish() looks whether receipts have made room.
constexpr std::chrono::milliseconds kRoomPoll{100};

/// 1 to 2^63-1.
std::uint64_t random_session() { return std::max<std::uint64_t>(1, random_seed() >> 1U); }

class OutboxPublisher final : public Publisher {
 public:
  explicit OutboxPublisher(PublisherOptions options)
      : options_(std::move(options)), closing_(false) {}

  ~OutboxPublisher() override { close(std::chrono::milliseconds{0}); }

  Result<void> start() {
    if (options_.lanes > schema::kLanesMax) {
      return Error{Action::stop,
                   fmt::format("{} lanes are more than {}", options_.lanes, schema::kLanesMax)};
    }
    spool::OutboxOptions spooling;
    spooling.file = options_.outbox;
    spooling.node = options_.node;
    spooling.quota_bytes = options_.quota_bytes;
    spooling.keep_for = options_.keep_for;
    spooling.keep_bytes = options_.keep_bytes;
    spooling.pack_events_max = options_.pack_events_max;
    auto outbox = spool::Outbox::open(std::move(spooling), clock_);
    if (!outbox) return outbox.error();
    outbox_ = std::move(*outbox);
    RelayOptions relaying;
    relaying.broker = options_.broker;
    relaying.broker.client = "mgc-node-" + options_.node;
    relaying.address = schema::address_of_node(options_.address, options_.node, options_.lanes);
    relaying.node = options_.node;
    relaying.receipt_wait = options_.receipt_wait;
    auto relay = Relay::start(*outbox_, std::move(relaying), clock_);
    if (!relay) return relay.error();
    relay_ = std::move(*relay);
    if (options_.watermark_interval.count() > 0) {
      // Before any event: what follows it is of this start, what is before it of an earlier one.
      append_watermark(false);
      watermarks_ = std::jthread([this](std::stop_token stop) { publish_watermarks(stop); });
    }
    return {};
  }

  Result<Published> publish(const schema::Event& event) override {
    auto wire = schema::encode_event(event);
    if (!wire) return wire.error();
    return record({&*wire, 1});
  }

  Result<Published> publish(std::span<const schema::Event> events) override {
    std::vector<Bytes> encoded;
    encoded.reserve(events.size());
    for (const schema::Event& event : events) {
      auto wire = schema::encode_event(event);
      if (!wire) return wire.error();
      encoded.push_back(std::move(*wire));
    }
    return record(encoded);
  }

  Result<PublisherStatus> status() override {
    const auto status = outbox_->status();
    if (!status) return status.error();
    return PublisherStatus{status->recorded, status->accepted, status->receipted};
  }

  bool wait_receipted(std::chrono::milliseconds timeout) override {
    return relay_->wait_receipted(outbox_->last(), clock_.steady_now() + timeout);
  }

  void close(std::chrono::milliseconds linger) override {
    if (std::exchange(*closing_.lock(), true)) return;
    closing_.lock().notify_all();
    watermarks_.request_stop();
    if (watermarks_.joinable()) watermarks_.join();
    if (!relay_) return;
    if (options_.watermark_interval.count() > 0) append_watermark(true);
    relay_->wait_accepted(outbox_->last(), clock_.steady_now() + linger);
    relay_->stop();
  }

 private:
  Result<Published> record(std::span<const Bytes> encoded) {
    for (;;) {
      if (*closing_.lock()) return Error{Action::retry, "the publisher is closed"};
      // What is recorded now would wait for ever: nobody moves it any more.
      if (auto failure = relay_->failure()) return *failure;
      // A start that found no room: what follows it must not seem to be of an earlier one.
      const bool starts = options_.watermark_interval.count() > 0 && !start_recorded_;
      auto appended = starts ? append_behind_start(encoded) : outbox_->append({encoded});
      if (appended) {
        start_recorded_ = true;
        relay_->notify_appended();
        const std::uint64_t first = appended->first_sequence + (starts ? 1 : 0);
        return Published{appended->epoch, first, appended->last_sequence};
      }
      if (appended.error().action != Action::retry || options_.at_limit == AtLimit::refuse) {
        return appended.error();
      }
      auto closing = closing_.lock();
      closing.wait_until(clock_.steady_now() + kRoomPoll, [](bool closed) { return closed; });
    }
  }

  Result<Bytes> encode_watermark(bool stopping, bool starting) {
    schema::Event event;
    event.kind = schema::EventKind::node;
    event.occurred_at = clock_.utc_now();
    event.watermark = schema::Watermark{outbox_->last().sequence, stopping, starting, session_};
    return schema::encode_event(event);
  }

  Result<spool::Appended> append_behind_start(std::span<const Bytes> encoded) {
    auto start = encode_watermark(false, true);
    if (!start) return start.error();
    std::vector<Bytes> events = {std::move(*start)};
    events.insert(events.end(), encoded.begin(), encoded.end());
    return outbox_->append({events});
  }

  void append_watermark(bool stopping) {
    const auto wire = encode_watermark(stopping, !start_recorded_);
    if (!wire) {
      log_error("watermark of {}: {}", options_.node, wire.error().message);
      return;
    }
    // Not through record(): a watermark never waits for room, the next one says the same.
    if (auto appended = outbox_->append({{&*wire, 1}}); !appended) {
      log_warning("no watermark of {} this time: {}", options_.node, appended.error().message);
      return;
    }
    start_recorded_ = true;
    relay_->notify_appended();
  }

  void publish_watermarks(std::stop_token stop) {
    const std::stop_callback wake(stop, [this] { closing_.lock().notify_all(); });
    while (!stop.stop_requested()) {
      {
        auto closing = closing_.lock();
        closing.wait_until(clock_.steady_now() + options_.watermark_interval,
                           [&](bool) { return stop.stop_requested(); });
      }
      if (!stop.stop_requested()) append_watermark(false);
    }
  }

  const PublisherOptions options_;
  SystemClock clock_;
  const std::uint64_t session_ = random_session();
  /// By whoever comes first; a start that is recorded twice is the same start.
  std::atomic<bool> start_recorded_{false};
  std::unique_ptr<spool::Outbox> outbox_;
  std::unique_ptr<Relay> relay_;
  Guarded<bool> closing_;
  std::jthread watermarks_;  // last: it uses everything above
};

}  // namespace

Result<std::unique_ptr<Publisher>> Publisher::open(PublisherOptions options) {
  auto publisher = std::make_unique<OutboxPublisher>(std::move(options));
  if (auto started = publisher->start(); !started) return started.error();
  return std::unique_ptr<Publisher>(std::move(publisher));
}

}  // namespace mgc::producer
