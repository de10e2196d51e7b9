#pragma once

#include <memory>

#include "core/result.hpp"
#include "db/postgresql/connection.hpp"
#include "db/postgresql/server_options.hpp"
#include "db/session.hpp"

namespace mgc::db::postgresql {

/// Connects to the database that `options` names, makes it and its schema in mode `create`, and
/// sets what the session needs. @errors as Connection::open(); stop also for a server before 15
/// and for a database that does not hold UTF-8.
[[nodiscard]] Result<std::unique_ptr<Connection>> open_database(const ServerOptions& options,
                                                                OpenMode mode);

}  // namespace mgc::db::postgresql
