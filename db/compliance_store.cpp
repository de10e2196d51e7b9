#include "db/compliance_store.hpp"

#include <optional>
#include <utility>

#include "core/assert.hpp"
#include "core/failpoint.hpp"
#include "db/attempt_rows.hpp"
#include "db/batch_writer.hpp"
#include "db/closing.hpp"
#include "db/detail_rows.hpp"
#include "db/dictionary.hpp"
#include "db/duty_recording.hpp"
#include "db/lease.hpp"
#include "db/pack_ends.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

class SqlComplianceStore final : public ComplianceStore {
 public:
  SqlComplianceStore(std::unique_ptr<Session> session, StoreOptions options, const Clock& clock)
      : session_(std::move(session)),
        options_(std::move(options)),
        clock_(clock),
        lease_(*session_, options_, clock),
        dictionary_(*session_) {
    MGC_ASSERT(!options_.holder.empty());
  }

  [[nodiscard]] Result<bool> take_lease() override;
  [[nodiscard]] std::string holder_of_lease() const override { return lease_.holder(); }
  [[nodiscard]] bool predecessor_died() const override { return lease_.was_taken_over(); }
  [[nodiscard]] Result<void> drop_lease() override { return lease_.drop(); }
  [[nodiscard]] Result<CommitCounts> commit(const BatchRecord& batch) override;
  [[nodiscard]] Result<std::uint64_t> add_details(DetailOf of,
                                                  std::span<const Detail> details) override {
    return db::add_details(*session_, of, details, clock_.utc_now());
  }
  [[nodiscard]] Result<std::uint64_t> close_people(const ClosingPage& page) override {
    return store_beside([&] {
      return db::close_people(*session_, dictionary_, lease_.lane_id(), page, clock_.utc_now());
    });
  }
  [[nodiscard]] Result<std::uint64_t> record_duties(const DutyPage& page) override {
    return store_beside([&] {
      return db::record_duties(*session_, dictionary_, lease_.lane_id(), page, clock_.utc_now());
    });
  }
  [[nodiscard]] Result<Tended> tend_segments(
      const std::function<bool(std::uint64_t waiting)>& may_seal) override {
    return db::tend_segments(*session_, {options_.lane, options_.holder}, may_seal,
                             clock_.utc_now());
  }
  [[nodiscard]] Result<std::uint32_t> attempts_of(const schema::Digest& sha256) override {
    return read_attempts(*session_, lease_.lane_id(), sha256);
  }
  [[nodiscard]] Result<void> mark_attempt(const Attempt& attempt) override;
  [[nodiscard]] Result<std::vector<schema::Digest>> given_up(std::uint32_t attempts) override {
    return read_given_up(*session_, lease_.lane_id(), attempts);
  }

 private:
  [[nodiscard]] Result<CommitCounts> write_and_commit(const BatchRecord& batch);
  /// Does `write`, which stores events of the service's own node, in a transaction under the lease.
  [[nodiscard]] Result<std::uint64_t> store_beside(
      const std::function<Result<std::uint64_t>()>& write);
  [[nodiscard]] Result<std::uint64_t> write_beside(
      const std::function<Result<std::uint64_t>()>& write);
  [[nodiscard]] Result<void> end_old_segment();

  std::unique_ptr<Session> session_;
  const StoreOptions options_;
  const Clock& clock_;
  Lease lease_;
  Dictionary dictionary_;
  PackEnds ends_;
};

Result<bool> SqlComplianceStore::take_lease() {
  auto taken = lease_.take();
  if (!taken) return taken;
  // Whoever writes also checkpoints, and nobody else.
  if (const auto owned = session_->own_checkpoints(*taken); !owned) return owned.error();
  if (!*taken) return taken;
  if (const auto ended = end_old_segment(); !ended) return ended.error();
  return taken;
}

