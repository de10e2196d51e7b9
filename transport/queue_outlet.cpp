#include "transport/queue_outlet.hpp"

#include <proton/error.hpp>
#include <proton/message.hpp>
#include <proton/session.hpp>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "transport/delivery_tag.hpp"

namespace mgc::transport {
namespace {

/// What may wait in Proton for one session's socket.
constexpr std::size_t kUnsentBytesMax = std::size_t{8} * 1024 * 1024;

}  // namespace

QueueOutlet::QueueOutlet(QueueBoard& board, QueueEntry& entry, proton::sender link)
    : board_(board), entry_(entry), link_(link) {
  entry_.outlets.push_back(this);
}

QueueOutlet::~QueueOutlet() {
  std::erase(entry_.outlets, this);
  for (const InFlight& item : in_flight_)
    if (!item.settled) record(item.position, Verdict::returned);
}

bool QueueOutlet::congested() const { return link_.session().outgoing_bytes() > kUnsentBytesMax; }

void QueueOutlet::hand_out(const spool::QueuedMessage& stored) {
  proton::message message;
  try {
    message.decode(std::vector<char>(stored.encoded.begin(), stored.encoded.end()));
  } catch (const proton::error& error) {
    // Proton wrote these bytes, so the file was changed. Kept, and passed over until a restart.
    log_error("message {} of '{}' cannot be decoded ({}); it stays in the queue", stored.position,
              entry_.address.name(), error.what());
    return;
  }
  message.delivery_count(stored.deliveries);
  message.first_acquirer(stored.deliveries == 0);
  in_flight_.push_back({stored.position});
  link_.send(message, to_delivery_tag(first_ + in_flight_.size() - 1));
}

void QueueOutlet::settle(std::uint64_t delivery, Verdict verdict) {
  if (delivery < first_ || delivery - first_ >= in_flight_.size()) return;
  InFlight& item = in_flight_[delivery - first_];
  if (std::exchange(item.settled, true)) return;
  record(item.position, verdict);
  while (!in_flight_.empty() && in_flight_.front().settled) {
    in_flight_.pop_front();
    ++first_;
  }
}

void QueueOutlet::record(std::int64_t position, Verdict verdict) {
  QueueWork& work = board_.work();
  switch (verdict) {
    case Verdict::accepted:
      work.change.removals.push_back(position);
      work.removed_from.push_back(&entry_);
      break;
    case Verdict::rejected:
      work.change.moves.push_back({position, entry_.address.name() + ".dead"});
      work.moved_from.push_back(&entry_);
      break;
    case Verdict::returned:
      work.change.returned.push_back(position);
      work.returned_to.push_back(&entry_);
      break;
  }
}

void QueueOutlet::end_drain() {
  if (link_.draining()) link_.return_credit();
}

}  // namespace mgc::transport
