#include "db/projected_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "db/event_search.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

ByteView keep(std::pmr::monotonic_buffer_resource& texts, ByteView bytes) {
  if (bytes.empty()) return {};
  auto* place = static_cast<char*>(texts.allocate(bytes.size(), 1));
  std::memcpy(place, bytes.data(), bytes.size());
  return {place, bytes.size()};
}

EventRow read_row(const Row& row, std::pmr::monotonic_buffer_resource& texts) {
  EventRow event;
  event.event_id = row.number(0);
  event.kind = static_cast<std::int32_t>(row.integer(1));
  event.occurred_at = row.integer(2);
  event.names.room_id = row.integer(3);
  event.names.actor_id = row.integer(4);
  event.names.target_id = row.integer(5);
  event.content = keep(texts, row.bytes(6));
  event.chat_id = row.integer(7);
  if (!row.is_null(8)) event.file_name = keep(texts, row.bytes(8));
  if (!row.is_null(9)) event.file_sha256 = keep(texts, row.bytes(9));
  event.node_id = row.integer(10);
  event.epoch = row.number(11);
  event.sequence = row.number(12);
  event.block = row.number(13);
  return event;
}

}  // namespace

ProjectionReader::ProjectionReader(Session& session)
    : session_(&session),
      rooms_(session, "SELECT room_id, uri, name FROM room", "room_id", 'r'),
      people_(session, "SELECT person_id, uri, name, email, \"external\" FROM person", "person_id",
              'p'),
      nodes_(session, "SELECT node_id, name FROM node", "node_id", 'n') {}

Result<ProjectionReader> ProjectionReader::open(Session& session, const std::string& lane) {
  ProjectionReader reader(session);
  auto segments = list_segments(session, lane);
  if (!segments) return segments.error();
  reader.segments_ = std::move(*segments);
  return reader;
}

Result<void> ProjectionReader::read(std::uint64_t first, std::uint64_t end, ProjectedRows& into) {
  const std::size_t first_row = into.rows_.size();
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const IdWindow ids{std::max(segments_[i].ids.first, static_cast<std::int64_t>(first)),
                       std::min(segments_[i].ids.last, static_cast<std::int64_t>(end) - 1)};
    if (ids.first > ids.last) continue;
    if (auto read = read_segment(i, ids, into); !read) return read;
  }
  // Segments that say the same ids are a finding, and their rows have to come in order all the
  // same.
  const auto begin = into.rows_.begin() + static_cast<std::ptrdiff_t>(first_row);
  const auto id_of = [](const ProjectedRow& row) { return row.event.event_id; };
  if (!std::ranges::is_sorted(begin, into.rows_.end(), {}, id_of)) {
    std::ranges::stable_sort(begin, into.rows_.end(), {}, id_of);
  }
  return find_names(into, first_row);
}

Result<void> ProjectionReader::read_segment(std::size_t segment, const IdWindow& ids,
                                            ProjectedRows& into) {
  const std::string sql = fmt::format(
      "SELECT event_id, kind, occurred_at, room_id, actor_id, target_id, content, chat_id,"
      " file_name, file_sha256, node_id, epoch, sequence, block FROM event_{}"
      " WHERE event_id >= ?1 AND event_id <= ?2 ORDER BY event_id",
      segments_[segment].segment);
  return session_->stream(sql, {ids.first, ids.last}, [&](const Row& row) {
    ProjectedRow& added = into.rows_.emplace_back();
    added.event = read_row(row, *into.texts_);
    added.segment = segment;
    return true;
  });
}

Result<void> ProjectionReader::find_names(ProjectedRows& into, std::size_t first_row) {
  const auto rows = std::span(into.rows_).subspan(first_row);
  const auto learn = [&](StoredNames& names, auto... id_of) -> Result<void> {
    ids_.clear();
    for (const ProjectedRow& row : rows) (ids_.push_back(id_of(row.event)), ...);
    auto learnt = names.learn(ids_);
    into.names_.push_back(names.young());
    return learnt;
  };
  const auto room = [](const EventRow& row) { return row.names.room_id; };
  const auto actor = [](const EventRow& row) { return row.names.actor_id; };
  const auto target = [](const EventRow& row) { return row.names.target_id; };
  const auto node = [](const EventRow& row) { return row.node_id; };
  if (auto learnt = learn(rooms_, room); !learnt) return learnt;
  if (auto learnt = learn(people_, actor, target); !learnt) return learnt;
  if (auto learnt = learn(nodes_, node); !learnt) return learnt;
  for (ProjectedRow& row : rows) {
    row.room = rooms_.find(room(row.event));
    row.actor = people_.find(actor(row.event));
    row.target = people_.find(target(row.event));
    row.node = nodes_.find(node(row.event));
  }
  return {};
}

Result<ProjectionReader::Strays> ProjectionReader::strays(const SegmentRow& segment) {
  const std::string where =
      fmt::format(" FROM event_{} WHERE event_id < ?1 OR event_id > ?2", segment.segment);
  Strays strays;
  const auto read = session_->query("SELECT count(*), min(event_id)" + where,
                                    {segment.ids.first, segment.ids.last}, [&](const Row& row) {
                                      strays = {row.number(0), row.integer(1)};
                                      return false;
                                    });
  if (!read) return read.error();
  return strays;
}

}  // namespace mgc::db
