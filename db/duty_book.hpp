#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/session.hpp"
#include "schema/duty.hpp"

namespace mgc::db {

/// The event that a row of a duty has become.
struct DutyPlace {
  std::int64_t entry = 0;
  std::string lane;
  std::uint64_t event_id = 0;
};

/// Reads the tables that say what was done with the record: access_log, hold, removal, redaction.
///
/// Threads: one owner, that of the session. Ownership: borrows the session; access_log is read in a
/// session of its own, since it may be a file of its own, and a snapshot that lasts would keep
/// those waiting who write it. Errors: those of the session.
class DutyBook {
 public:
  DutyBook(Session& session, std::string dsn) : session_(session), dsn_(std::move(dsn)) {}

  /// That of the tables beside access_log; borrowed.
  [[nodiscard]] Session& session() { return session_; }

  /// The rows with entries from `first` to `last`, in order; `limit` of them at most.
  [[nodiscard]] Result<std::vector<schema::DutyEntry>> entries(schema::EventKind kind,
                                                               std::int64_t first,
                                                               std::int64_t last,
                                                               std::uint64_t limit);
  /// Those of them that are events of the ledger.
  [[nodiscard]] Result<std::vector<DutyPlace>> places(schema::EventKind kind, std::int64_t first,
                                                      std::int64_t last);

  /// A pack that the service recorded as its own node.
  struct ServicePack {
    std::uint64_t first_event_id = 0;
    ByteView body;
  };
  /// All of a lane, in ledger order, until `visit` returns false; `visit` may use this book.
  [[nodiscard]] Result<void> each_pack(const std::string& lane,
                                       const std::function<bool(const ServicePack&)>& visit);

  struct Size {
    std::uint64_t rows = 0;    ///< that this login sees
    std::uint64_t hidden = 0;  ///< rows of others that it does not see
    std::uint64_t events = 0;  ///< rows that are events of the ledger, seen or not
  };
  [[nodiscard]] Result<Size> size(schema::EventKind kind);

 private:
  /// That of the table; nullptr where it is a file that is not there.
  [[nodiscard]] Result<Session*> session_of(schema::EventKind kind);

  Session& session_;
  const std::string dsn_;
  std::unique_ptr<Session> access_log_;
};

/// "access_log", "hold", "removal" or "redaction".
[[nodiscard]] std::string_view duty_table(schema::EventKind kind);

}  // namespace mgc::db
