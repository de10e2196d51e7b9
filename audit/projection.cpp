#include "audit/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace mgc::audit {
namespace {

/// Whether the id of a row stands for what the event said, and for nobody where it said nothing.
template <typename View>
bool is_name(std::int64_t id, const db::Name* stored, const std::optional<View>& said) {
  if (!said) return id == 0;
  if (stored == nullptr) return false;
  const db::Name name = db::name_of(*said);
  return stored->kind == name.kind && stored->parts == name.parts;
}

}  // namespace

std::string projection_differences(const schema::EventView& event, const db::ProjectedRow& row) {
  std::string names;
  const auto check = [&names](bool is_same, std::string_view column) {
    if (is_same) return;
    if (!names.empty()) names += ", ";
    names += column;
  };
  const db::EventRow said = db::row_of(event);
  const db::EventRow& stored = row.event;
  check(stored.kind == said.kind, "kind");
  check(stored.occurred_at == said.occurred_at, "occurred_at");
  check(is_name(stored.names.room_id, row.room, event.room), "room");
  check(is_name(stored.names.actor_id, row.actor, event.actor), "actor");
  check(is_name(stored.names.target_id, row.target, event.target), "target");
  check(stored.content == said.content, "content");
  check(stored.chat_id == said.chat_id, "chat_id");
  check(stored.file_name == said.file_name, "file_name");
  check(stored.file_sha256 == said.file_sha256, "file_sha256");
  return names;
}

void ProjectionCheck::begin(const db::ProjectedRows& rows) {
  rows_ = &rows.rows();
  next_ = 0;
}

void ProjectionCheck::end() { skip_to(std::numeric_limits<std::uint64_t>::max()); }

void ProjectionCheck::skip_to(std::uint64_t event_id) {
  for (; next_ < rows_->size() && (*rows_)[next_].event.event_id < event_id; ++next_) {
    report_.add(fmt::format("event {}", (*rows_)[next_].event.event_id),
                "a row of it is stored that no pack has a place for");
  }
}

void ProjectionCheck::check(const CheckedPack& pack) {
  for (std::size_t i = 0; i < pack.pack.size(); ++i) {
    const std::uint64_t id = pack.row.first_event_id + i;
    skip_to(id);
    const bool has_row = next_ < rows_->size() && (*rows_)[next_].event.event_id == id;
    // A removal that is noted and not done yet leaves the row of an event that was redacted before.
    const bool may_have_none = pack.stored.is_redacted(i) && taken_.is_removed(id);
    if (may_have_none) {
      if (!has_row || taken_.redacted(id) == nullptr) continue;
      --report_.removed_events;
      ++report_.redacted_events;
    }
    if (next_ == rows_->size() || (*rows_)[next_].event.event_id != id) {
      report_.add(fmt::format("event {}", id), "its row is missing");
      continue;
    }
    check_event(pack, i, (*rows_)[next_++]);
  }
}

void ProjectionCheck::check_event(const CheckedPack& pack, std::size_t index,
                                  const db::ProjectedRow& row) {
  const db::EventRow& event = row.event;
  const auto add = [&](std::string what) {
    report_.add(fmt::format("event {}", event.event_id), std::move(what));
  };
  Times& times = times_[row.segment];
  times.least = times.any ? std::min(times.least, event.occurred_at) : event.occurred_at;
  times.greatest = times.any ? std::max(times.greatest, event.occurred_at) : event.occurred_at;
  times.any = true;
  if (row.node == nullptr || row.node->parts[0] != pack.row.node || event.epoch != pack.row.epoch ||
      event.sequence != pack.row.first_sequence + index || event.block != pack.row.block) {
    add("its row names another place than its pack");
  }
  if (pack.stored.is_redacted(index)) {
    const schema::EventView* said = taken_.redacted(event.event_id);
    // Without one its bytes are gone and nobody says why: that is a finding of Taken.
    const auto names = said == nullptr ? "" : projection_differences(*said, row);
    if (!names.empty()) add("its row says something else than its redaction: " + names);
    return;
  }
  const auto view = schema::view_event(pack.pack.event(index));
  if (!view) {
    add("it cannot be read: " + view.error().message);
    return;
  }
  if (auto names = projection_differences(*view, row); !names.empty()) {
    add("its row says something else than its evidence: " + names);
  }
}

void ProjectionCheck::finish(std::uint64_t events) {
  std::uint64_t next_id = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const db::SegmentRow& segment = segments_[i];
    if (segment.ids.last < segment.ids.first) continue;
    const auto first = static_cast<std::uint64_t>(segment.ids.first);
    if (first != next_id) {
      report_.add(fmt::format("segment {}", segment.segment),
                  fmt::format("it says that it begins with event {}; those before it end before {}",
                              segment.ids.first, next_id));
    }
    next_id = static_cast<std::uint64_t>(segment.ids.last) + 1;
    if (times_[i].any && !taken_.is_removed(first)) check_times(segment, times_[i]);
  }
  if (next_id == events) return;
  report_.add("segments",
              fmt::format("they say that the lane's events end before {}; its packs hold {}",
                          next_id, events));
}

// By its times a segment is left out of a search.
void ProjectionCheck::check_times(const db::SegmentRow& segment, const Times& times) {
  const auto report_if = [&](bool differs, std::string_view which, std::int64_t said) {
    if (!differs) return;
    report_.add(fmt::format("segment {}", segment.segment),
                fmt::format("the {} time that it says of its events is not so: {} microseconds "
                            "since 1970",
                            which, said));
  };
  report_if(segment.least_occurred_at != times.least, "least", segment.least_occurred_at);
  report_if(segment.greatest_occurred_at != times.greatest, "greatest",
            segment.greatest_occurred_at);
}

}  // namespace mgc::audit
