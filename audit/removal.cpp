#include "audit/removal.hpp"

#include "audit/event_json.hpp"
#include "schema/limits.hpp"

namespace mgc::audit {

using nlohmann::json;

std::optional<Removal> read_removal(const schema::EventView& event) {
  if (event.kind != schema::EventKind::removal || !event.duty) return std::nullopt;
  Removal removal;
  const json details = parse_flat(std::string(event.duty->details));
  if (!details.is_object()) return removal;
  removal.lane = text_in(details, "lane");
  removal.root = text_in(details, "root");
  const json first = details.value("first_event_id", json());
  const json last = details.value("last_event_id", json());
  if (!first.is_number_unsigned() || !last.is_number_unsigned()) return removal;
  if (first > last || last > schema::kNumberMax) return removal;
  removal.first_event_id = first;
  removal.last_event_id = last;
  return removal;
}

}  // namespace mgc::audit
