#include "db/dictionary.hpp"

namespace mgc::db {

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
  if (bytes_ + key.size() > bytes_max_) {
    // Beginning anew is cheaper than keeping an order of use, and happens seldom.
    ids_.clear();
    added_.clear();
    bytes_ = 0;
  }
  ids_.emplace(key, **id);
  bytes_ += key.size();
  added_.emplace_back(key);
  return **id;
}

Result<std::int64_t> Dictionary::node(std::string_view name) {
  return find_or_add(make_key('n', {name}), "SELECT node_id FROM node WHERE name = ?1",
                     "INSERT INTO node (name) VALUES (?1)", "node_id", {name});
}

Result<std::int64_t> Dictionary::room(const schema::RoomView& room) {
  return find_or_add(
      make_key('r', {room.uri, room.name}), "SELECT room_id FROM room WHERE uri = ?1 AND name = ?2",
      "INSERT INTO room (uri, name) VALUES (?1, ?2)", "room_id", {room.uri, room.name});
}

Result<std::int64_t> Dictionary::person(const schema::PersonView& person) {
  return find_or_add(
      make_key('p', {person.uri, person.name, person.email, person.external ? "1" : "0"}),
      "SELECT person_id FROM person WHERE uri = ?1 AND name = ?2 AND email = ?3"
      " AND \"external\" = ?4",
      "INSERT INTO person (uri, name, email, \"external\") VALUES (?1, ?2, ?3, ?4)", "person_id",
      {person.uri, person.name, person.email, person.external});
}

void Dictionary::forget() {
  for (const std::string& key : added_) {
    ids_.erase(key);
    bytes_ -= key.size();
  }
  added_.clear();
}

}  // namespace mgc::db
