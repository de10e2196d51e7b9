#pragma once

#include <memory>
#include <string>

#include "core/result.hpp"
#include "db/session.hpp"
#include "schema/duty.hpp"

namespace mgc::db {

/// Who a program says that it works for; which user that is, the database says.
struct DutyAuthor {
  std::string os_user, host;
};

/// A session of whoever keeps the record: holds, retention, redaction. With SQLite it writes the
/// file beside the service, which waits meanwhile.
///
/// Threads: one owner. Errors: each call says.
class DutyLog {
 public:
  /// @errors stop  not initialised, no rights. reconnect  cannot be reached.
  [[nodiscard]] static Result<DutyLog> open(const std::string& dsn);
  /// For who only reads it.
  [[nodiscard]] static Result<DutyLog> open_to_read(const std::string& dsn);

  [[nodiscard]] Session& session() { return *session_; }
  [[nodiscard]] const std::string& dsn() const { return dsn_; }

 private:
  DutyLog(std::unique_ptr<Session> session, std::string dsn)
      : session_(std::move(session)), dsn_(std::move(dsn)) {}
  std::unique_ptr<Session> session_;
  std::string dsn_;
};

}  // namespace mgc::db
