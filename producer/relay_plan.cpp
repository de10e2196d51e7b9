#include "producer/relay_plan.hpp"

#include <algorithm>
#include <limits>

namespace mgc::producer {

RelayPlan::RelayPlan(spool::Position accepted, spool::Position receipted,
                     std::chrono::milliseconds receipt_wait, SteadyTime now)
    : receipt_wait_(receipt_wait),
      accepted_(std::max(accepted, receipted)),
      receipted_(receipted),
      cursor_(accepted_),
      heard_at_(now) {}

std::size_t RelayPlan::allowance() const {
  return probing_ ? probe_left_ : std::numeric_limits<std::size_t>::max();
}

std::uint64_t RelayPlan::sent(spool::Position last) {
  in_flight_.push_back({next_tag_, cursor_, last, false});
  cursor_ = last;
  if (probing_) {
    probe_end_ = last;
    --probe_left_;
    probing_ = probe_left_ > 0 && cursor_ < resume_at_;
    if (!probing_) cursor_ = std::max(cursor_, resume_at_);
  }
  return next_tag_++;
}

void RelayPlan::unsent(std::uint64_t tag) {
  if (in_flight_.empty() || in_flight_.back().tag != tag) return;
  // A probe that has just ended goes on normally: what it did not send is probed the next time.
  if (probing_) ++probe_left_;
  cursor_ = in_flight_.back().before;
  in_flight_.pop_back();
}

void RelayPlan::settled(std::uint64_t tag, SteadyTime now) {
  const auto found =
      std::ranges::lower_bound(in_flight_, tag, {}, [](const Sent& sent) { return sent.tag; });
  if (found == in_flight_.end() || found->tag != tag) return;
  found->settled = true;
  while (!in_flight_.empty() && in_flight_.front().settled) {
    // The wait for a receipt begins with the first pack that was accepted after the last one.
    if (!receipt_missing()) heard_at_ = now;
    accepted_ = std::max(accepted_, in_flight_.front().last);
    in_flight_.pop_front();
  }
}

void RelayPlan::returned(std::uint64_t tag) {
  const bool known = !in_flight_.empty() && tag >= in_flight_.front().tag;
  if (known) restart_from(probing_ ? receipted_ : accepted_);
}

void RelayPlan::receipted(spool::Position through, SteadyTime now) {
  if (through > receipted_) {
    heard_at_ = now;
    if (through >= accepted_) probe_packs_ = kProbePacksFirst;
    probe_again_ = through == probe_end_ && through < accepted_;
  }
  // Backwards too: a database that was restored has forgotten what it held.
  receipted_ = through;
  accepted_ = std::max(accepted_, receipted_);
  cursor_ = std::max(cursor_, receipted_);
}

bool RelayPlan::tick(SteadyTime now) {
  if (!receipt_missing()) return false;
  if (!probe_again_ && now - heard_at_ < receipt_wait_) return false;
  probe_again_ = false;
  heard_at_ = now;
  resume_at_ = std::max(cursor_, resume_at_);
  in_flight_.clear();
  cursor_ = receipted_;
  probing_ = true;
  probe_left_ = probe_packs_;
  probe_packs_ = std::min(probe_packs_ * 2, kProbePacksMax);
  return true;
}

void RelayPlan::restart_from(spool::Position position) {
  in_flight_.clear();
  cursor_ = position;
  probing_ = false;
}

}  // namespace mgc::producer
