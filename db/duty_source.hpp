#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/duty_book.hpp"
#include "db/duty_page.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// Finds the rows that say what was done with the record and are no events of the ledger yet.
///
/// Threads: one owner. Ownership: read-only sessions for its life.
/// Errors: reconnect  cannot be reached; stop  no rights, another version.
class DutySource {
 public:
  [[nodiscard]] static Result<DutySource> open(const std::string& mgccomp);

  struct Found {
    DutyPage page;
    std::vector<std::int64_t> unfit;  ///< rows that can be no event: text that is not UTF-8 ...
    std::int64_t next = 0;            ///< entry to go on from
    bool more = false;                ///< there may be others behind `next`
  };
  /// Looks at rows from entry `from` on, some thousand at a time.
  [[nodiscard]] Result<Found> find(schema::EventKind kind, std::int64_t from);

 private:
  explicit DutySource(std::unique_ptr<Session> session, std::string mgccomp)
      : session_(std::move(session)), book_(*session_, std::move(mgccomp)) {}

  std::unique_ptr<Session> session_;
  DutyBook book_;  // borrows the session
};

}  // namespace mgc::db
