#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::spool {

/// A message as the embedded queue keeps it.
struct QueuedMessage {
  std::int64_t position = 0;  ///< 1, 2, 3 ... in order of arrival over all addresses
  std::string address;
  Bytes encoded;                 ///< the whole encoded AMQP message, opaque to the spool
  std::uint32_t deliveries = 0;  ///< how often it was handed out before and came back
};

/// What one transaction changes. Order: appends, returns, moves, removals. Positions that hold no
/// message (any more) are passed over, so a change may be applied again.
struct QueueChange {
  struct Append {
    std::string address;
    Bytes encoded;
  };
  struct Move {
    std::int64_t position = 0;
    std::string address;  ///< where it goes: to a new position, with no deliveries
  };
  std::vector<Append> appends;
  std::vector<std::int64_t> returned;  ///< came back unsettled: their delivery count goes up
  std::vector<Move> moves;
  std::vector<std::int64_t> removals;
};

struct QueueStats {
  std::string address;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::optional<UtcTime> oldest_at;
};

/// What a queue store leaves of its disk. Removals need room for their log too, so a disk that
/// messages had filled to the last byte could never be emptied by taking them out again.
inline constexpr std::uint64_t kQueueDiskReserveBytes = std::uint64_t{64} * 1024 * 1024;

/// The durable storage of the embedded queue, on SQLite.
///
/// Threads:   any. apply() blocks for an fsync, in the order of asking; read() and stats() do not
///            wait for it, because they have a connection of their own that only reads.
/// Ownership: holds an exclusive lock on FILE.lock until destroyed.
/// Errors:    as Outbox.
class QueueStore {
 public:
  /// @param clock  outlives the store; says when a message came.
  /// @param disk_reserve_bytes  appends leave so much of the disk free; 0: they may fill it.
  /// @errors stop  locked by another process, not a queue store, a newer version, read-only, ...
  [[nodiscard]] static Result<std::unique_ptr<QueueStore>> open(
      const std::filesystem::path& file, const Clock& clock,
      std::uint64_t disk_reserve_bytes = kQueueDiskReserveBytes);
  virtual ~QueueStore() = default;

  /// Makes `change` durable (fsync) as one transaction. Returns the positions of the appends.
  /// @errors retry  the disk is full, or the appends would use its reserve; nothing was changed.
  ///                A change without appends may use the reserve.
  ///         stop   the disk failed; nothing of it counts, and every later call is refused.
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> apply(const QueueChange& change) = 0;

  /// Messages of `address` with a position above `after`, in order, at most `messages_max` and,
  /// beyond the first, `bytes_max` bytes.
  [[nodiscard]] virtual Result<std::vector<QueuedMessage>> read(const std::string& address,
                                                                std::int64_t after,
                                                                std::size_t messages_max,
                                                                std::size_t bytes_max) = 0;

  /// One entry for every address that holds a message. Counted in memory, not by a scan.
  [[nodiscard]] virtual std::vector<QueueStats> stats() = 0;
  [[nodiscard]] virtual QueueStats stats(const std::string& address) = 0;
};

}  // namespace mgc::spool
