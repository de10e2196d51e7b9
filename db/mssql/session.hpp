#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/result.hpp"
#include "db/session.hpp"

namespace mgc::db::mssql {

/// Opens a database of Microsoft SQL Server (2008 R2 or newer) through ODBC: READ COMMITTED,
/// XACT_ABORT on, time-outs for locks and statements. SQL Server has no session that may only read:
/// a read-only session refuses to write here, and an auditor's rights refuse it there.
/// @param parameters  as parse_options() of options.hpp.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(std::string_view parameters,
                                                            OpenMode mode);

/// Every T-SQL text of this engine that is no migration, for the test that reads them under the
/// grammar.
[[nodiscard]] std::span<const std::string_view> fixed_statements();

}  // namespace mgc::db::mssql
