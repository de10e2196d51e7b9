#include "core/backoff.hpp"

#include <algorithm>

#include "core/assert.hpp"

namespace mgc {

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap, std::uint64_t seed)
    : first_(first), cap_(cap), current_(first), random_(seed) {
  MGC_ASSERT(first.count() > 0);
  MGC_ASSERT(cap >= first);
}

std::chrono::milliseconds Backoff::next() {
  const auto full = current_;
  current_ = std::min(cap_, current_ * 2);
  std::uniform_int_distribution<std::int64_t> shortened(full.count() - full.count() / 2,
                                                        full.count());
  return std::chrono::milliseconds{shortened(random_)};
}

void Backoff::reset() { current_ = first_; }

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace mgc
