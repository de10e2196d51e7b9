#pragma once

#include <cstdint>
#include <vector>

#include "core/time.hpp"
#include "db/crashed_session.hpp"
#include "schema/event.hpp"

namespace mgc::db {

/// Somebody who was in a room when the node crashed.
struct LeftJoined {
  schema::Room room;  ///< as the last JOIN has it, as the person
  schema::Person person;
};

/// Some of the people whom a crashed session left joined, in order of the uris of room and person;
/// one transaction closes them.
struct ClosingPage {
  /// Most people of a page, and most bytes of their names: a pack of them is within all limits.
  static constexpr std::size_t kPeopleMax = 1'000;
  static constexpr std::size_t kBytesMax = std::size_t{1} << 20U;

  CrashedSession of;  ///< with how many are closed before this page
  std::vector<LeftJoined> people;
  UtcTime ended_at{};    ///< time of the session's last event
  bool is_last = false;  ///< nobody else is joined
};

}  // namespace mgc::db
