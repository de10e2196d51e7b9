#include "db/node_position.hpp"

#include "core/assert.hpp"
#include "core/planted_bug.hpp"

namespace mgc::db {
namespace {

PositionChange begin_change(Fit fit, const NodePosition& position) {
  PositionChange change;
  change.fit = fit;
  change.position = position;
  return change;
}

PositionChange extend(const NodePosition& position, SequenceRange range) {
  PositionChange change = begin_change(Fit::extends, position);
  if (range.first > position.max_seen + 1 && !planted_bug("forget_gaps")) {
    change.gap_opened = SequenceRange{position.max_seen + 1, range.first - 1};
  } else if (position.contiguous_through == position.max_seen) {
    change.position.contiguous_through = range.last;
  }
  change.position.max_seen = range.last;
  return change;
}

PositionChange fill(const NodePosition& position, std::span<const SequenceRange> open_gaps,
                    SequenceRange range) {
  const SequenceRange gap = open_gaps.front();
  PositionChange change = begin_change(Fit::fills, position);
  change.gap_filled = gap;
  if (range.first > gap.first) change.still_missing.push_back({gap.first, range.first - 1});
  if (range.last < gap.last) change.still_missing.push_back({range.last + 1, gap.last});
  // The lowest gap ends what is contiguous; filling a higher one changes nothing there.
  if (gap.first == position.contiguous_through + 1) {
    const bool closed = change.still_missing.empty();
    const std::uint64_t before_next =
        open_gaps.size() > 1 ? open_gaps[1].first - 1 : position.max_seen;
    change.position.contiguous_through =
        closed ? before_next : change.still_missing.front().first - 1;
  }
  return change;
}

}  // namespace

PositionChange place_range(const NodePosition& position, std::span<const SequenceRange> open_gaps,
                           SequenceRange range) {
  MGC_ASSERT(range.first >= 1 && range.first <= range.last);
  if (range.first > position.max_seen) return extend(position, range);
  if (!open_gaps.empty()) {
    const SequenceRange gap = open_gaps.front();
    if (gap.first <= range.first && range.last <= gap.last) return fill(position, open_gaps, range);
    if (gap.first <= range.last) return begin_change(Fit::overlaps, position);
  }
  return begin_change(range.last <= position.max_seen ? Fit::covered : Fit::overlaps, position);
}

}  // namespace mgc::db
