#include "transport/queue_intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <proton/message.hpp>
#include <proton/value.hpp>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "transport/message_codec.hpp"

namespace mgc::transport {
namespace {

/// What one link may have on its way to the store: enough that a group commit is always full.
constexpr std::size_t kLinkBytes = std::size_t{16} * 1024 * 1024;
constexpr std::uint64_t kCreditMin = 4;
constexpr std::uint64_t kCreditMax = 2'000;
/// Assumed before the first message: gives 64 messages of credit.
constexpr std::size_t kFirstGuessBytes = std::size_t{256} * 1024;

}  // namespace

QueueIntake::QueueIntake(QueueBoard& board, QueueEntry& entry, proton::receiver link,
                         AppendTicket identity)
    : board_(board), entry_(entry), link_(link), identity_(identity), largest_(kFirstGuessBytes) {
  entry_.intakes.push_back(this);
}

QueueIntake::~QueueIntake() { std::erase(entry_.intakes, this); }

void QueueIntake::take(const proton::delivery& delivery, const proton::message& message) {
  pending_.emplace_back(delivery);
  // Proton reads malformed messages leniently: what it cannot decode becomes an empty or a hollow
  // described body. To accept that would say that bytes are kept which are gone.
  if (message.body().empty() || message.body().type() == proton::DESCRIBED)
    return reject("it has no body that can be decoded");
  const std::vector<char> encoded = message.encode();
  // Follows the sizes down slowly, up at once.
  largest_ = std::max(encoded.size(), largest_ - largest_ / 16);
  if (encoded.size() > kWholeBytesMax) {
    return reject(fmt::format("it has {} bytes, more than {}", encoded.size(), kWholeBytesMax));
  }
  QueueWork& work = board_.work();
  work.change.appends.push_back({entry_.address.name(), Bytes(encoded.begin(), encoded.end())});
  AppendTicket ticket = identity_;
  ticket.delivery = first_ + pending_.size() - 1;
  work.tickets.push_back(ticket);
}

void QueueIntake::reject(const std::string& why) {
  log_warning("a message to '{}' was rejected: {}", entry_.address.name(), why);
  pending_.back()->reject();  // the C++ binding has no way to send the reason with it
  forget(pending_.back());
}

void QueueIntake::settle(std::uint64_t delivery, bool durable) {
  std::optional<proton::delivery>& pending = pending_[delivery - first_];
  if (durable) {
    pending->accept();
  } else {
    pending->release();
  }
  forget(pending);
}

void QueueIntake::forget(std::optional<proton::delivery>& pending) {
  pending.reset();
  if (promised_ > 0) --promised_;  // 0: the client sent without credit
  while (!pending_.empty() && !pending_.front()) {
    pending_.pop_front();
    ++first_;
  }
}

void QueueIntake::give_credit() {
  if (board_.paused()) return;
  const std::uint64_t window = std::clamp<std::uint64_t>(
      kLinkBytes / std::max<std::size_t>(largest_, 1), kCreditMin, kCreditMax);
  if (promised_ >= window) return;
  const std::uint64_t more = std::min(window - promised_, entry_.address.room(promised_));
  // One flow frame for many messages, except when the other side has nothing left.
  if (more == 0 || (more < window / 4 && link_.credit() > 0)) return;
  promised_ += more;
  link_.add_credit(static_cast<std::uint32_t>(more));
}

}  // namespace mgc::transport
