#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/session.hpp"

namespace mgc::db::mssql {

/// The shared SQL as T-SQL of SQL Server 2008 R2, parameters still as ?1, ?2 ...:
/// - T-SQL compares texts as if the shorter one were filled up with spaces, whatever the
///   collation. Behind the first WHERE, `column = ?N` of a text becomes exact by comparing both
///   with a full stop behind them too, and a column with a digest is looked up by it: names are
///   longer than an index key may be.
/// - count(*) is 32 bits; count_big(*) is not.
/// - length(), which the others have, is that of bytes here: DATALENGTH().
///
/// @param values  say which parameters are texts.
[[nodiscard]] std::string to_tsql(std::string_view sql, std::span<const Value> values);

/// `insert` with "OUTPUT inserted.<id_column>" before its VALUES.
[[nodiscard]] std::string with_output(std::string_view insert, std::string_view id_column);

/// See Session::contains(): CHARINDEX under a collation that knows both cases.
[[nodiscard]] std::string contains(std::string_view text, std::string_view part);

/// See Session::first_rows().
[[nodiscard]] std::string first_rows(const std::string& select, std::uint64_t rows);

/// `sql` with the table of `segment` for event_1.
[[nodiscard]] std::string for_segment(std::string_view sql, std::uint64_t segment);

/// The batches of a script: what lies between lines that say GO.
[[nodiscard]] std::vector<std::string_view> split_batches(std::string_view script);

}  // namespace mgc::db::mssql
