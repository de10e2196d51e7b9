#include "transport/queue_board.hpp"

#include <utility>

#include "transport/queue_intake.hpp"
#include "transport/queue_outlet.hpp"

namespace mgc::transport {
namespace {

/// Receipts are small, and an old one is worth nothing once a newer one came.
bool holds_receipts(const std::string& address) {
  return address.find(".receipts.") != std::string::npos;
}

}  // namespace

QueueBoard::QueueBoard(const QueueServerOptions& options, spool::QueueStore& store)
    : options_(options), store_(store) {
  for (const spool::QueueStats& stats : store_.stats())
    entry(stats.address).address.restore(stats.messages, stats.bytes);
}

QueueEntry& QueueBoard::entry(const std::string& address) {
  std::unique_ptr<QueueEntry>& entry = entries_[address];
  if (entry == nullptr) {
    const AddressQuota quota{
        holds_receipts(address) ? options_.receipts_messages_max : options_.address_messages_max,
        options_.address_bytes_max};
    entry = std::make_unique<QueueEntry>(address, quota);
  }
  return *entry;
}

void QueueBoard::make_due(QueueEntry& entry) {
  if (!std::exchange(entry.due, true)) due_.push_back(&entry);
}

Result<void> QueueBoard::deliver() {
  Result<void> failed;
  for (QueueEntry* entry : std::exchange(congested_, {})) make_due(*entry);
  const std::vector<QueueEntry*> due = std::exchange(due_, {});
  for (QueueEntry* entry : due) {
    entry->due = false;
    auto delivered = deliver(*entry);
    if (delivered) continue;
    congested_.push_back(entry);
    failed = delivered.error();
  }
  return failed;
}

Result<void> QueueBoard::deliver(QueueEntry& entry) {
  std::size_t unwilling = 0;  // outlets in a row that cannot take a message now
  while (unwilling < entry.outlets.size()) {
    entry.next_outlet %= entry.outlets.size();
    QueueOutlet& outlet = *entry.outlets[entry.next_outlet++];
    if (!outlet.has_credit() || outlet.congested()) {
      // A slow socket: looked at again next turn, when some of it may have been written.
      if (outlet.has_credit()) congested_.push_back(&entry);
      ++unwilling;
      continue;
    }
    auto message = entry.address.take(store_);
    if (!message) return message.error();
    if (!*message) {
      for (QueueOutlet* each : entry.outlets) each->end_drain();
      return {};
    }
    outlet.hand_out(**message);
    unwilling = 0;
  }
  return {};
}

void QueueBoard::give_credit(QueueEntry& entry) {
  for (QueueIntake* intake : entry.intakes) intake->give_credit();
}

void QueueBoard::give_credit() {
  for (const auto& [name, entry] : entries_) give_credit(*entry);
}

std::map<std::string, std::uint64_t> QueueBoard::consumers() const {
  std::map<std::string, std::uint64_t> consumers;
  for (const auto& [name, entry] : entries_)
    if (!entry->outlets.empty()) consumers[name] = entry->outlets.size();
  return consumers;
}

}  // namespace mgc::transport
