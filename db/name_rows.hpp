#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

/// Adds `names` by INSERT statements of many rows, for engines without anything faster.
template <typename View>
[[nodiscard]] Result<void> insert_names(Session& session, std::span<const View> names);

}  // namespace mgc::db
