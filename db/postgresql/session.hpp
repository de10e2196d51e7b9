#pragma once

#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::postgresql {

/// Opens a database of a PostgreSQL server as a Session. Mode `create` makes the database, with
/// UTF-8 and the order of bytes, and the schema, when they are missing and the user may.
/// Sessions write with READ COMMITTED and synchronous_commit on (`ahead`: off); read_only ones have
/// transactions that are read-only, and read the views for auditors where there are any.
/// @param parameters  as parse_parameters() of server_options.hpp.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(std::string_view parameters,
                                                            OpenMode mode);

}  // namespace mgc::db::postgresql
