#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "consumer/batcher.hpp"
#include "consumer/commit_size.hpp"
#include "consumer/service_metrics.hpp"
#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "db/detail_source.hpp"

namespace mgc::consumer {

/// What the service has done since it started.
struct Totals {
  std::uint64_t batches = 0;
  std::uint64_t packs = 0;
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;  ///< packs that were stored already
  std::uint64_t dead_letters = 0;
  std::uint64_t gaps_opened = 0;
  std::chrono::nanoseconds working{0};  ///< from the first message until the last commit
};

/// A name for StoreOptions::holder that no other process has.
[[nodiscard]] std::string lease_holder();

/// Takes batches to the database and back: holds the lane's lease and commits each batch until the
/// database has answered, whatever happens between. After an answer that was lost the same batch is
/// committed again; the packs' key makes that a no-op.
///
/// Threads: one owner (the writer thread); session_number() from any.
/// Errors:  each call says.
/// Source:  docs/adr/0001-settlement.md, docs/adr/0002-exactly-once.md.
class Writer {
 public:
  Writer(std::string dsn, db::StoreOptions options, const Clock& clock,
         std::shared_ptr<ServiceMetrics> metrics = std::make_shared<ServiceMetrics>());

  /// Opens the database and waits for the lease, both for as long as it takes.
  /// @errors stop  the database cannot be used as it is.
  ///         retry `stop` was requested first.
  [[nodiscard]] Result<void> take_lane(std::stop_token stop);

  /// Whoever had the lane before take_lane() did not leave it: it was ended, or is stuck.
  [[nodiscard]] bool predecessor_died() const { return predecessor_died_; }

  /// Commits `batch`; blocks, with back-off, until it is stored. A record that the database can
  /// never hold is found by halves (bisect.hpp) and kept as a dead letter, in transactions of
  /// their own; the counts are those of the whole batch. What ends with a time-out twice in a row
  /// is stored in halves too (commit_size.hpp). Tokens are not touched.
  /// @errors stop   the batch cannot be stored until somebody helps; nothing of it is settled.
  ///         retry  `stop` was requested first; it may or may not be stored.
  [[nodiscard]] Result<db::CommitCounts> commit(const Batch& batch, std::stop_token stop);

  /// The marks of suspect messages (trials.hpp); each blocks as commit() does. @errors as commit().
  [[nodiscard]] Result<std::uint32_t> attempts_of(const schema::Digest& sha256,
                                                  std::stop_token stop);
  [[nodiscard]] Result<void> mark_attempt(const db::Attempt& attempt, std::stop_token stop);
  [[nodiscard]] Result<std::vector<schema::Digest>> given_up(std::uint32_t attempts,
                                                             std::stop_token stop);
  /// Of the session that commits, counted from 1: what was found in the database while it was
  /// another one may not hold any more. Threads: any.
  [[nodiscard]] std::uint64_t session_number() const { return session_number_; }

  /// Changes a mark, once: if that fails it stays, and its message counts one attempt more.
  void take_mark_away(const db::Attempt& attempt);

  /// Adds what mgc knows. What cannot be added now is logged and dropped: a later pass finds it
  /// again, and the record does not need it.
  void add_details(const db::DetailPage& page);

  /// Stores the PARTs of people whom a crashed node left joined. A page that cannot be stored now
  /// is logged and dropped: a later look finds them again, and those of a page that was stored not.
  void close_people(const db::ClosingPage& page);

  /// Makes events of rows that say what was done with the record; as close_people().
  void record_duties(const db::DutyPage& page);

  /// One step for the segments, in the session that holds the lane; false when there is none to do.
  /// What fails is logged and left for later.
  bool tend_segments(const std::function<bool(std::uint64_t waiting)>& may_seal);

  /// Renews the lease when it is due, in a new session when the old one is dead; tries again later
  /// when that fails. @errors stop  another service took the lane.
  [[nodiscard]] Result<void> keep_lane();
  /// Gives the lane up for a standby. A failure is logged: the lease then ends by itself.
  void leave_lane();

 private:
  [[nodiscard]] Result<void> open_store();
  /// Opens the database and takes the lease when there is no session that holds it.
  [[nodiscard]] Result<void> have_lane();
  [[nodiscard]] Result<void> renew();
  /// Commits again, with back-off, for as long as waiting can help and the part is not too slow.
  [[nodiscard]] Result<db::CommitCounts> commit_part(const db::BatchRecord& part,
                                                     std::stop_token stop);
  /// Makes `call` of the store again, with back-off, for as long as waiting can help.
  template <typename T>
  [[nodiscard]] Result<T> ask_store(const std::function<Result<T>(db::ComplianceStore&)>& call,
                                    std::stop_token stop);
  /// What was stored beside the batches failed; a session that is gone is not used again.
  void leave_for_later(std::string_view what, const Error& error);
  /// A call of the database failed and is made again.
  void note_failure(const Error& error);
  /// Waits `delay` or until `stop`; false when stopped.
  bool pause(std::chrono::milliseconds delay, std::stop_token stop);

  const std::string dsn_;
  const db::StoreOptions options_;
  const Clock& clock_;
  const std::shared_ptr<ServiceMetrics> metrics_;
  std::unique_ptr<db::ComplianceStore> store_;
  SteadyTime renew_at_{};
  SteadyTime tend_at_{};  ///< segments, after a failure
  Backoff backoff_;
  CommitSize size_;
  bool predecessor_died_ = false;
  std::atomic<std::uint64_t> session_number_{0};
  Guarded<bool> pausing_;
};

}  // namespace mgc::consumer
