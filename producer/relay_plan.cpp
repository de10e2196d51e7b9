#include "producer/relay_plan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace mgc::producer {

RelayPlan::RelayPlan(spool::Position accepted, spool::Position receipted,
                     std::chrono::milliseconds receipt_wait, SteadyTime now)
    : receipt_wait_(receipt_wait),
      accepted_(std::max(accepted, receipted)),
      receipted_(receipted),
      cursor_(accepted_),
      sweep_end_(accepted_),
      wait_(receipt_wait),
      heard_at_(now) {}

std::size_t RelayPlan::allowance() const {
  return probing() ? probe_left_ : std::numeric_limits<std::size_t>::max();
}

std::deque<RelayPlan::Sent>::iterator RelayPlan::find(std::uint64_t tag) {
  const auto found = std::ranges::lower_bound(in_flight_, tag, {}, &Sent::tag);
  return found != in_flight_.end() && found->tag == tag ? found : in_flight_.end();
}

std::uint64_t RelayPlan::sent(spool::Position last) {
  const std::uint64_t tag = next_tag_++;
  if (probing()) {
    probe_last_ = {tag, probe_cursor_, last, false};
    probe_cursor_ = last;
    --probe_left_;
  } else {
    in_flight_.push_back({tag, cursor_, last, false});
    cursor_ = last;
  }
  return tag;
}

void RelayPlan::unsent(std::uint64_t tag) {
  if (probe_last_.tag == tag) {
    probe_cursor_ = probe_last_.before;
    ++probe_left_;
  } else if (!in_flight_.empty() && in_flight_.back().tag == tag) {
    cursor_ = in_flight_.back().before;
    in_flight_.pop_back();
  }
}

void RelayPlan::settled(std::uint64_t tag, SteadyTime now) {
  const auto found = find(tag);
  if (found == in_flight_.end()) return;
  found->settled = true;
  while (!in_flight_.empty() && in_flight_.front().settled) {
    // The wait for a receipt begins with the first pack that was accepted after the last one.
    if (!receipt_missing()) heard_at_ = now;
    accepted_ = std::max(accepted_, in_flight_.front().last);
    in_flight_.pop_front();
  }
}

void RelayPlan::returned(std::uint64_t tag) {
  if (find(tag) == in_flight_.end()) return;
  in_flight_.clear();
  cursor_ = accepted_;
}

void RelayPlan::receipted(spool::Position through, SteadyTime now) {
  if (through > receipted_) {
    heard_at_ = now;
    wait_ = receipt_wait_;
    probe_again_ = through == probe_last_.last && through < accepted_;
    if (through >= accepted_) probe_packs_ = kProbePacksFirst;
  } else if (through < receipted_) {
    sweep_end_ = accepted_;
  } else if (!probing() && probe_last_.tag != 0) {
    probe_behind_ = probe_cursor_ < sweep_end_;
    if (!probe_behind_) probe_packs_ = kProbePacksFirst;
  }
  // Backwards too: a database that was restored has forgotten what it held.
  receipted_ = through;
  accepted_ = std::max(accepted_, receipted_);
  cursor_ = std::max(cursor_, receipted_);
  probe_cursor_ = std::max(probe_cursor_, receipted_);
}

bool RelayPlan::tick(SteadyTime now) {
  if (!receipt_missing() || probing()) return false;
  const bool at_once = probe_again_ || probe_behind_;
  if (!at_once && now - heard_at_ < wait_) return false;
  if (at_once) {
    probe_packs_ = std::min(probe_packs_ * 2, kProbePacksMax);
  } else {
    wait_ = std::min<std::chrono::milliseconds>(
        wait_ * 2, std::max<std::chrono::milliseconds>(kProbeWaitMax, receipt_wait_));
  }
  heard_at_ = now;
  if (!std::exchange(probe_behind_, false)) probe_cursor_ = receipted_;
  probe_again_ = false;
  probe_left_ = probe_packs_;
  return true;
}

}  // namespace mgc::producer
