#include "tests/simulation/scenario.hpp"

#include <fmt/chrono.h>

#include <algorithm>

namespace mgc::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kTrouble{2};
constexpr hours kPatience{6};
constexpr std::size_t kNodesMax = 4;  // the copies too

}  // namespace

Scenario::Scenario(std::uint64_t seed)
    : world_(seed),
      kind_(static_cast<Kind>(seed % 4)),
      store_(world_),
      broker_(world_, store_, oracle_),
      other_(world_, broker_, oracle_, kind_ == Kind::honest) {
  for (const char* name : {"node-a", "node-b"}) {
    nodes_.push_back(std::make_unique<Node>(world_, broker_, oracle_, name,
                                            Node::new_disk(name, 1 + world_.below(1'000))));
  }
  for (const char* name : {"service-1", "service-2"}) {
    services_.push_back(std::make_unique<Service>(world_, broker_, store_, oracle_, name));
  }
  if (kind_ != Kind::honest && world_.chance(60)) {
    broker_.set_drops(static_cast<unsigned>(world_.below(10)));
  }
  if (world_.chance(60)) broker_.set_disorder(static_cast<unsigned>(world_.below(20)));
  for (auto& service : services_) {
    if (world_.chance(60)) {
      service->set_trouble(
          {static_cast<unsigned>(world_.below(20)), static_cast<unsigned>(world_.below(20))});
    }
  }
}

Verdict Scenario::run() {
  for (auto& node : nodes_) node->start();
  for (auto& service : services_) service->start();
  load();
  disturb();
  back_up();
  while (world_.now() < kTrouble) world_.run_next();
  calm();
  judge();
  return std::move(verdict_);
}

void Scenario::load() {
  if (!disturbing_) return;
  any_node().publish(1 + world_.below(6));
  if (world_.chance(20)) other_.publish();
  world_.after(world_.between(milliseconds{20}, milliseconds{600}), [this] { load(); });
}

void Scenario::disturb() {
  if (!disturbing_) return;
  world_.after(world_.between(milliseconds{100}, seconds{5}), [this] {
    if (!disturbing_) return;
    ++verdict_.faults;
    one_fault();
    disturb();
  });
}

void Scenario::one_fault() {
  if (kind_ != Kind::honest && world_.chance(20)) return fault_of_kind();
  fault_of_process();
}

void Scenario::fault_of_process() {
  const Duration away = world_.between(milliseconds{1}, seconds{8});
  Service& service = *services_[world_.below(services_.size())];
  switch (world_.below(6)) {
    case 0: {
      Node& node = any_node();
      node.kill();
      world_.after(away, [&node] { node.start(); });
      return;
    }
    case 1:
    case 2:
      service.kill();
      world_.after(away, [&service] { service.start(); });
      return;
    case 3: return service.freeze(world_.between(seconds{1}, seconds{40}));
    case 4: return service.cut_link();
    default: other_.cut_link(); return any_node().cut_link();
  }
}

void Scenario::fault_of_kind() {
  if (kind_ == Kind::backups && world_.chance(60)) return restore_database();
  if (kind_ == Kind::identities && world_.chance(40)) {
    return world_.chance(50) ? copy_outbox() : restore_outbox();
  }
  lose_broker();
}

void Scenario::lose_broker() {
  broker_.lose_everything();
  for (auto& node : nodes_) node->cut_link();
  for (auto& service : services_) service->cut_link();
  other_.cut_link();
}

void Scenario::back_up() {
  if (!disturbing_) return;
  if (kind_ == Kind::backups) store_.back_up();
  if (kind_ == Kind::identities) {
    for (auto& node : nodes_) old_disks_.emplace_back(node.get(), node->disk());
  }
  world_.after(world_.between(seconds{5}, seconds{30}), [this] { back_up(); });
}

void Scenario::restore_database() {
  for (auto& service : services_) service->kill();
  store_.restore();
  for (auto& service : services_) service->start();
}

void Scenario::copy_outbox() {
  if (nodes_.size() == kNodesMax) return;
  const Node& original = any_node();
  nodes_.push_back(
      std::make_unique<Node>(world_, broker_, oracle_, original.name(), original.disk()));
  nodes_.back()->start();
}

void Scenario::restore_outbox() {
  if (old_disks_.empty()) return;
  const auto& [node, disk] = old_disks_[world_.below(old_disks_.size())];
  node->kill();
  const Disk lost = node->disk();
  node->replace_disk(disk);
  for (const auto& [first, pack] : lost.packs) {
    for (const EventId event : pack->events) {
      if (!node->holds(event)) gone_.insert(event);
    }
  }
  node->start();
}

void Scenario::calm() {
  disturbing_ = false;
  broker_.set_drops(0);
  broker_.set_disorder(0);
  for (auto& service : services_) service->set_trouble({});
  for (auto& service : services_) service->freeze(Duration{});
  const Duration end = world_.now() + kPatience;
  Duration watermark = world_.now();
  // Before the first watermark a node does not know of a database that was put back since.
  do {
    if (world_.now() >= watermark) {
      watermark = world_.now() + minutes{1};
      for (auto& node : nodes_) node->start();
      for (auto& service : services_) service->start();
      for (auto& node : nodes_) node->publish(1);
    }
    world_.run_next();
  } while (world_.now() < end && !is_drained());
}

bool Scenario::is_drained() const {
  return broker_.is_empty() && other_.is_drained() &&
         std::ranges::all_of(nodes_, [](const auto& node) {
           return node->is_quarantined() || (node->is_running() && node->is_drained());
         });
}

std::string Scenario::what_waits() const {
  std::string waits = fmt::format("not everything has its receipt after {} of calm;",
                                  std::chrono::duration_cast<minutes>(world_.now() - kTrouble));
  if (!broker_.is_empty()) waits += " the broker holds packs;";
  if (!other_.is_drained()) waits += " the other program waits;";
  for (const auto& node : nodes_) {
    if (node->is_quarantined()) continue;
    const spool::OutboxState& state = node->disk().state;
    waits += fmt::format(" {} recorded {}, accepted {}, receipted {}, stored through {};",
                         node->name(), state.chain.last_sequence, state.accepted, state.receipted,
                         store_.contiguous(node->name(), node->epoch()));
  }
  return waits;
}

void Scenario::judge() {
  auto& violations = verdict_.violations;
  violations = std::move(oracle_.violations);
  if (!is_drained()) violations.push_back(what_waits());
  for (const EventId event : oracle_.promised) judge_promised(event);
  for (const auto& [event, times] : store_.stored()) {
    if (times > 1) violations.push_back("stored twice: event " + std::to_string(event));
    if (!oracle_.handed.contains(event)) {
      violations.push_back("unexpected: event " + std::to_string(event));
    }
    if (!oracle_.promised.contains(event)) ++verdict_.recovered;
  }
  for (std::string& broken : store_.broken_streams()) violations.push_back(std::move(broken));
  for (const auto& node : nodes_) verdict_.quarantined += node->is_quarantined() ? 1 : 0;
  verdict_.promised = oracle_.promised.size();
}

void Scenario::judge_promised(EventId event) {
  if (store_.times_stored(event) > 0 || gone_.contains(event)) return;
  // Kept beside the history that was stored, where somebody can find it.
  const bool beside = std::ranges::any_of(
      nodes_, [&](const auto& node) { return node->is_quarantined() && node->holds(event); });
  if (!beside) verdict_.violations.push_back("lost: event " + std::to_string(event));
}

}  // namespace mgc::simulation
