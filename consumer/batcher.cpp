#include "consumer/batcher.hpp"

#include <utility>

#include "core/assert.hpp"

namespace mgc::consumer {

Batcher::Batcher(BatchLimits limits, const Clock& clock) : limits_(limits), clock_(clock) {
  MGC_ASSERT(limits_.events_max > 0);
  MGC_ASSERT(limits_.bytes_max > 0);
  MGC_ASSERT(limits_.age_max.count() > 0);
}

std::optional<Batch> Batcher::add(DecodedRecord record) {
  const bool fits = open_events_ + record.events() <= limits_.events_max &&
                    open_bytes_ + record.bytes() <= limits_.bytes_max;
  // An empty batch accepts any size: refusing would wedge the queue behind one large pack.
  std::optional<Batch> closed;
  if (!fits && !open_.empty()) closed = take();

  if (open_.empty()) opened_at_ = clock_.steady_now();
  open_events_ += record.events();
  open_bytes_ += record.bytes();
  open_.push_back(std::move(record));
  return closed;
}

bool Batcher::due() const {
  if (open_.empty()) return false;
  return open_events_ >= limits_.events_max || open_bytes_ >= limits_.bytes_max ||
         clock_.steady_now() >= opened_at_ + limits_.age_max;
}

std::optional<SteadyTime> Batcher::due_at() const {
  if (open_.empty()) return std::nullopt;
  return opened_at_ + limits_.age_max;
}

Batch Batcher::take() {
  open_events_ = 0;
  open_bytes_ = 0;
  return std::exchange(open_, Batch{});
}

}  // namespace mgc::consumer
