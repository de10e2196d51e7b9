#include "consumer/stages.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "core/log.hpp"

namespace mgc::consumer {
namespace {

constexpr std::chrono::seconds kWarningPause{1};
/// Of records that are prepared together: more would keep the writer waiting for the first of them.
constexpr std::size_t kPrepareEvents = 10'000;

}  // namespace

// One bound over all queues; each could hold all of it, so that none is ever full before.
Stages::Stages(std::size_t credit_max, std::size_t bytes_max, GivenUp& given_up, Prepare prepare)
    : inside_max_(credit_max * 2),
      bytes_max_(bytes_max),
      given_up_(given_up),
      prepare_(std::move(prepare)),
      received_(inside_max_),
      decoded_(inside_max_),
      prepared_(inside_max_),
      decoder_([this] { decode_all(); }) {
  if (prepare_) preparer_ = std::jthread([this] { prepare_all(); });
}

Stages::~Stages() {
  received_.close();
  decoded_.close();
  prepared_.close();
  auto waiting = waiting_.lock();
  waiting->over = true;
  waiting.notify_all();
}

bool Stages::take_in(transport::Delivery delivery) {
  // A token that goes out of scope here releases its delivery: the broker sends it again.
  if (inside_ >= inside_max_) {
    warn_of_release();
    return false;
  }
  ++inside_;
  const bool taken = received_.try_push(delivery);
  if (!taken) --inside_;  // closed
  return taken;
}

void Stages::warn_of_release() {
  ++released_;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now < warn_at_) return;
  log_warning("{} deliveries beyond the credit were given back to the broker; it sends them again",
              std::exchange(released_, 0));
  warn_at_ = now + kWarningPause;
}

std::optional<DecodedRecord> Stages::next(SteadyTime deadline) {
  auto record = last().pop_until(deadline);
  if (!record) return record;
  --inside_;
  auto waiting = waiting_.lock();
  waiting->bytes -= record->bytes();
  waiting.notify_all();
  return record;
}

void Stages::close() { received_.close(); }

void Stages::decode_all() {
  db::PackReader reader;
  while (auto delivery = received_.pop()) {
    DecodedRecord record;
    if (is_suspect(*delivery, reader.hasher)) {
      record.token = std::move(delivery->token);
      record.suspect = std::move(delivery->received);
    } else {
      record = decode(std::move(*delivery), reader);
    }
    if (!wait_for_room(record.bytes()) || !decoded_.push(std::move(record))) return;
  }
  decoded_.close();
}

void Stages::prepare_all() {
  while (auto first = decoded_.pop()) {
    std::vector<DecodedRecord> records;
    std::size_t events = first->events();
    records.push_back(std::move(*first));
    while (events < kPrepareEvents) {
      auto next = decoded_.pop_until({});
      if (!next) break;
      events += next->events();
      records.push_back(std::move(*next));
    }
    prepare_(records);
    for (DecodedRecord& record : records) {
      if (!prepared_.push(std::move(record))) return;
    }
  }
  prepared_.close();
}

bool Stages::is_suspect(const transport::Delivery& delivery, schema::Hasher& hasher) {
  const transport::ReceivedMessage& received = delivery.received;
  return received.suspect ||
         (given_up_.any() && given_up_.contains(hasher.sha256(received.message.body)));
}

bool Stages::wait_for_room(std::size_t bytes) {
  auto waiting = waiting_.lock();
  waiting.wait(
      [&](const Waiting& w) { return w.over || w.bytes == 0 || w.bytes + bytes <= bytes_max_; });
  waiting->bytes += bytes;
  return !waiting->over;
}

}  // namespace mgc::consumer
