#include "tests/simulation/store.hpp"

#include <algorithm>

namespace mgc::simulation {

std::optional<std::uint64_t> Store::take_lease(const std::string& holder, Duration length) {
  if (holder_ != holder && world_.now() < lease_until_) return std::nullopt;
  if (holder_ != holder) ++fence_;
  holder_ = holder;
  lease_until_ = world_.now() + length;
  return fence_;
}

std::optional<std::vector<db::NodeProgress>> Store::commit(std::span<const PackRef> batch,
                                                           std::uint64_t fence) {
  if (fence != fence_) return std::nullopt;
  std::map<Key, PackRef> refused;
  for (const PackRef& pack : batch) {
    if (!add(pack)) refused[{pack->node, pack->epoch}] = pack;
  }
  std::vector<db::NodeProgress> progress;
  std::set<Key> named;
  for (const PackRef& pack : batch) {
    if (!named.insert({pack->node, pack->epoch}).second) continue;
    const Stream& stream = state_.streams[{pack->node, pack->epoch}];
    const std::uint64_t through = stream.position.contiguous_through;
    progress.push_back({pack->node, pack->epoch, through, sha256_at(stream, through)});
    if (const auto no = refused.find({pack->node, pack->epoch}); no != refused.end()) {
      progress.back().refused_sha256 = no->second->sha256;
      progress.back().refused_through = no->second->last();
    }
  }
  return progress;
}

bool Store::add(const PackRef& pack) {
  ever_.insert(pack->sha256);
  Stream& stream = state_.streams[{pack->node, pack->epoch}];
  const db::SequenceRange range{pack->first, pack->last()};
  const auto change = db::place_range(stream.position, near_gaps(stream, range.first), range);
  const auto judged = db::judge_pack(facts_of(*pack, stream, change));
  if (judged.admission == db::Admission::repeat) return true;
  if (judged.admission == db::Admission::contradict) {
    state_.refused.push_back(pack);
    return false;
  }
  if (change.gap_opened) stream.gaps[change.gap_opened->first] = *change.gap_opened;
  if (change.gap_filled) stream.gaps.erase(change.gap_filled->first);
  for (const db::SequenceRange& missing : change.still_missing) {
    stream.gaps[missing.first] = missing;
  }
  stream.position = change.position;
  stream.packs[pack->first] = pack;
  for (const EventId event : pack->events) ++state_.stored[event];
  return true;
}

std::vector<db::SequenceRange> Store::near_gaps(const Stream& stream, std::uint64_t from) const {
  std::vector<db::SequenceRange> near;
  for (const auto& [first, gap] : stream.gaps) {
    if (gap.last >= from && near.size() < 2) near.push_back(gap);
  }
  return near;
}

Bytes Store::sha256_at(const Stream& stream, std::uint64_t last) {
  const auto behind = stream.packs.upper_bound(last);
  if (behind == stream.packs.begin()) return {};
  const Pack& pack = *std::prev(behind)->second;
  return pack.last() == last ? pack.sha256 : Bytes{};
}

db::AdmissionFacts Store::facts_of(const Pack& pack, const Stream& stream,
                                   const db::PositionChange& change) const {
  db::AdmissionFacts facts;
  facts.fit = change.fit;
  if (change.fit == db::Fit::covered || change.fit == db::Fit::overlaps) {
    const auto same = stream.packs.find(pack.first);
    facts.same_key = same != stream.packs.end();
    facts.same_bytes = facts.same_key && same->second->sha256 == pack.sha256;
    return facts;
  }
  const bool names_one = !pack.previous_sha256.empty();
  const bool behind_hole =
      change.gap_opened || (change.gap_filled && change.gap_filled->first < pack.first);
  if (names_one && behind_hole) {
    facts.follows = std::ranges::none_of(
        state_.refused, [&](const PackRef& one) { return one->sha256 == pack.previous_sha256; });
  } else if (names_one) {
    const Bytes before = sha256_at(stream, pack.first - 1);
    facts.follows = before.empty() || before == pack.previous_sha256;
  }
  const auto behind = stream.packs.find(pack.last() + 1);
  facts.precedes = behind == stream.packs.end() || behind->second->previous_sha256.empty() ||
                   behind->second->previous_sha256 == pack.sha256;
  return facts;
}

bool Store::restore() {
  if (!backup_) return false;
  state_ = *backup_;
  holder_.clear();
  ++fence_;
  lease_until_ = {};
  return true;
}

int Store::times_stored(EventId event) const {
  const auto found = state_.stored.find(event);
  return found == state_.stored.end() ? 0 : found->second;
}

bool Store::refused(EventId event) const {
  return std::ranges::any_of(state_.refused, [&](const PackRef& pack) {
    return std::ranges::find(pack->events, event) != pack->events.end();
  });
}

std::uint64_t Store::contiguous(const std::string& node, std::uint64_t epoch) const {
  const auto found = state_.streams.find({node, epoch});
  return found == state_.streams.end() ? 0 : found->second.position.contiguous_through;
}

std::vector<std::string> Store::broken_streams() const {
  std::vector<std::string> broken;
  for (const auto& [key, stream] : state_.streams) {
    std::uint64_t next = 1;
    Bytes previous;
    for (const auto& [first, pack] : stream.packs) {
      const bool hole = first != next;
      if (hole && !stream.gaps.contains(next)) broken.push_back("no gap before " + pack->name());
      const bool names_one = !pack->previous_sha256.empty();
      if (!hole && names_one && pack->previous_sha256 != previous) {
        broken.push_back(pack->name() + " does not follow the pack before it");
      }
      next = pack->last() + 1;
      previous = pack->sha256;
    }
  }
  return broken;
}

}  // namespace mgc::simulation
