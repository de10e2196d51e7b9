#include "db/projector.hpp"

#include "core/assert.hpp"

namespace mgc::db {

void Projector::add(std::span<const schema::EventView> events, const PackPlace& place,
                    std::span<const EventNames> names) {
  MGC_ASSERT(rows_.size() + events.size() <= rows_.capacity());
  MGC_ASSERT(names.empty() || names.size() == events.size());
  for (std::uint64_t i = 0; i < events.size(); ++i) {
    EventRow& row = rows_.emplace_back(row_of(events[i]));
    row.event_id = place.first_event_id + i;
    row.node_id = place.node_id;
    row.epoch = place.epoch;
    row.sequence = place.first_sequence + i;
    row.block = place.block;
    if (!names.empty()) row.names = names[i];
    lookup_.add(events[i], row.names);
  }
  lookup_.find_known();
}

}  // namespace mgc::db
