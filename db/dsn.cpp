#include "db/dsn.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"

namespace mgc::db {

Result<Dsn> parse_dsn(std::string_view dsn) {
  constexpr std::string_view kWayOut = "this build knows sqlite3, as in sqlite3://db=mgccomp.db";
  const std::size_t end = dsn.find("://");
  if (end == std::string_view::npos || end == 0) {
    // The text itself is not shown: it could be a password in the wrong place.
    return Error{Action::stop, fmt::format("the database string names no engine; {}", kWayOut)};
  }
  const std::string_view engine = dsn.substr(0, end);
  if (engine != "sqlite3") {
    return Error{Action::stop,
                 fmt::format("unknown database engine \"{}\"; {}", printable(engine), kWayOut)};
  }
  return Dsn{std::string(engine), std::string(dsn.substr(end + 3))};
}

}  // namespace mgc::db
