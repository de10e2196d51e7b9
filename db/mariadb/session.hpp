#pragma once

#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::mariadb {

/// Opens a MariaDB database as a Session: READ COMMITTED in strict mode, with time-outs for locks
/// and, unless it only reads, for statements. Read-only sessions begin read-only transactions.
/// @param parameters  as parse_parameters() of server_options.hpp.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(std::string_view parameters,
                                                            OpenMode mode);

}  // namespace mgc::db::mariadb
