#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "audit/slice.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// Who is in the rooms of one lane, as its JOIN and PART events say. Somebody who joins twice, from
/// two devices, is there until the first PART: events do not name devices.
///
/// Threads: one owner. Memory: everybody who is in a room, each person's names once, and what is
/// read ahead.
class Presence {
 public:
  /// @param query  only its room counts: somebody who joined before its time is there all the same.
  Presence(std::string lane, const db::EventQuery& query);

  /// Takes over what happened before `event_id`, which is not less than that of the call before.
  /// The reader may be another one each time, of the same store; it sees all before `end`, which is
  /// at least `event_id`. @errors as ComplianceReader.
  [[nodiscard]] Result<void> advance(db::ComplianceReader& reader, std::uint64_t event_id,
                                     std::uint64_t end);
  /// In order of their uris.
  [[nodiscard]] std::vector<Occupant> in(const std::string& room) const;

 private:
  struct Person {
    std::string uri, name, email;
    auto operator<=>(const Person&) const = default;
  };
  struct Inside {
    const Person* person = nullptr;
    UtcTime joined_at{};
  };
  using Room = std::map<std::string_view, Inside>;  ///< by uri, in the text of its person
  struct Step {
    std::uint64_t event_id = 0;
    Room* room = nullptr;
    Inside who;
    bool joins = false;
  };

  void read(const db::ComplianceEvent& event);
  [[nodiscard]] Result<void> read_ahead(db::ComplianceReader& reader, std::uint64_t event_id,
                                        std::uint64_t end);

  const std::string lane_;
  db::EventQuery steps_;
  std::uint64_t next_ = 0;   ///< the first event id that was not read
  std::set<Person> people_;  // a name once, however many rooms somebody is in
  std::map<std::string, Room> rooms_;
  std::deque<Step> ahead_;  ///< read, and not taken over
};

}  // namespace mgc::audit
