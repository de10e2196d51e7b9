#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "spool/queue_store.hpp"
#include "spool/sqlite.hpp"

namespace mgc::spool {

extern const FileKind kQueueFile;

/// Messages and bytes that came to an address, or went (negative).
struct AddressDelta {
  std::int64_t messages = 0;
  std::int64_t bytes = 0;
};

/// What a transaction did.
struct AppliedChange {
  std::vector<std::int64_t> positions;            ///< of the appends
  std::map<std::string, AddressDelta> addresses;  ///< that it touched
};

/// The writing side of a queue store: its tables and the one connection that changes them.
///
/// Threads: one at a time. Errors: as QueueStore.
class QueueFile {
 public:
  [[nodiscard]] static Result<QueueFile> open(const std::filesystem::path& file, const Clock& clock,
                                              std::uint64_t disk_reserve_bytes);

  /// As QueueStore::apply().
  [[nodiscard]] Result<AppliedChange> apply(const QueueChange& change);
  /// What every known address holds, read from the file.
  [[nodiscard]] Result<std::map<std::string, AddressDelta>> totals();

 private:
  using Deltas = std::map<std::int64_t, AddressDelta>;
  struct Statements {
    Statement insert;
    Statement deliver;
    Statement copy;
    Statement remove;
    Statement add_address;
    Statement count;
  };
  /// Addresses have a number, so that their names are not repeated in each message's row.
  struct Addresses {
    std::map<std::string, std::int64_t> ids;
    std::map<std::int64_t, std::string> names;
  };
  /// What the appends are refused by.
  struct DiskReserve {
    std::filesystem::path file;
    std::uint64_t bytes = 0;
  };
  QueueFile(Database database, Statements statements, const Clock& clock, DiskReserve reserve)
      : database_(std::move(database)),
        statements_(std::move(statements)),
        clock_(&clock),
        reserve_(std::move(reserve)) {}

  [[nodiscard]] std::optional<Error> refusal(const QueueChange& change) const;
  Result<void> write(const QueueChange& change, AppliedChange& applied);
  Result<void> append(const QueueChange& change, Deltas& deltas, std::vector<std::int64_t>& out);
  Result<void> move(const QueueChange::Move& move, Deltas& deltas);
  Result<void> remove(std::int64_t position, Deltas& deltas);
  Result<void> count(const Deltas& deltas);
  Result<std::int64_t> address_id(const std::string& name);
  Result<void> load_addresses();

  Database database_;
  Statements statements_;
  const Clock* clock_;
  DiskReserve reserve_;
  Addresses addresses_;
  std::optional<Error> failure_;  ///< the first `stop`; nothing is written after it
};

/// The reading side: a connection of its own, so that it never waits for a commit.
///
/// Threads: one at a time. Errors: as QueueStore.
class QueueReader {
 public:
  [[nodiscard]] static Result<QueueReader> open(const std::filesystem::path& file);

  [[nodiscard]] Result<std::vector<QueuedMessage>> read(const std::string& address,
                                                        std::int64_t after,
                                                        std::size_t messages_max,
                                                        std::size_t bytes_max);
  /// When the message that has waited longest at `address` came.
  [[nodiscard]] Result<std::optional<UtcTime>> oldest_at(const std::string& address);

 private:
  QueueReader(Database database, Statement messages, Statement oldest)
      : database_(std::move(database)),
        messages_(std::move(messages)),
        oldest_(std::move(oldest)) {}

  Database database_;
  Statement messages_;
  Statement oldest_;
};

}  // namespace mgc::spool
