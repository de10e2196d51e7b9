#include "audit/missing_events.hpp"

#include <algorithm>
#include <functional>

namespace mgc::audit {

void MissingEvents::see(std::size_t lane, std::uint64_t event_id, Seen what) {
  while (lane_ < lane) end_lane();
  last_ = event_id;
  if (what == Seen::content) {
    end_gap(event_id);
    first_ = event_id + 1;
  } else {
    add_duty(event_id);
  }
}

void MissingEvents::add_duty(std::uint64_t event_id) {
  ++present_;
  if (runs_.size() > ended_ && runs_.back().end == event_id) {
    ++runs_.back().end;
  } else if (runs_.size() < kRunsMax) {
    runs_.push_back({lane_, event_id, event_id + 1});
  } else {
    all_kept_ = false;
  }
}

void MissingEvents::learn(Removal removal) {
  const bool is_later = removal.lane != lanes_[lane_].name || removal.last_event_id < last_;
  if (is_later) removals_.push_back(std::move(removal));
}

void MissingEvents::end_lane() {
  end_gap(lanes_[lane_].events);
  ++lane_;
  first_ = 0;
}

void MissingEvents::end_gap(std::uint64_t end) {
  const std::uint64_t missing = end > first_ ? end - first_ - std::min(present_, end - first_) : 0;
  if (missing > 0 && all_kept_ && gaps_.size() < kGapsMax) {
    gaps_.push_back({lane_, first_, end, missing});
    ended_ = runs_.size();
  } else {
    runs_.resize(ended_);
    beyond_ += missing;
  }
  present_ = 0;
  all_kept_ = true;
}

MissingEvents::Removals MissingEvents::removals_of(std::size_t lane) const {
  Removals all;
  for (const Removal& removal : removals_) {
    if (removal.lane != lanes_[lane].name || removal.last_event_id < removal.first_event_id) {
      continue;
    }
    all.emplace_back(removal.first_event_id, removal.last_event_id);
  }
  std::ranges::sort(all);
  return all;
}

std::uint64_t MissingEvents::duties_in(std::size_t lane, std::uint64_t first,
                                       std::uint64_t end) const {
  std::uint64_t duties = 0;
  auto run = std::ranges::lower_bound(runs_, std::pair(lane, first), std::less<>(),
                                      [](const Run& one) { return std::pair(one.lane, one.end); });
  for (; run != runs_.end() && run->lane == lane && run->first < end; ++run) {
    duties += std::min(run->end, end) - std::max(run->first, first);
  }
  return duties;
}

std::uint64_t MissingEvents::removed_in(const Gap& gap, const Removals& removals) const {
  std::uint64_t removed = 0;
  std::uint64_t next = gap.first;  // behind what is counted
  auto removal = std::ranges::lower_bound(removals, std::pair(gap.first, std::uint64_t{0}));
  for (; removal != removals.end() && removal->first < gap.end; ++removal) {
    const auto [first, last] = *removal;
    if (last >= gap.end || last < next) continue;
    const std::uint64_t from = std::max(first, next);
    next = last + 1;
    removed += next - from - duties_in(gap.lane, from, next);
  }
  return removed;
}

MissingEvents::Counts MissingEvents::count() {
  while (lane_ < lanes_.size()) end_lane();
  Counts counts{0, beyond_};
  Removals removals;
  std::size_t lane = lanes_.size();  // of `removals`
  for (const Gap& gap : gaps_) {
    if (lane != gap.lane) removals = removals_of(gap.lane);
    lane = gap.lane;
    const std::uint64_t removed = removed_in(gap, removals);
    counts.removed += removed;
    counts.missing += gap.missing - removed;
  }
  return counts;
}

}  // namespace mgc::audit
