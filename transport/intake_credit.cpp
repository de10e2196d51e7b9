#include "transport/intake_credit.hpp"

#include <algorithm>

namespace mgc::transport {

void IntakeCredit::arrived(std::size_t bytes) {
  ++messages_;
  bytes_ += bytes;
  partial_ = 0;
  // Follows the sizes up at once, and down slowly.
  largest_ = std::max(bytes, largest_ - largest_ / 16);
}

std::uint32_t IntakeCredit::to_give(std::uint32_t outstanding) const {
  const std::size_t each = std::max<std::size_t>(largest_, 1);
  const std::size_t free = bytes_ < limits_.bytes_max ? limits_.bytes_max - bytes_ : 0;
  // One message may always come when nothing else is inside, however large they are.
  const std::size_t alone = bytes_ == 0 ? 1 : 0;
  const std::size_t by_bytes = std::max(free / each, alone);
  const std::size_t by_messages = limits_.messages_max - std::min(messages_, limits_.messages_max);
  const std::size_t window = std::min(by_bytes, by_messages);
  if (window <= outstanding) return 0;
  const std::size_t more = window - outstanding;
  const std::size_t most = std::min<std::size_t>(limits_.messages_max, limits_.bytes_max / each);
  const bool nothing_comes = outstanding == 0 && messages_ == 0;
  if (more < most / 2 && !nothing_comes) return 0;
  return static_cast<std::uint32_t>(more);
}

}  // namespace mgc::transport
