#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "schema/event.hpp"

namespace mgc::schema {

/// What is done with the record itself, by auditors and by those who keep it; each is a kind of
/// event that the service alone makes.
inline constexpr std::array kDutyKinds = {EventKind::access, EventKind::hold, EventKind::removal,
                                          EventKind::redaction};

[[nodiscard]] constexpr bool is_duty(EventKind kind) {
  return kind >= EventKind::access && kind <= EventKind::redaction;
}

/// One row of access_log, hold, removal or redaction, as a table that is never changed holds it.
struct DutyEntry {
  EventKind kind = EventKind::access;
  std::int64_t entry = 0;     ///< its number in its table, 1 and up
  std::int64_t of_entry = 0;  ///< the row of the same table that it ends, releases or approves
  UtcTime written_at{};       ///< by the database's clock
  std::string database_user;  ///< who the database says wrote it; empty where it knows no users
  std::string os_user;        ///< as the program said
  std::string host;           ///< as the program said
  std::string command;        ///< 1 to 1,024 bytes: "search", "add"
  std::string details;        ///< a JSON document, at most 256 KiB

  /// Who wrote it: the database's user, or the one of the machine where it knows none.
  [[nodiscard]] const std::string& person() const {
    return database_user.empty() ? os_user : database_user;
  }
  bool operator==(const DutyEntry&) const = default;
};

/// The event that `entry` becomes in the ledger. Pure.
[[nodiscard]] Event duty_event(const DutyEntry& entry);

}  // namespace mgc::schema
