#include "schema/duty.hpp"

#include <fmt/format.h>

namespace mgc::schema {

Event duty_event(const DutyEntry& entry) {
  Event event;
  event.kind = entry.kind;
  event.occurred_at = entry.written_at;
  event.actor = Person{"mgc-user:" + entry.person(), entry.person(), "", false};
  event.content = fmt::format("{} {}", entry.command, entry.details);
  event.duty = Duty{entry.entry, entry.of_entry, entry.database_user, entry.os_user,
                    entry.host,  entry.command,  entry.details};
  return event;
}

}  // namespace mgc::schema
