#include "db/event_pages.hpp"

#include <algorithm>
#include <utility>

#include "db/event_search.hpp"

namespace mgc::db {

Result<std::vector<ComplianceEvent>> find_page(Session& session, const EventQuery& query) {
  const auto segments = list_segments(session, std::nullopt);
  if (!segments) return segments.error();
  std::vector<ComplianceEvent> hits;
  std::string lane;
  std::size_t of_lane = 0;
  bool is_rare = false;
  const auto filter = make_filter(session, query);
  if (!filter) return filter.error();
  if (filter->finds_nothing()) return hits;
  for (const SegmentRow& segment : *segments) {
    if (std::exchange(lane, segment.lane) != segment.lane) of_lane = 0;
    if (of_lane >= query.limit) continue;
    const auto searched =
        search_segment(session, segment, *filter, is_rare, [&](ComplianceEvent event) {
          hits.push_back(std::move(event));
          return ++of_lane < query.limit;
        });
    if (!searched) return searched.error();
    if (wants_whole(segment, *filter)) is_rare = of_lane < query.limit;
  }
  std::ranges::stable_sort(hits, {}, &ComplianceEvent::event_id);
  if (hits.size() <= query.limit || query.limit == 0) return hits;
  // Lanes number their events apart. A page ends between two ids, so that the next page, which
  // begins above the last id, misses none.
  const std::uint64_t last = hits[query.limit - 1].event_id;
  std::erase_if(hits, [last](const ComplianceEvent& event) { return event.event_id > last; });
  return hits;
}

Result<void> show_hits(Session& session, const std::string& lane, const EventQuery& query,
                       const std::function<bool(const ComplianceEvent&)>& visit) {
  EventQuery unlimited = query;
  unlimited.limit = 0;
  const auto segments = list_segments(session, lane);
  if (!segments) return segments.error();
  const auto filter = make_filter(session, unlimited);
  if (!filter) return filter.error();
  if (filter->finds_nothing()) return {};
  bool more = true;
  for (const SegmentRow& segment : *segments) {
    if (!more) break;
    const auto searched =
        search_segment(session, segment, *filter, false,
                       [&](const ComplianceEvent& event) { return more = visit(event); });
    if (!searched) return searched.error();
  }
  return {};
}

}  // namespace mgc::db
