#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "spool/outbox.hpp"
#include "spool/outbox_state.hpp"
#include "spool/sqlite.hpp"

namespace mgc::spool {

extern const FileKind kOutboxFile;

/// Reads the row of the outbox.
[[nodiscard]] Result<OutboxState> load_state(Database& database);

/// The writing side of an outbox: its tables and the one connection that changes them. A call that
/// fails leaves state() as it was.
///
/// Threads: one at a time. Errors: as Outbox.
class OutboxFile {
 public:
  /// Opens the outbox of `options.node`, or makes one with a new epoch.
  [[nodiscard]] static Result<OutboxFile> open(const OutboxOptions& options, const Clock& clock);

  [[nodiscard]] const OutboxState& state() const { return state_; }

  /// Records a group of appends in one transaction, and how far a broker has accepted.
  [[nodiscard]] Result<std::vector<Appended>> record(std::span<const Append* const> group,
                                                     std::uint64_t accepted);

  struct Chunk {
    std::uint64_t packs = 0;
    bool more = false;  ///< there are others
  };
  /// Counts a bounded part of what a receipt through `through` covers as kept instead of waiting.
  [[nodiscard]] Result<Chunk> cover(std::uint64_t through, std::uint64_t accepted);
  /// The receipts went back to `through`: what is kept behind it waits again.
  [[nodiscard]] Result<void> uncover(std::uint64_t through, std::uint64_t accepted);
  enum class Purge : std::uint8_t { what_is_due, all_that_is_kept };
  /// Purges a bounded part of what was kept for long enough or is too much, or of all that is kept.
  [[nodiscard]] Result<Chunk> purge(std::uint64_t accepted, Purge what = Purge::what_is_due);
  /// Bytes of the file that nothing is in: the next packs take no more of the disk.
  [[nodiscard]] Result<std::uint64_t> reusable_bytes();
  /// The first sequence that is in the file; one more than the last recorded when none is.
  [[nodiscard]] Result<std::uint64_t> first_sequence();

  /// Writes how far a broker has accepted, at close.
  [[nodiscard]] Result<void> save_accepted(std::uint64_t accepted);

 private:
  struct Statements {
    Statement insert_pack;
    Statement packs_between;
    Statement oldest_packs;
    Statement delete_packs;
    Statement mark_receipt;
    Statement unmark_receipts;
    Statement expired_receipt;
    Statement first_sequence;
    Statement reusable_bytes;
    Statement save_progress;
    Statement insert_rejected;
    Statement save_state;
  };
  OutboxFile(Database database, Statements statements, OutboxState state, PackLimits limits,
             Retention retention, const Clock& clock)
      : database_(std::move(database)),
        statements_(std::move(statements)),
        state_(std::move(state)),
        limits_(limits),
        retention_(retention),
        clock_(&clock) {}

  static Result<Statements> prepare_all(Database& database);
  /// Runs `body` on the state that is to be saved, in one transaction with what it does.
  Result<void> change(OutboxState next, const std::function<Result<void>(OutboxState&)>& body);
  Result<void> change_once(OutboxState& next,
                           const std::function<Result<void>(OutboxState&)>& body);
  Result<void> write_packs(std::span<const FormedPack> packs, OutboxState& next);
  Result<void> write_lines(const Append& append, OutboxState& next);
  Result<Chunk> move_covered(std::uint64_t through, OutboxState& next);
  Result<std::uint64_t> expired_sequence(Purge what);

  Database database_;
  Statements statements_;
  OutboxState state_;
  PackLimits limits_;
  Retention retention_;
  const Clock* clock_;
  std::optional<Error> failure_;  ///< the first `stop`; nothing is written after it
};

}  // namespace mgc::spool