/// Each batch looks whether its segment is full; this is for a lane without batches.
Result<void> SqlComplianceStore::end_old_segment() {
  std::optional<std::uint64_t> next_event_id;
  const UtcTime now = clock_.utc_now();
  const auto looked = session_->query(
      "SELECT first_event_id, last_event_id, opened_at FROM segment WHERE lane_id = ?1"
      " AND state = 'hot' AND last_event_id IS NOT NULL",
      {lease_.lane_id()}, [&](const Row& row) {
        const std::uint64_t next = row.number(1) + 1;
        const UtcTime opened_at = utc_from_micros(row.integer(2));
        if (options_.segments.are_reached(next - row.number(0), now - opened_at)) {
          next_event_id = next;
        }
        return false;
      });
  if (!looked || !next_event_id) return looked;
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  if (const auto checked = lease_.check(); !checked) return checked.error();
  const auto hot = hot_segment(*session_, lease_.lane_id(), *next_event_id, options_.segments, now);
  if (!hot) return hot.error();
  return transaction.commit();
}

Result<void> SqlComplianceStore::mark_attempt(const Attempt& attempt) {
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  if (const auto checked = lease_.check(); !checked) return checked.error();
  auto written = write_attempt(*session_, lease_.lane_id(), attempt, clock_.utc_now());
  if (!written) return written;
  return transaction.commit();
}

Result<CommitCounts> SqlComplianceStore::commit(const BatchRecord& batch) {
  auto counts = write_and_commit(batch);
  if (counts) {
    dictionary_.keep();
  } else {
    dictionary_.forget();
  }
  return counts;
}

Result<CommitCounts> SqlComplianceStore::write_and_commit(const BatchRecord& batch) {
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  if (const auto checked = lease_.check(); !checked) return checked.error();
  BatchWriter writer(*session_, dictionary_, ends_, lease_.lane_id(), options_.segments, batch);
  auto counts = writer.write();
  if (!counts) return counts;
  if (reach_failpoint("store.before_commit") == Failure::error) {
    return Error{Action::reconnect, "failure point store.before_commit"};
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  if (reach_failpoint("store.commit_lost") == Failure::error ||
      reach_failpoint("store.after_commit") == Failure::error) {
    return Error{Action::in_doubt, "failure point: the answer to COMMIT is lost"};
  }
  ends_.keep(writer.take_ends());
  return counts;
}

Result<std::uint64_t> SqlComplianceStore::store_beside(
    const std::function<Result<std::uint64_t>()>& write) {
  auto stored = write_beside(write);
  if (stored) {
    dictionary_.keep();
  } else {
    dictionary_.forget();
  }
  return stored;
}

Result<std::uint64_t> SqlComplianceStore::write_beside(
    const std::function<Result<std::uint64_t>()>& write) {
  if (const auto begun = session_->begin(); !begun) return begun.error();
  Transaction transaction(*session_);
  if (const auto checked = lease_.check(); !checked) return checked.error();
  auto stored = write();
  if (!stored) return stored;
  if (reach_failpoint("store.before_closing") == Failure::error) {
    return Error{Action::reconnect, "failure point store.before_closing"};
  }
  if (const auto committed = transaction.commit(); !committed) return committed.error();
  if (reach_failpoint("store.after_closing") == Failure::error) {
    return Error{Action::in_doubt, "failure point: the answer to COMMIT is lost"};
  }
  return stored;
}

}  // namespace

Result<std::unique_ptr<ComplianceStore>> ComplianceStore::open(const std::string& dsn,
                                                               StoreOptions options,
                                                               const Clock& clock) {
  auto session = open_schema(dsn, OpenMode::read_write, Schema::mgccomp);
  if (!session) return session.error();
  return over(std::move(*session), std::move(options), clock);
}

std::unique_ptr<ComplianceStore> ComplianceStore::over(std::unique_ptr<Session> session,
                                                       StoreOptions options, const Clock& clock) {
  return std::make_unique<SqlComplianceStore>(std::move(session), std::move(options), clock);
}

}  // namespace mgc::db
