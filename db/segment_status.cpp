#include "db/segment_status.hpp"

#include <utility>

#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {

Result<std::vector<SegmentStatus>> read_segment_status(const std::string& dsn) {
  std::vector<SegmentStatus> segments;
  const auto session = open_session(dsn, OpenMode::read_only);
  if (!session) return session.error();
  const auto schema = read_schema_status(**session, Schema::mgccomp);
  if (!schema) return schema.error();
  if (schema->version == 0 || schema->version < schema->newest_version) return segments;
  const auto listed = (*session)->query(
      "SELECT lane.name, s.segment, s.state, s.first_event_id, s.last_event_id, s.opened_at,"
      " s.sealed_at, CASE WHEN s.state = 'next' THEN 1 ELSE 0 END AS is_next FROM segment AS s"
      " JOIN lane ON lane.lane_id = s.lane_id"
      " ORDER BY lane.lane_id, is_next, s.first_event_id, s.segment",
      {}, [&](const Row& row) {
        SegmentStatus one{
            row.text(0), row.number(1), row.text(2), 0, utc_from_micros(row.integer(5)),
            std::nullopt};
        if (!row.is_null(4)) one.events = row.number(4) - row.number(3) + 1;
        if (!row.is_null(6)) one.sealed_at = utc_from_micros(row.integer(6));
        segments.push_back(std::move(one));
        return true;
      });
  if (!listed) return listed.error();
  return segments;
}

}  // namespace mgc::db
