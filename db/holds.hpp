#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "db/duty_log.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// What a hold keeps; each field that is set narrows it, and none keeps everything.
struct HoldScope {
  std::optional<std::string> room = std::nullopt;  ///< its address, or a name that it had; exact
  std::optional<std::string> person =
      std::nullopt;  ///< address, name or e-mail of who did it, or to whom; exact
  std::optional<UtcTime> since = std::nullopt;  ///< occurred_at, inclusive
  std::optional<UtcTime> until = std::nullopt;  ///< occurred_at, exclusive

  bool operator==(const HoldScope&) const = default;
};

struct NewHold {
  HoldScope scope;
  std::string name;  ///< of the case, for instance
  std::string reason;
};

/// A hold as it was added, and what became of it.
struct HoldRow {
  schema::DutyEntry added;
  HoldScope scope;
  std::optional<schema::DutyEntry> released;
};

/// How many events one hold keeps.
struct HeldCount {
  std::int64_t hold = 0;
  std::uint64_t events = 0;
};

/// A JSON document of what the hold says, as its row and its event have it.
[[nodiscard]] std::string hold_details(const NewHold& hold);

/// Adds a hold, from its commit on; returns its entry.
/// @errors stop  no rights; as those of the session.
[[nodiscard]] Result<std::int64_t> add_hold(DutyLog& log, const NewHold& hold,
                                            const DutyAuthor& author);
/// Releases one. @errors stop  there is no such hold, or it was released before.
[[nodiscard]] Result<void> release_hold(DutyLog& log, std::int64_t hold, const std::string& reason,
                                        const DutyAuthor& author);

/// All holds, oldest first.
[[nodiscard]] Result<std::vector<HoldRow>> list_holds(Session& session);
/// How many rows there are, holds and releases: one more, and something was added.
[[nodiscard]] Result<std::int64_t> count_holds(Session& session);
/// What each hold keeps of a segment, in order; those that keep nothing are left out.
[[nodiscard]] Result<std::vector<HeldCount>> held_in(Session& session, std::uint64_t segment);
/// The holds that keep one event.
[[nodiscard]] Result<std::vector<std::int64_t>> holds_of(Session& session, std::uint64_t segment,
                                                         std::uint64_t event_id);

}  // namespace mgc::db
