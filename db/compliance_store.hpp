#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/attempt.hpp"
#include "db/closing_page.hpp"
#include "db/detail.hpp"
#include "db/event_names.hpp"
#include "db/segment_upkeep.hpp"
#include "schema/event_view.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"

namespace mgc::db {

class Session;

/// A pack on its way into mgccomp: the bytes, what they hash to, and what they say.
struct PackRecord {
  Bytes body;                             ///< as it was sent; stored unchanged
  schema::Digest sha256{};                ///< of body
  schema::Digest root{};                  ///< Merkle root over its events
  schema::Pack pack;                      ///< the expanded events; `events` borrows from it
  std::vector<schema::EventView> events;  ///< one for each event of the pack, in order
  FoundNames names = {};                  ///< of them; may be empty
};

/// Bytes that can never be stored as events.
struct DeadLetterRecord {
  std::string message_id;  ///< the AMQP message-id, printable and at most 1 KiB; may be empty
  std::string reason;
  Bytes raw;
  /// Of a pack that can be read and that the database refuses. Its sequences become a gap that
  /// receipts go past: its bytes are kept here, so its node need not keep them.
  std::optional<schema::PackHeader> header = std::nullopt;
};

/// What one transaction stores. Packs of the same key within a batch are allowed.
struct BatchRecord {
  UtcTime received_at{};
  std::span<const PackRecord* const> packs;  ///< each borrowed
  std::span<const DeadLetterRecord* const> dead_letters;
  std::uint64_t names_source = 0;  ///< the only one whose FoundNames are used
};

/// How far a node and epoch is kept without a gap, after the batch.
struct NodeProgress {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t contiguous_through = 0;
  Bytes last_sha256 = {};  ///< of the body of the pack that ends there; empty when none is stored
  /// Of the last pack of the batch that contradicts what is stored; empty when none does.
  Bytes refused_sha256 = {};
  std::uint64_t refused_through = 0;  ///< the last sequence of that pack
};

struct CommitCounts {
  std::uint64_t packs_stored = 0;
  std::uint64_t events_stored = 0;
  std::uint64_t packs_duplicate = 0;  ///< same key and same bytes: a replay, nothing was changed
  /// Those of the batch, and packs that contradict a stored one; each part of a large one counts.
  std::uint64_t dead_letters = 0;
  std::uint64_t gaps_opened = 0;
  std::uint64_t gaps_closed = 0;
  std::vector<NodeProgress> progress;  ///< of every node and epoch that the batch named
};

struct StoreOptions {
  std::string lane = "compliance";  ///< the queue's name; one ledger per lane
  std::string holder;               ///< who takes the lease, for instance "host:pid:random"
  std::chrono::seconds lease{15};   ///< how long the lease lives without a renewal
  SegmentLimits segments{};
};

/// Writes mgccomp: packs, their projection, positions, gaps, dead letters and the ledger's block,
/// all in one transaction per batch.
///
/// Threads: one owner (the writer thread).
/// Errors:  each call says.
/// Source:  docs/adr/0002-exactly-once.md, docs/adr/0003-packs-and-segments.md.
class ComplianceStore {
 public:
  /// Opens mgccomp; it must be initialised (migrate.hpp).
  /// @errors reconnect  the server cannot be reached.
  ///         stop  not initialised, another schema version, not a database, no rights, bad DSN.
  [[nodiscard]] static Result<std::unique_ptr<ComplianceStore>> open(const std::string& dsn,
                                                                     StoreOptions options,
                                                                     const Clock& clock);
  /// A store over a session of mgccomp that is open already.
  [[nodiscard]] static std::unique_ptr<ComplianceStore> over(std::unique_ptr<Session> session,
                                                             StoreOptions options,
                                                             const Clock& clock);
  virtual ~ComplianceStore() = default;

  /// Takes or renews the lane's lease, and ends a segment that is old enough. False while somebody
  /// else holds it; `holder_of_lease` says who. The fencing number grows with each change of
  /// holder.
  [[nodiscard]] virtual Result<bool> take_lease() = 0;
  [[nodiscard]] virtual std::string holder_of_lease() const = 0;
  /// The lease was taken over from a holder that had not ended it.
  [[nodiscard]] virtual bool predecessor_died() const = 0;
  /// Ends the lease now, so that a standby need not wait for it to expire.
  [[nodiscard]] virtual Result<void> drop_lease() = 0;

  /// Stores one batch in a single transaction.
  ///
  /// Idempotent: a pack whose key (node, epoch, first sequence) is already stored with the same
  /// bytes is counted as a duplicate and left as it is; with other bytes, or when it overlaps
  /// stored sequences, it is kept as a dead letter and the rest of the batch is stored.
  ///
  /// @param batch  borrowed for the call; may hold no pack.
  /// @errors retry     lock time-out, disk full; nothing was written.
  ///         reconnect session lost before COMMIT was sent; nothing was written.
  ///         in_doubt  the answer to COMMIT was lost; commit the same batch again.
  ///         reject    the engine can never store something of it; nothing was written.
  ///         stop      the lease was lost, disk read-only, schema changed, no rights.
  /// @cost   one transaction, one fsync.
  [[nodiscard]] virtual Result<CommitCounts> commit(const BatchRecord& batch) = 0;

  /// Adds what mgc knows of rooms or people, in a transaction of its own; a detail that is there
  /// already stays as it is. Returns how many were new.
  /// @errors  as commit(); the record does not need them, so the caller may drop any of them.
  [[nodiscard]] virtual Result<std::uint64_t> add_details(DetailOf of,
                                                          std::span<const Detail> details) = 0;

  /// Stores a PART for each person of `page`, in a transaction and a block of its own, and notes
  /// how far the session is closed. Returns how many; 0 when the page was stored before.
  /// @errors  as commit(); after any of them the page may be dropped: a later look at the session
  ///          finds who is still joined.
  [[nodiscard]] virtual Result<std::uint64_t> close_people(const ClosingPage& page) = 0;

  /// As db::tend_segments(), for this lane in this session: where a database takes one writer, he
  /// alone can do it. @errors  as commit(); what was not done is done by a later call.
  [[nodiscard]] virtual Result<Tended> tend_segments(
      const std::function<bool(std::uint64_t waiting)>& may_seal) = 0;

  /// How often the message with this body was tried without an end; 0 when it never was.
  [[nodiscard]] virtual Result<std::uint32_t> attempts_of(const schema::Digest& sha256) = 0;
  /// Marks a message, in a transaction of its own that only the holder of the lease can commit.
  /// @errors  as commit(); the same mark again is a no-op.
  [[nodiscard]] virtual Result<void> mark_attempt(const Attempt& attempt) = 0;
  /// The messages of this lane with at least so many attempts.
  [[nodiscard]] virtual Result<std::vector<schema::Digest>> given_up(std::uint32_t attempts) = 0;
};

}  // namespace mgc::db
