#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/slice.hpp"

namespace mgc::audit {

/// The events of one room of a slice, or those that belong to none.
struct RoomEvents {
  std::size_t ordinal = 0;         ///< 1, 2, 3 ... by the room's first event in the slice
  std::optional<std::string> uri;  ///< nullopt: the events of no room
  std::string name;                ///< the first that is not empty
  std::vector<const db::ComplianceEvent*> events;  ///< of the slice, in its order; at least one
  const std::vector<Occupant>* present = nullptr;  ///< of the slice; never null

  /// What people call the room: its name, or its uri where it has none.
  [[nodiscard]] const std::string& title() const { return name.empty() && uri ? *uri : name; }
};

/// The rooms of `slice`, which outlives them, by ordinal.
[[nodiscard]] std::vector<RoomEvents> rooms_of(const Slice& slice);

/// Who is in a room, event after event.
///
/// Threads: one owner. Errors: none.
class Attendance {
 public:
  explicit Attendance(const std::vector<Occupant>& present);

  /// JOIN and PART change it; other events do not. Who joins again keeps the earlier time.
  void apply(const db::ComplianceEvent& event);
  void enter(const Occupant& person) { now_.try_emplace(person.uri, person); }
  [[nodiscard]] bool has(const std::string& uri) const { return now_.contains(uri); }
  /// By uri.
  [[nodiscard]] const std::map<std::string, Occupant>& now() const { return now_; }

 private:
  std::map<std::string, Occupant> now_;
};

/// The actor as the event names him, come at its time; nullopt where nobody acted.
[[nodiscard]] std::optional<Occupant> actor_of(const db::ComplianceEvent& event);

/// Milliseconds since 1970, the unit of several formats; what is smaller is cut off.
[[nodiscard]] std::int64_t to_millis(UtcTime time);

/// A name for what is made of `slice`, as no other slice has it: "86f7e437faa5a7fc-000000000012",
/// the beginning of the SHA-256 of the lane's name and the number of the slice.
[[nodiscard]] std::string slice_name(const Slice& slice);

}  // namespace mgc::audit
