#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/odbc/connection.hpp"
#include "db/session.hpp"

namespace mgc::db::mssql {

/// As Session::describe(). @param warnings  of the connection string.
[[nodiscard]] Result<DatabaseStatus> describe(Session& session, const odbc::Connection& connection,
                                              const std::vector<std::string>& warnings);

/// As Session::durability_faults().
[[nodiscard]] Result<std::vector<std::string>> durability_faults(Session& session);

}  // namespace mgc::db::mssql
