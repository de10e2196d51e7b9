#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "db/session.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// The ids of nodes, rooms and people, one for each distinct tuple. Most lookups end in memory, so
/// that an event costs no statement for its room and its actor.
///
/// What was added in a transaction is forgotten when that transaction is rolled back; otherwise
/// later events would name rows that do not exist.
///
/// Threads: one owner. Memory: at most `bytes_max` of keys, and about as much again around them.
/// Errors:  those of the session.
class Dictionary {
 public:
  explicit Dictionary(Session& session, std::size_t bytes_max = std::size_t{16} * 1024 * 1024)
      : session_(session), bytes_max_(bytes_max) {}

  [[nodiscard]] Result<std::int64_t> node(std::string_view name);
  [[nodiscard]] Result<std::int64_t> room(const schema::RoomView& room);
  [[nodiscard]] Result<std::int64_t> person(const schema::PersonView& person);

  /// The id of one that was met before; without a statement.
  [[nodiscard]] std::optional<std::int64_t> known(const schema::PersonView& person);
  [[nodiscard]] std::optional<std::int64_t> known(const schema::RoomView& room);
  /// Makes all of them known with a few statements instead of two for each: a batch that names
  /// thousands of new ones must not wait for thousands of answers.
  [[nodiscard]] Result<void> learn(std::span<const schema::PersonView> people);
  [[nodiscard]] Result<void> learn(std::span<const schema::RoomView> rooms);

  /// After COMMIT: what was added stays.
  void keep() { added_.clear(); }
  /// After a rollback, also one of an unknown COMMIT: what was added since keep() goes.
  void forget();

  [[nodiscard]] std::size_t size() const { return ids_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  /// Fields with their lengths, so that no two tuples have the same key; valid until the next one.
  std::string_view make_key(char kind, std::initializer_list<std::string_view> fields);
  [[nodiscard]] Result<std::int64_t> find_or_add(std::string_view key, std::string_view find,
                                                 std::string_view add, std::string_view id_column,
                                                 std::initializer_list<Value> values);

  template <typename View>
  using Wanted = std::map<std::string, View>;  ///< by key

  void remember(std::string_view key, std::int64_t id);
  std::string_view key_of(const schema::PersonView& person);
  std::string_view key_of(const schema::RoomView& room);
  template <typename View>
  [[nodiscard]] std::optional<std::int64_t> known_id(const View& view);
  template <typename View>
  [[nodiscard]] Result<void> learn_all(std::span<const View> views);
  /// Finds those of `wanted` that are stored, and takes them out of it.
  template <typename View>
  [[nodiscard]] Result<void> find_all(Wanted<View>& wanted);
  template <typename View>
  [[nodiscard]] Result<void> add_all(const Wanted<View>& wanted);

  Session& session_;  // outlives this
  const std::size_t bytes_max_;
  std::size_t bytes_ = 0;  ///< of the keys in ids_
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> ids_;
  std::vector<std::string> added_;
  std::string key_;
};

}  // namespace mgc::db
