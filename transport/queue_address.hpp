#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/result.hpp"
#include "spool/queue_store.hpp"

namespace mgc::transport {

struct AddressQuota {
  std::uint64_t messages_max = 0;
  std::uint64_t bytes_max = 0;
};

/// One queue as the server sees it: how much it holds, what is handed out, and what comes next.
///
/// Messages stay in the store; here are the positions that are handed out (and not yet removed, or
/// returned, durably) and a short read-ahead. A cursor goes through the store in order of position.
/// What comes back turns the cursor back, so it is the next to be handed out, in its old place.
///
/// Threads: the server's. Errors: take() says those of the store.
class QueueAddress {
 public:
  QueueAddress(std::string name, AddressQuota quota) : name_(std::move(name)), quota_(quota) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// How many more messages may come, if `promised` come for certain; 0 at or above the quota.
  [[nodiscard]] std::uint64_t room(std::uint64_t promised) const;

  /// The store holds this much already.
  void restore(std::uint64_t messages, std::uint64_t bytes);
  /// A message became durable. `keep` when somebody waits for it: it then needs no reading back.
  void appended(std::int64_t position, Bytes encoded, bool keep);
  /// A message was moved here, durably, from another address.
  void moved_in(std::uint64_t bytes);

  /// The next message, marked as handed out; nullopt when there is none.
  [[nodiscard]] Result<std::optional<spool::QueuedMessage>> take(spool::QueueStore& store);
  /// The removal, or the move to elsewhere, of what was handed out is durable. Returns its bytes.
  std::uint64_t removed(std::int64_t position);
  /// The return of what was handed out is durable: it is next again.
  void returned(std::int64_t position);

 private:
  [[nodiscard]] Result<void> read_ahead(spool::QueueStore& store);

  const std::string name_;
  const AddressQuota quota_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::int64_t cursor_ = 0;  ///< all up to here was handed out or is in `ahead_`
  bool behind_ = false;      ///< the store may hold something above the cursor
  std::deque<spool::QueuedMessage> ahead_;
  std::size_t ahead_bytes_ = 0;
  std::unordered_map<std::int64_t, std::uint64_t> handed_out_;  ///< position -> bytes
};

}  // namespace mgc::transport
