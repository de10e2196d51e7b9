#pragma once

#include <memory>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::sqlite {

/// Opens a SQLite file as a Session: synchronous=FULL (set and read back), a time-out for locks,
/// and no checkpoints until it is told to own them. Read-only sessions have query_only set.
/// @param parameters  as parse_parameters() of connection.hpp.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(std::string_view parameters,
                                                            OpenMode mode);

}  // namespace mgc::db::sqlite
