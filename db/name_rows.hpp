#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "db/session.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// How names of one kind are stored.
template <typename View>
struct NameTable;

template <>
struct NameTable<schema::PersonView> {
  static constexpr std::string_view kTable = "person";
  static constexpr std::string_view kId = "person_id";
  static constexpr std::string_view kColumns = "uri, name, email, \"external\"";
  static std::array<Value, 4> values(const schema::PersonView& person) {
    return {person.uri, person.name, person.email, person.external};
  }
  /// A row of kId and kColumns.
  struct Stored {
    explicit Stored(const Row& row)
        : uri(row.text(1)), name(row.text(2)), email(row.text(3)), external(row.integer(4) != 0) {}
    [[nodiscard]] schema::PersonView view() const { return {uri, name, email, external}; }
    std::string uri, name, email;
    bool external;
  };
};

template <>
struct NameTable<schema::RoomView> {
  static constexpr std::string_view kTable = "room";
  static constexpr std::string_view kId = "room_id";
  static constexpr std::string_view kColumns = "uri, name";
  static std::array<Value, 2> values(const schema::RoomView& room) { return {room.uri, room.name}; }
  struct Stored {
    explicit Stored(const Row& row) : uri(row.text(1)), name(row.text(2)) {}
    [[nodiscard]] schema::RoomView view() const { return {uri, name}; }
    std::string uri, name;
  };
};

/// Adds `names` by INSERT statements of many rows. `run` gets each statement with its values and
/// the names that it adds.
template <typename View, typename Run>
[[nodiscard]] Result<void> insert_names(std::span<const View> names, const Run& run) {
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
    if (Result<void> added = run(sql, std::span<const Value>(values), names.first(rows)); !added) {
      return added;
    }
    names = names.subspan(rows);
  }
  return {};
}

}  // namespace mgc::db
