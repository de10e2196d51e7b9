#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "spool/outbox.hpp"
#include "spool/pack_former.hpp"
#include "spool/quota.hpp"
#include "spool/sqlite.hpp"

namespace mgc::spool {

extern const FileKind kOutboxFile;

/// The one row that says how far an outbox is, as of the last transaction.
struct OutboxState {
  PackChain chain;              ///< node, epoch, and where the next pack goes on
  std::uint64_t accepted = 0;   ///< last sequence
  std::uint64_t receipted = 0;  ///< last sequence
  Waiting waiting;
  std::uint64_t rejected_lines = 0;
};

/// Reads that row.
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

  struct PurgedChunk {
    std::uint64_t packs = 0;
    bool more = false;  ///< others are covered by the receipt too
  };
  /// Purges a bounded part of what the receipt through `through` covers.
  [[nodiscard]] Result<PurgedChunk> purge(std::uint64_t through, std::uint64_t accepted);

  /// Writes how far a broker has accepted, at close.
  [[nodiscard]] Result<void> save_accepted(std::uint64_t accepted);

 private:
  struct Statements {
    Statement insert_pack;
    Statement covered_packs;
    Statement delete_packs;
    Statement save_progress;
    Statement insert_rejected;
    Statement save_state;
  };
  OutboxFile(Database database, Statements statements, OutboxState state, PackLimits limits,
             const Clock& clock)
      : database_(std::move(database)),
        statements_(std::move(statements)),
        state_(std::move(state)),
        limits_(limits),
        clock_(&clock) {}

  template <typename Body>
  Result<void> change(OutboxState next, Body body);
  template <typename Body>
  Result<void> change_once(OutboxState& next, Body body);
  Result<void> write_packs(std::span<const FormedPack> packs, OutboxState& next);
  Result<void> write_lines(const Append& append, OutboxState& next);
  Result<PurgedChunk> delete_chunk(std::uint64_t through, OutboxState& next);

  Database database_;
  Statements statements_;
  OutboxState state_;
  PackLimits limits_;
  const Clock* clock_;
  std::optional<Error> failure_;  ///< the first `stop`; nothing is written after it
};

}  // namespace mgc::spool
