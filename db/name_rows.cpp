#include "db/name_rows.hpp"

#include <fmt/format.h>

#include <vector>

namespace mgc::db {

template <typename View>
Result<void> insert_names(Session& session, std::span<const View> names) {
  using Table = NameTable<View>;
  while (!names.empty()) {
    // Three sizes, so that three statements are prepared and no more.
    const std::size_t rows = names.size() >= 64 ? 64 : names.size() >= 8 ? 8 : 1;
    std::string sql = fmt::format("INSERT INTO {} ({}) VALUES ", Table::kTable, Table::kColumns);
    std::vector<Value> values;
    for (std::size_t row = 0; row < rows; ++row) {
      sql += row == 0 ? "(" : ", (";
      for (const Value& value : Table::values(names[row])) {
        values.push_back(value);
        sql += fmt::format("{}?{}", sql.back() == '(' ? "" : ", ", values.size());
      }
      sql += ")";
    }
    const auto added = session.insert_rows(sql, Table::kId, values);
    if (!added) return added.error();
    names = names.subspan(rows);
  }
  return {};
}

template Result<void> insert_names(Session& session, std::span<const schema::RoomView> names);
template Result<void> insert_names(Session& session, std::span<const schema::PersonView> names);

}  // namespace mgc::db
