#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/slice.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// Who is in a room, after those of its events that were taken in order. A person is one by the
/// uri, wherever and however often joined: the first PART ends it, also one that the service made
/// for a node that crashed.
///
/// Threads: one owner. Errors: none. Memory: whoever is in the room.
class RoomPresence {
 public:
  /// The kinds that it looks at.
  static const std::vector<schema::EventKind>& kinds();

  void take(const db::RoomEvent& event);

  /// In order of their uris.
  [[nodiscard]] std::vector<Occupant> people() const;
  [[nodiscard]] bool has(const std::string& uri) const { return people_.contains(uri); }

 private:
  std::map<std::string, Occupant> people_;
};

}  // namespace mgc::audit
