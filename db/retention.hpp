#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/duty_log.hpp"
#include "db/holds.hpp"

namespace mgc::db {

/// A sealed segment all of whose events happened before a time, and whose content is there.
struct OldSegment {
  std::uint64_t segment = 0;
  std::int64_t lane_id = 0;
  std::string lane;
  std::uint64_t first_event_id = 0, last_event_id = 0;
  UtcTime least_occurred_at{}, greatest_occurred_at{};
  std::vector<HeldCount> held;  ///< by which holds; not empty: it stays
  bool is_noted = false;        ///< a row of `removal` names it
  bool is_recorded = false;     ///< that row is an event of the ledger
};

/// What whoever keeps the record does to segments whose time is over: notes the removal, waits
/// until the service has made an event of the note, and removes. Whatever it is killed between, the
/// same calls go on.
///
/// Threads: one owner. Ownership: borrows the log. Errors: each call says.
class Retention {
 public:
  explicit Retention(DutyLog& log) : session_(log.session()) {}

  /// In order of lane and event id. @errors as those of the session.
  [[nodiscard]] Result<std::vector<OldSegment>> find(UtcTime before);

  /// Writes what is going to be removed into `removal`, where no row says so yet.
  /// @errors stop  no rights; as those of the session.
  [[nodiscard]] Result<void> note(const OldSegment& segment, UtcTime before,
                                  const DutyAuthor& author);
  [[nodiscard]] Result<bool> is_recorded(std::uint64_t segment);

  /// Removes the rows of its events, and puts their leaves of the ledger in the place of their
  /// bytes in its packs; in one transaction.
  /// @errors stop   a hold keeps something of it, or its note is no event of the ledger.
  ///         retry  somebody holds a lock, or a hold was added meanwhile.
  [[nodiscard]] Result<void> remove(std::uint64_t segment);

 private:
  [[nodiscard]] Result<UtcTime> newest_event(std::uint64_t segment);
  [[nodiscard]] Result<void> add_facts(OldSegment& segment);
  [[nodiscard]] Result<std::string> details_of(const OldSegment& segment, UtcTime before);

  Session& session_;
};

}  // namespace mgc::db
