#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace mgc::spool {

/// A place in a node's stream: everything through `sequence` of `epoch`; {0, 0} is the place before
/// the first event. Ordered: a later epoch is larger.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  auto operator<=>(const Position&) const = default;
};

struct OutboxOptions {
  std::filesystem::path file;
  std::string node;                                     ///< must be a node id (schema::is_node_id)
  std::uint64_t quota_bytes = std::uint64_t{4} << 30U;  ///< of pack bodies; 24 h of a busy node
  std::uint64_t quota_packs = 100'000'000;
  unsigned warn_percent = 70;  ///< of either quota; one warning is logged on crossing
  /// Free bytes of the disk that appends leave, so that receipts can still be recorded and packs
  /// purged when everything else is full.
  std::uint64_t disk_reserve_bytes = std::uint64_t{64} << 20U;
  /// How long a pack stays after its receipt: a database that is restored from a backup has lost
  /// what was committed since, and gets it again from here. 0 = not at all.
  std::chrono::seconds keep_for{std::chrono::hours{24}};
  /// Of those packs, at most half of the quota; the oldest go first, and all go before an event is
  /// refused for lack of disk.
  std::uint64_t keep_bytes = std::uint64_t{1} << 30U;
  std::size_t pack_events_max = 200;        ///< a pack is closed at this many events ...
  std::size_t pack_bytes_max = 256 * 1024;  ///< ... or encoded bytes; a larger event goes alone
};

/// A pack as it waits in the outbox.
struct StoredPack {
  Position first;
  std::uint64_t last_sequence = 0;
  Bytes body;  ///< zstd(Pack), exactly as it is sent
};

/// How far one log file has been recorded; written in the same transaction as its events.
struct SourceProgress {
  std::string path;               ///< canonical path
  std::uint64_t bytes = 0;        ///< expanded bytes read
  std::uint64_t lines = 0;        ///< non-empty lines read = events + rejects
  std::uint64_t line_number = 0;  ///< of the last line read, empty ones counted; 1 = first line
  std::uint64_t events = 0;
  std::uint64_t rejects = 0;
  Bytes sha256 = {};  ///< of those bytes, to tell a file that grew from another file
  Bytes state = {};   ///< opaque to the spool: what the importer needs to go on
};

/// A line that could not become an event, kept byte for byte.
struct RejectedLine {
  std::string path;
  std::uint64_t line = 0;  ///< 1 = first line
  std::string reason;
  Bytes raw;
};

/// One append. Everything in it becomes durable together or not at all.
struct Append {
  std::span<const Bytes> events;  ///< each from schema::encode_event; may be empty with progress
  const SourceProgress* progress = nullptr;
  std::span<const RejectedLine> rejects = {};
};

/// The events of one append got these sequences, consecutive within the epoch.
struct Appended {
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;  ///< 0 when the append held no event
  std::uint64_t last_sequence = 0;
};

struct OutboxStatus {
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t recorded = 0;   ///< events appended
  std::uint64_t accepted = 0;   ///< of those, accepted by a broker
  std::uint64_t receipted = 0;  ///< of those, covered by a receipt
  std::uint64_t waiting_packs = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t kept_packs = 0;  ///< that have their receipt and are not purged yet
  std::uint64_t kept_bytes = 0;
  std::uint64_t rejected_lines = 0;
  std::optional<UtcTime> oldest_waiting_at;  ///< when the oldest waiting pack was appended
};

/// What a receipt changed.
struct ReceiptTaken {
  std::uint64_t purged_packs = 0;
  /// The last sequence that mgccomp holds or that nobody can send any more: `through` of the
  /// receipt, unless it went back behind what is kept.
  Position held;
};

enum class PackMatch : std::uint8_t { unknown, same, other };

