#include "db/duty_log.hpp"

#include "db/dsn.hpp"
#include "db/schema_version.hpp"

namespace mgc::db {

Result<DutyLog> DutyLog::open(const std::string& dsn) {
  auto session =
      open_schema(dsn, is_sqlite(dsn) ? OpenMode::read_write : OpenMode::note, Schema::mgccomp);
  if (!session) return session.error();
  return DutyLog(std::move(*session), dsn);
}

Result<DutyLog> DutyLog::open_to_read(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  return DutyLog(std::move(*session), dsn);
}

}  // namespace mgc::db
