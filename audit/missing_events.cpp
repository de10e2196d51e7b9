#include "audit/missing_events.hpp"

#include <algorithm>

namespace mgc::audit {

void MissingEvents::see(std::size_t lane, std::uint64_t event_id) {
  while (lane_ < lane) end_lane();
  add(event_id);
  next_ = event_id + 1;
}

void MissingEvents::end_lane() {
  add(lanes_[lane_].events);
  ++lane_;
  next_ = 0;
}

void MissingEvents::add(std::uint64_t end) {
  if (end <= next_) return;
  if (runs_.size() < kRunsMax) {
    runs_.push_back({lane_, next_, end});
  } else {
    beyond_ += end - next_;
  }
}

std::vector<MissingEvents::Run> MissingEvents::removals_of(std::size_t lane) const {
  std::vector<Run> all;
  for (const Removal& removal : removals_) {
    const std::uint64_t events = lanes_[lane].events;
    const bool is_none = removal.last_event_id < removal.first_event_id;
    if (removal.lane != lanes_[lane].name || is_none || removal.first_event_id >= events) continue;
    all.push_back({lane, removal.first_event_id, std::min(removal.last_event_id, events - 1) + 1});
  }
  std::ranges::sort(all, {}, &Run::first);
  std::vector<Run> joined;
  for (const Run& run : all) {
    if (joined.empty() || run.first > joined.back().end) {
      joined.push_back(run);
    } else {
      joined.back().end = std::max(joined.back().end, run.end);
    }
  }
  return joined;
}

MissingEvents::Counts MissingEvents::count() {
  while (lane_ < lanes_.size()) end_lane();
  Counts counts{0, beyond_};
  for (auto run = runs_.begin(); run != runs_.end();) {
    const auto removals = removals_of(run->lane);
    auto removal = removals.begin();
    for (const std::size_t lane = run->lane; run != runs_.end() && run->lane == lane; ++run) {
      std::uint64_t left = run->end - run->first;
      while (removal != removals.end() && removal->end <= run->first) ++removal;
      for (auto over = removal; over != removals.end() && over->first < run->end; ++over) {
        left -= std::min(run->end, over->end) - std::max(run->first, over->first);
      }
      counts.missing += left;
      counts.removed += run->end - run->first - left;
    }
  }
  return counts;
}

}  // namespace mgc::audit
