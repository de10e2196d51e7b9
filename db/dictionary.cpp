#include "db/dictionary.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace mgc::db {
namespace {

/// How views of one kind are stored.
template <typename View>
struct Table;

template <>
struct Table<schema::PersonView> {
  static constexpr std::string_view kFind =
      "SELECT person_id, uri, name, email, \"external\" FROM person WHERE uri IN (";
  static constexpr std::string_view kAdd =
      "INSERT INTO person (uri, name, email, \"external\") VALUES ";
  static constexpr std::string_view kId = "person_id";
  static std::array<Value, 4> values(const schema::PersonView& person) {
    return {person.uri, person.name, person.email, person.external};
  }
  struct Stored {
    explicit Stored(const Row& row)
        : uri(row.text(1)), name(row.text(2)), email(row.text(3)), external(row.integer(4) != 0) {}
    [[nodiscard]] schema::PersonView view() const { return {uri, name, email, external}; }
    std::string uri, name, email;
    bool external;
  };
};

template <>
struct Table<schema::RoomView> {
  static constexpr std::string_view kFind = "SELECT room_id, uri, name FROM room WHERE uri IN (";
  static constexpr std::string_view kAdd = "INSERT INTO room (uri, name) VALUES ";
  static constexpr std::string_view kId = "room_id";
  static std::array<Value, 2> values(const schema::RoomView& room) { return {room.uri, room.name}; }
  struct Stored {
    explicit Stored(const Row& row) : uri(row.text(1)), name(row.text(2)) {}
    [[nodiscard]] schema::RoomView view() const { return {uri, name}; }
    std::string uri, name;
  };
};

}  // namespace

std::string_view Dictionary::make_key(char kind, std::initializer_list<std::string_view> fields) {
  key_.assign(1, kind);
  for (const std::string_view field : fields) {
    const auto size = static_cast<std::uint32_t>(field.size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof(size));
    key_.append(field);
  }
  return key_;
}

Result<std::int64_t> Dictionary::find_or_add(std::string_view key, std::string_view find,
                                             std::string_view add, std::string_view id_column,
                                             std::initializer_list<Value> values) {
  if (const auto known = ids_.find(key); known != ids_.end()) return known->second;
  auto id = session_.query_number(find, values);
  if (!id) return id.error();
  if (!*id) {
    const auto added = session_.insert_id(add, id_column, values);
    if (!added) return added.error();
    *id = *added;
  }
  remember(key, **id);
  return **id;
}

void Dictionary::remember(std::string_view key, std::int64_t id) {
  if (bytes_ + key.size() > bytes_max_) {
    // Beginning anew is cheaper than keeping an order of use, and happens seldom.
    ids_.clear();
    added_.clear();
    bytes_ = 0;
  }
  if (!ids_.emplace(key, id).second) return;
  bytes_ += key.size();
  added_.emplace_back(key);
}

Result<std::int64_t> Dictionary::node(std::string_view name) {
  return find_or_add(make_key('n', {name}), "SELECT node_id FROM node WHERE name = ?1",
                     "INSERT INTO node (name) VALUES (?1)", "node_id", {name});
}

Result<std::int64_t> Dictionary::room(const schema::RoomView& room) {
  return find_or_add(key_of(room), "SELECT room_id FROM room WHERE uri = ?1 AND name = ?2",
                     "INSERT INTO room (uri, name) VALUES (?1, ?2)", "room_id",
                     {room.uri, room.name});
}

std::string_view Dictionary::key_of(const schema::RoomView& room) {
  return make_key('r', {room.uri, room.name});
}

std::string_view Dictionary::key_of(const schema::PersonView& person) {
  return make_key('p', {person.uri, person.name, person.email, person.external ? "1" : "0"});
}

template <typename View>
std::optional<std::int64_t> Dictionary::known_id(const View& view) {
  const auto found = ids_.find(key_of(view));
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> Dictionary::known(const schema::PersonView& person) {
  return known_id(person);
}
std::optional<std::int64_t> Dictionary::known(const schema::RoomView& room) {
  return known_id(room);
}

template <typename View>
Result<void> Dictionary::learn_all(std::span<const View> views) {
  Wanted<View> wanted;
  for (const View& view : views) {
    const std::string_view key = key_of(view);
    if (!ids_.contains(key)) wanted.try_emplace(std::string(key), view);
  }
  if (const auto found = find_all(wanted); !found) return found.error();
  if (const auto added = add_all(wanted); !added) return added.error();
  return find_all(wanted);
}

Result<void> Dictionary::learn(std::span<const schema::PersonView> people) {
  return learn_all(people);
}
Result<void> Dictionary::learn(std::span<const schema::RoomView> rooms) { return learn_all(rooms); }

template <typename View>
Result<void> Dictionary::find_all(Wanted<View>& wanted) {
  // Every statement has the same text, so that it is prepared once: the last uri fills it up.
  constexpr std::size_t kAtOnce = 64;
  std::string sql(Table<View>::kFind);
  for (std::size_t i = 1; i <= kAtOnce; ++i) sql += fmt::format("{}?{}", i == 1 ? "" : ", ", i);
  sql += ")";
  std::vector<std::string> found;
  for (auto next = wanted.begin(); next != wanted.end();) {
    std::vector<Value> uris;
    while (next != wanted.end() && uris.size() < kAtOnce) uris.emplace_back((next++)->second.uri);
    uris.resize(kAtOnce, uris.back());
    const auto read = session_.query(sql, uris, [&](const Row& row) {
      const typename Table<View>::Stored stored(row);
      const std::string_view key = key_of(stored.view());
      if (!wanted.contains(std::string(key))) return true;
      remember(key, row.integer(0));
      found.emplace_back(key);
      return true;
    });
    if (!read) return read.error();
  }
  for (const std::string& key : found) wanted.erase(key);
  return {};
}

template <typename View>
Result<void> Dictionary::add_all(const Wanted<View>& wanted) {
  // Three sizes, so that three statements are prepared and no more.
  auto next = wanted.begin();
  std::size_t left = wanted.size();
  while (left > 0) {
    const std::size_t rows = left >= 64 ? 64 : left >= 8 ? 8 : 1;
    std::string sql(Table<View>::kAdd);
    std::vector<Value> values;
    for (std::size_t row = 0; row < rows; ++row, ++next) {
      sql += row == 0 ? "(" : ", (";
      for (const Value& value : Table<View>::values(next->second)) {
        values.push_back(value);
        sql += fmt::format("{}?{}", sql.back() == '(' ? "" : ", ", values.size());
      }
      sql += ")";
    }
    const auto added = session_.insert_rows(sql, Table<View>::kId, values);
    if (!added) return added.error();
    left -= rows;
  }
  return {};
}

Result<std::int64_t> Dictionary::person(const schema::PersonView& person) {
  return find_or_add(key_of(person),
                     "SELECT person_id FROM person WHERE uri = ?1 AND name = ?2 AND email = ?3"
                     " AND \"external\" = ?4",
                     "INSERT INTO person (uri, name, email, \"external\") VALUES (?1, ?2, ?3, ?4)",
                     "person_id", {person.uri, person.name, person.email, person.external});
}

void Dictionary::forget() {
  for (const std::string& key : added_) {
    ids_.erase(key);
    bytes_ -= key.size();
  }
  added_.clear();
}

}  // namespace mgc::db