/// The node's durable local store of packs that have no receipt yet, and for a time of those that
/// have one.
///
/// Group commit: calls of append() that come while another one commits are written together by
/// one of the callers, as one transaction with one fsync, and share packs. So packs are of one
/// event at low load and full at high load, without any lingering.
///
/// Threads:   any. One connection writes and checkpoints, for one thread at a time in the order of
///            asking; what only reads has a connection of its own and never waits for an fsync.
/// Ownership: holds an exclusive lock on FILE.lock until destroyed.
/// Errors:    each call says. After a failed fsync (SQLITE_IOERR) every later change is refused
///            with `stop`, because the kernel may have dropped the pages.
/// Source:    docs/adr/0002-exactly-once.md, docs/adr/0003-packs-and-segments.md.
class Outbox {
 public:
  /// Opens or creates the outbox. A new file gets a new epoch: 42 bits of the UTC milliseconds,
  /// then 21 random bits, so that later epochs are larger and two files never share one.
  /// @param clock  outlives the outbox; says when a pack was appended.
  /// @errors stop  an option out of range, locked by another process, another node's outbox, not a
  ///               database, a newer version, read-only, directory missing, disk full; the message
  ///               says which.
  [[nodiscard]] static Result<std::unique_ptr<Outbox>> open(OutboxOptions options,
                                                            const Clock& clock);
  virtual ~Outbox() = default;

  /// Records events. When it returns a value they are on disk, fsynced, with their sequences.
  /// The quota is checked before each group of appends, so the group that crosses it is the last
  /// that goes in; appends without events are never held to it.
  /// @errors retry  the quota is used up, or the disk is full; nothing was recorded.
  ///         reject an event is larger than a pack may be; nothing was recorded.
  ///         stop   the disk failed; nothing of this call counts as recorded.
  [[nodiscard]] virtual Result<Appended> append(const Append& request) = 0;

  /// Packs that begin after `after` ({0,0} = from the oldest) and end with last() at most, in
  /// order, at most `packs_max` and, beyond the first, `bytes_max` bytes.
  [[nodiscard]] virtual Result<std::vector<StoredPack>> read(Position after, std::size_t packs_max,
                                                             std::size_t bytes_max) = 0;

  /// A broker accepted everything through `through`. Only stops re-sending at the next start;
  /// never purges. Written with the next transaction, or when the outbox is closed. May go back, as
  /// far as the receipts.
  /// @errors reject  `through` is beyond what was recorded, or of another epoch.
  [[nodiscard]] virtual Result<void> mark_accepted(Position through) = 0;
  /// Where the relay goes on after a start: the last position marked accepted, or {0,0}.
  [[nodiscard]] virtual Position accepted_through() = 0;
  [[nodiscard]] virtual Position receipted_through() = 0;

  /// mgccomp holds everything through `through`. What the receipt covers waits no more and is
  /// purged `keep_for` later, a bounded number in each transaction, so that appends go on in
  /// between. A receipt that goes back (a database that was restored) makes what is still here wait
  /// again. A receipt of another epoch is about another file of this node and changes nothing.
  /// @errors reject  the receipt covers more than was recorded in that epoch: this outbox is older
  ///                 than the store, a restored copy; nothing is changed.
  ///         retry   the disk is full beyond disk_reserve_bytes; what was not purged yet stays.
  ///         stop    the disk failed.
  [[nodiscard]] virtual Result<ReceiptTaken> take_receipt(Position through) = 0;

  /// Whether the pack that ends with `through` has this SHA-256. Unknown for an empty one, another
  /// epoch, beyond what was recorded, and what is purged.
  [[nodiscard]] virtual Result<PackMatch> compare(Position through, ByteView sha256) = 0;

  [[nodiscard]] virtual Result<std::optional<SourceProgress>> progress(std::string_view path) = 0;
  /// The first `count_max` rejected lines, in the order in which they were recorded.
  [[nodiscard]] virtual Result<std::vector<RejectedLine>> rejected_lines(std::size_t count_max) = 0;
  [[nodiscard]] virtual Result<OutboxStatus> status() = 0;
  /// The last position that was recorded; its sequence is 0 when nothing was.
  [[nodiscard]] virtual Position last() = 0;
};

/// Reads the status of an outbox that another process may hold, without locking or changing it.
/// @errors stop  not there, not an outbox.
[[nodiscard]] Result<OutboxStatus> read_outbox_status(const std::filesystem::path& file);

}  // namespace mgc::spool
