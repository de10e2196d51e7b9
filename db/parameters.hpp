#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mgc::db {

/// A statement in the form of clients that count their parameters by position.
struct PositionalSql {
  std::string text;        ///< each ?N became ?
  std::vector<int> order;  ///< for each ? the N, from 1; an N may occur more than once
};

/// Rewrites ?1, ?2 ... into ?; quoted text is left alone.
[[nodiscard]] PositionalSql to_positional(std::string_view sql);

/// Rewrites ?1, ?2 ... into `mark`1, `mark`2 ...: $1 for PostgreSQL.
[[nodiscard]] std::string with_mark(std::string_view sql, char mark);

}  // namespace mgc::db
