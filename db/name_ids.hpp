#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/event_view.hpp"

namespace mgc::db {

/// What a node, room or person is told apart by. Borrows its texts.
struct Name {
  char kind = 0;
  std::array<std::string_view, 3> parts;
};

[[nodiscard]] inline Name name_of(std::string_view node) { return {'n', {node, {}, {}}}; }
[[nodiscard]] inline Name name_of(const schema::RoomView& room) {
  return {'r', {room.uri, room.name, {}}};
}
[[nodiscard]] inline Name name_of(const schema::PersonView& person) {
  return {person.external ? 'x' : 'p', {person.uri, person.name, person.email}};
}

/// Names may have one; what they are told apart by are their texts.
[[nodiscard]] std::uint64_t hash_of(const Name& name);

/// The ids of names, in flat memory. Events name more people than a processor's cache holds, so a
/// look-up waits for memory; with a hash table of strings that was a third of what the service
/// cost. find_all() has the memory of many names fetched at once, and each takes two places of it.
///
/// Threads: one owner. Memory: bytes(), and 8 to 32 bytes for each name.
/// Errors:  none.
class NameIds {
 public:
  /// The id of each of `names` is put into `ids`; 0 for those that are not here.
  void find_all(std::span<const Name> names, std::span<std::int64_t> ids) const;
  /// 0 when it is not here.
  [[nodiscard]] std::int64_t find(const Name& name) const;
  /// Does nothing when it is here. @param id  not 0.
  void add(const Name& name, std::int64_t id);

  /// What was added stays.
  void keep();
  /// What was added since keep() goes.
  void forget();
  void clear();

  [[nodiscard]] std::size_t size() const { return count_; }
  /// Of the names with their ids.
  [[nodiscard]] std::size_t bytes() const { return records_.size(); }

 private:
  /// Where a name is in records_, plus 1, and a part of its hash; 0 = free.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t place = 0;
  };

  [[nodiscard]] std::size_t first_slot(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash) & (slots_.size() - 1);
  }
  [[nodiscard]] std::int64_t find(const Name& name, std::uint64_t hash) const;
  void put(std::uint64_t hash, std::size_t place);
  void fill_slots(std::size_t slots);

  static constexpr std::size_t kFirstSlots = 64;

  std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);  ///< half of them free; a power of 2
  std::string records_;
  std::size_t count_ = 0;
  std::size_t kept_bytes_ = 0;
  std::size_t kept_count_ = 0;
};

}  // namespace mgc::db
