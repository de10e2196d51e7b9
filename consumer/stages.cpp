#include "consumer/stages.hpp"

#include <chrono>
#include <utility>

#include "core/log.hpp"

namespace mgc::consumer {
namespace {

constexpr std::chrono::seconds kWarningPause{1};

}  // namespace

// One bound over both queues; each could hold all of it, so that neither is ever full before.
Stages::Stages(std::size_t credit_max)
    : inside_max_(credit_max * 2),
      received_(inside_max_),
      decoded_(inside_max_),
      decoder_([this] { decode_all(); }) {}

Stages::~Stages() {
  received_.close();
  decoded_.close();
}

void Stages::take_in(transport::Delivery delivery) {
  // A token that goes out of scope here releases its delivery: the broker sends it again.
  if (inside_ >= inside_max_) return warn_of_release();
  ++inside_;
  if (!received_.try_push(delivery)) --inside_;  // closed
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
  auto record = decoded_.pop_until(deadline);
  if (record) --inside_;
  return record;
}

void Stages::close() { received_.close(); }

void Stages::decode_all() {
  schema::Hasher hasher;
  while (auto delivery = received_.pop()) {
    if (!decoded_.push(decode(std::move(*delivery), hasher))) return;
  }
  decoded_.close();
}

}  // namespace mgc::consumer
