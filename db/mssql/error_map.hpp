#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "db/odbc/diagnostics.hpp"

namespace mgc::db::mssql {

/// Where in a transaction a call failed: the same error means something else at COMMIT, and the
/// key of a row that another session was faster with is no fault of the store.
enum class Step : std::uint8_t { opening, statement, inserting_id, committing };

/// What the caller has to do: by the number of SQL Server's or FreeTDS's own where there is one,
/// else by the SQLSTATE of the driver.
[[nodiscard]] Action action_for(const odbc::Diagnostic& diagnostic, Step step);

/// The operator's line. The server's own text is left out where it quotes values, which are chat
/// content.
[[nodiscard]] Error make_error(const odbc::Diagnostic& diagnostic, Step step,
                               std::string_view database);

}  // namespace mgc::db::mssql
