#include "tests/simulation/node.hpp"

#include <algorithm>
#include <utility>

#include "core/planted_bug.hpp"

namespace mgc::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kReceiptWait{5'000};
constexpr std::size_t kWindow = 40;
constexpr spool::Retention kRetention{std::chrono::minutes{10}, 2'000};
constexpr std::size_t kPackEvents = 4;

}  // namespace

Node::Node(World& world, Broker& broker, Oracle& oracle, std::string name, Disk disk)
    : world_(world),
      broker_(broker),
      oracle_(oracle),
      name_(std::move(name)),
      disk_(std::move(disk)),
      link_(world) {}

Disk Node::new_disk(const std::string& name, std::uint64_t epoch) {
  Disk disk;
  disk.state.chain = {name, epoch, 0, {}};
  return disk;
}

void Node::start() {
  if (running_ || quarantined_) return;
  running_ = true;
  ++life_;
  plan_.emplace(at(disk_.state.accepted), at(disk_.state.receipted), kReceiptWait,
                world_.steady_now());
  rule_ = {};
  sent_.clear();
  connect();
  tick();
}

void Node::kill() {
  if (!running_) return;
  running_ = false;
  ++life_;
  cut_link();
  // A group that was being written is on the disk or not, and nobody was told.
  if (writing_ && world_.chance(50)) record(group_);
  group_.clear();
  writing_ = false;
  if (synced_) disk_ = *std::exchange(synced_, std::nullopt);
}

void Node::connect() {
  world_.after(world_.between(milliseconds{1}, seconds{2}), [this, life = life_] {
    if (life != life_ || link_.is_open()) return;
    link_.open();
    broker_.hear(name_, this, [this](const schema::Receipt& receipt) {
      link_.from_broker([this, receipt] { on_receipt(receipt); });
    });
    step();
  });
}

void Node::cut_link() {
  if (!link_.is_open()) return;
  link_.cut();
  broker_.stop_hearing(name_, this);
  if (!running_) return;
  for (const std::uint64_t tag : std::exchange(sent_, {})) plan_->returned(tag);
  connect();
}

void Node::tick() {
  world_.after(milliseconds{250}, [this, life = life_] {
    if (life != life_) return;
    step();
    tick();
  });
}

void Node::publish(std::size_t events) {
  if (!running_) return;
  for (std::size_t i = 0; i < events; ++i) {
    oracle_.handed.insert(oracle_.next_event);
    group_.push_back(oracle_.next_event++);
  }
  if (!writing_) write_group();
}

void Node::write_group() {
  writing_ = true;
  const auto told = [this](const std::vector<EventId>& events) {
    oracle_.promised.insert(events.begin(), events.end());
    step();
  };
  if (planted_bug("skip_fsync")) {
    if (!synced_) synced_ = disk_;
    record(group_);
    told(std::exchange(group_, {}));
    writing_ = false;
    world_.after(seconds{1}, [this, life = life_] {
      if (life == life_) synced_.reset();
    });
    return;
  }
  world_.after(world_.between(milliseconds{1}, milliseconds{30}),
               [this, told, life = life_, count = group_.size()] {
                 if (life != life_) return;
                 const auto end = group_.begin() + static_cast<std::ptrdiff_t>(count);
                 const std::vector<EventId> events(group_.begin(), end);
                 group_.erase(group_.begin(), end);
                 record(events);
                 told(events);
                 writing_ = false;
                 if (!group_.empty()) write_group();
               });
}

void Node::record(const std::vector<EventId>& events) {
  spool::PackChain& chain = disk_.state.chain;
  for (std::size_t from = 0; from < events.size(); from += kPackEvents) {
    const std::size_t to = std::min(events.size(), from + kPackEvents);
    const PackRef pack = make_pack(name_, chain.epoch, chain.last_sequence + 1, chain.last_sha256,
                                   {events.begin() + static_cast<std::ptrdiff_t>(from),
                                    events.begin() + static_cast<std::ptrdiff_t>(to)});
    disk_.packs[pack->first] = pack;
    chain.last_sequence = pack->last();
    chain.last_sha256 = pack->sha256;
    spool::note_recorded(disk_.state, 1);
  }
}

void Node::step() {
  if (!running_) return;
  plan_->tick(world_.steady_now());
  const std::uint64_t accepted = plan_->accepted().sequence;
  disk_.state.accepted = std::max(accepted, disk_.state.receipted);
  if (planted_bug("purge_on_accepted") && accepted > disk_.state.receipted) take_receipt(accepted);
  while (link_.is_open() && sent_.size() < kWindow && plan_->allowance() > 0) {
    const auto next = disk_.packs.upper_bound(plan_->cursor().sequence);
    if (next == disk_.packs.end()) break;
    send(next->second, plan_->sent(at(next->second->last())));
  }
}

void Node::send(const PackRef& pack, std::uint64_t tag) {
  sent_.push_back(tag);
  link_.to_broker([this, pack, tag] {
    broker_.take(pack);
    link_.from_broker([this, tag] {
      std::erase(sent_, tag);
      plan_->settled(tag, world_.steady_now());
      step();
    });
  });
}

spool::PackMatch Node::compare(std::uint64_t through, const Bytes& sha256) const {
  using spool::PackMatch;
  if (sha256.empty() || through == 0) return PackMatch::unknown;
  const auto behind = disk_.packs.upper_bound(through);
  if (behind == disk_.packs.begin()) return PackMatch::unknown;
  const Pack& pack = *std::prev(behind)->second;
  if (pack.last() < through) return PackMatch::unknown;
  return pack.last() == through && pack.sha256 == sha256 ? PackMatch::same : PackMatch::other;
}

void Node::on_receipt(const schema::Receipt& receipt) {
  if (!running_) return;
  const std::uint64_t through = receipt.through_sequence;
  using producer::ReceiptMeans;
  switch (rule_.judge({{receipt.epoch, through},
                       {epoch(), disk_.state.chain.last_sequence},
                       {epoch(), disk_.state.receipted},
                       compare(through, receipt.last_sha256),
                       compare(receipt.refused_through, receipt.refused_sha256)})) {
    case ReceiptMeans::nothing:
    case ReceiptMeans::wait: return;
    case ReceiptMeans::older_copy:
    case ReceiptMeans::other_history:
      quarantined_ = true;
      kill();
      return;
    case ReceiptMeans::take: break;
  }
  take_receipt(through);
  plan_->receipted(at(std::max(through, first_held() - 1)), world_.steady_now());
  step();
}

void Node::take_receipt(std::uint64_t through) {
  spool::OutboxState& state = disk_.state;
  spool::Waiting moved;
  const std::uint64_t least = std::min(through, state.receipted);
  const std::uint64_t most = std::max(through, state.receipted);
  for (const auto& [first, pack] : disk_.packs) {
    const bool between = pack->last() > least && pack->last() <= most;
    moved.packs += between ? 1 : 0;
    moved.bytes += between ? 1 : 0;
  }
  if (through >= state.receipted) {
    spool::note_covered(state, moved, through);
    disk_.receipts[spool::receipt_noted_at(to_micros(world_.utc_now()), kRetention)] = through;
  } else {
    spool::note_uncovered(state, moved, through);
    std::erase_if(disk_.receipts, [&](const auto& one) { return one.second > through; });
  }
  purge();
}

void Node::purge() {
  spool::OutboxState& state = disk_.state;
  const std::int64_t now = to_micros(world_.utc_now());
  std::uint64_t expired = 0;
  for (const auto& [at_time, through] : disk_.receipts) {
    if (at_time <= now - kRetention.keep_for.count()) expired = std::max(expired, through);
  }
  expired = planted_bug("purge_on_accepted") ? state.receipted : std::min(expired, state.receipted);
  while (!disk_.packs.empty() && state.kept.packs > 0) {
    const auto oldest = disk_.packs.begin();
    if (!spool::is_due(state, kRetention, oldest->second->last(), expired, 0)) break;
    spool::note_purged(state, {1, 1});
    disk_.packs.erase(oldest);
  }
}

std::uint64_t Node::first_held() const {
  return disk_.packs.empty() ? disk_.state.chain.last_sequence + 1 : disk_.packs.begin()->first;
}

bool Node::holds(EventId event) const {
  return std::ranges::any_of(disk_.packs, [&](const auto& one) {
    return std::ranges::find(one.second->events, event) != one.second->events.end();
  });
}

}  // namespace mgc::simulation
