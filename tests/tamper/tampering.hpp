#pragma once

#include <string>
#include <vector>

#include "tests/tamper/sqlite_file.hpp"

namespace mgc::test {

/// One change behind everybody's back.
struct Tampering {
  std::string kind;  ///< "edit", "delete", "copy", "swap" or "move"
  std::string table;
  std::string column;  ///< of an edit
  std::string row;     ///< which one, for people
  std::string sql;
};

/// Every column of every row changed, every row deleted, added again under another key, exchanged
/// with the next one, and moved into each other table of the same columns; found in the schema
/// itself, so that a new table or column joins by itself.
[[nodiscard]] std::vector<Tampering> all_tamperings(SqliteFile& file);

}  // namespace mgc::test
