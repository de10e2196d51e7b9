#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/closing_page.hpp"
#include "schema/event_view.hpp"

namespace mgc::consumer {

/// Who is in which room, after the events of one session that were taken in order. When more are
/// joined than it may hold, it forgets the last rooms: another look at the same events, from
/// rest() on, finds those.
///
/// Looks never overlap, so nobody is found twice. Where one room alone is too large its people are
/// parted too; somebody of those who goes on under another address, without the event naming the
/// room, may then be found by neither look.
///
/// Threads: one owner. Errors: none. Memory: `entries_max` entries, at least 1, of at most 5 KiB.
class JoinedPeople {
 public:
  using Key = std::pair<std::string, std::string>;  ///< uris of room and person, in this order

  /// Looks at whoever is at or behind `begin`.
  explicit JoinedPeople(std::size_t entries_max, Key begin = {})
      : entries_max_(entries_max), begin_(std::move(begin)) {}

  void take(const schema::EventView& event);

  /// Those who are joined, before rest(), in order of room and person.
  [[nodiscard]] std::vector<db::LeftJoined> left() &&;
  /// Where the next look begins; nullopt when nobody was forgotten.
  [[nodiscard]] const std::optional<Key>& rest() const { return end_; }

 private:
  [[nodiscard]] bool is_mine(const Key& key) const;
  void join(const schema::Room& room, const schema::PersonView& person);
  void rename(const schema::EventView& event);
  void forget_the_last();

  const std::size_t entries_max_;
  const Key begin_;
  std::optional<Key> end_;  ///< exclusive
  std::map<Key, db::LeftJoined> joined_;
};

}  // namespace mgc::consumer
