#include "db/dsn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/utf8.hpp"

namespace mgc::db {

Result<Dsn> parse_dsn(std::string_view dsn) {
  constexpr std::array<std::string_view, 4> kEngines = {"sqlite3", "postgresql", "mysql", "odbc"};
  constexpr std::string_view kWayOut =
      "this build knows sqlite3, postgresql, mysql and odbc, as in sqlite3://db=mgccomp.db or "
      "postgresql://host=HOST dbname=mgccomp";
  const std::size_t end = dsn.find("://");
  if (end == std::string_view::npos || end == 0) {
    // The text itself is not shown: it could be a password in the wrong place.
    return Error{Action::stop, fmt::format("the database string names no engine; {}", kWayOut)};
  }
  const std::string_view engine = dsn.substr(0, end);
  if (std::ranges::find(kEngines, engine) == kEngines.end()) {
    return Error{Action::stop,
                 fmt::format("unknown database engine \"{}\"; {}", printable(engine), kWayOut)};
  }
  return Dsn{std::string(engine), std::string(dsn.substr(end + 3))};
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") &&
          host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace mgc::db
