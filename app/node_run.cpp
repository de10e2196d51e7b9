#include "app/node_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "app/metrics_sources.hpp"
#include "core/log.hpp"
#include "db/dsn.hpp"
#include "db/migrate.hpp"
#include "schema/lane.hpp"
#include "schema/pack.hpp"

namespace mgc::app {
namespace {

/// Long enough for a broker that is there to say that it has no such queue.
constexpr std::chrono::seconds kQueueCheckWait{1};
constexpr std::chrono::milliseconds kTick{100};

std::uint64_t size_of(const std::string& path) {
  std::error_code absent;  // the replay itself says what is wrong with the file
  const auto size = std::filesystem::file_size(path, absent);
  return absent ? 0 : size;
}

}  // namespace

std::string host_node_id() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) return "node";
  std::string name = host;
  for (char& c : name) {
    if (!schema::is_node_id(std::string_view(&c, 1))) c = '-';
  }
  return schema::is_node_id(name) ? name : "node";
}

RunningNode::RunningNode(Private /*unused*/, const NodeFlags& flags, const Clock& clock)
    : flags_(flags),
      clock_(clock),
      name_(flags.node.empty() ? host_node_id() : flags.node),
      outbox_file_(flags.outbox.empty() ? name_ + ".outbox" : flags.outbox) {}

Result<std::unique_ptr<RunningNode>> RunningNode::start(const NodeFlags& flags,
                                                        const Clock& clock) {
  auto node = std::make_unique<RunningNode>(Private{}, flags, clock);
  spool::OutboxOptions spooling;
  spooling.file = node->outbox_file_;
  spooling.node = node->name_;
  spooling.quota_bytes = flags.quota_bytes;
  spooling.disk_reserve_bytes = flags.disk_reserve_bytes;
  spooling.keep_for = std::chrono::seconds{flags.keep_seconds};
  spooling.keep_bytes = flags.keep_bytes;
  spooling.pack_events_max = flags.pack_events_max;
  auto outbox = spool::Outbox::open(std::move(spooling), clock);
  if (!outbox) return outbox.error();
  node->outbox_ = std::move(*outbox);
  if (!flags.mgc.empty()) {
    if (db::is_sqlite(flags.mgc)) {
      auto made = db::init_database(flags.mgc, db::Schema::mgc, clock);
      if (!made) return made.error();
    }
    auto chats = db::ChatDatabase::open(flags.mgc);
    if (!chats) return chats.error();
    node->chats_ = std::move(*chats);
  }
  producer::RelayOptions relaying;
  relaying.broker = broker_options(flags.broker, "mgc-node-" + node->name_);
  relaying.address = schema::address_of_node(flags.broker.address, node->name_, flags.lanes);
  relaying.node = node->name_;
  relaying.receipt_wait = std::chrono::seconds{flags.receipt_wait_seconds};
  auto relay = producer::Relay::start(*node->outbox_, std::move(relaying), clock);
  if (!relay) return relay.error();
  node->relay_ = std::move(*relay);
  // Without its broker a node records all the same; with a broker that has no such queue, somebody
  // has forgotten something.
  const auto open = node->relay_->wait_open(clock.steady_now() + kQueueCheckWait);
  if (!open && open.error().action == Action::stop) return open.error();
  auto metrics = start_metrics(flags.metrics, node_metrics(*node, node->flags_, clock));
  if (!metrics) return metrics.error();
  node->metrics_ = std::move(*metrics);
  return node;
}

producer::AssignChatIds RunningNode::assign_chat_ids() {
  if (!chats_) {
    // Without a chat database the node numbers its posts by their own sequences, which no two
    // events of an outbox share. A replay that was killed and goes on gives the same numbers.
    return [this](std::string_view, std::span<producer::ReplayedEvent> events) -> Result<void> {
      auto sequence = static_cast<std::int64_t>(outbox_->last().sequence);
      for (producer::ReplayedEvent& one : events) {
        ++sequence;
        if (one.event.kind == schema::EventKind::chat) one.event.chat_id = sequence;
      }
      return {};
    };
  }
  return
      [this](std::string_view source, std::span<producer::ReplayedEvent> events) -> Result<void> {
        std::vector<db::HistoryEntry> entries;
        entries.reserve(events.size());
        for (const producer::ReplayedEvent& one : events) {
          entries.push_back({&one.event, fmt::format("{}/{}/{}", name_, source, one.line)});
        }
        auto ids = chats_->record(entries);
        if (!ids) return ids.error();
        for (std::size_t i = 0; i < events.size(); ++i) events[i].event.chat_id = (*ids)[i];
        return {};
      };
}

bool RunningNode::done() {
  const spool::Position last = outbox_->last();
  if (last.sequence == 0) return true;
  return (flags_.wait ? relay_->receipted() : relay_->accepted()) >= last;
}

Result<void> RunningNode::finish(
    std::stop_token stop, const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  if (done()) return {};
  const SteadyTime begun = clock_.steady_now();
  const SteadyTime linger_until = begun + std::chrono::seconds{flags_.linger_seconds};
  if (auto open = relay_->wait_open(
          flags_.wait ? begun + transport::first_answer_wait(broker_options(flags_.broker, name_))
                      : linger_until);
      !open) {
    const spool::Position last = outbox_->last();
    return Error{open.error().action,
                 fmt::format("{}; what was recorded (through sequence {}) waits in the outbox and "
                             "is sent at the next start",
                             open.error().message, last.sequence)};
  }
  while (!done() && !stop.stop_requested()) {
    const SteadyTime tick = clock_.steady_now() + kTick;
    if (flags_.wait) {
      relay_->wait_receipted(outbox_->last(), tick);
    } else {
      relay_->wait_accepted(outbox_->last(), tick);
      if (clock_.steady_now() >= linger_until) break;
    }
    if (auto failure = relay_->failure()) return *failure;
    if (on_progress) on_progress(relay_->receipted().sequence, outbox_->last().sequence);
  }
  return {};
}

ReplayTotals replay_files(RunningNode& node, const std::vector<std::string>& paths,
                          producer::ReplayOptions options, std::stop_token stop,
                          const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  ReplayTotals totals;
  std::uint64_t bytes_total = 0;
  for (const std::string& path : paths) bytes_total += size_of(path);
  std::uint64_t bytes_before = 0;
  options.assign_chat_ids = node.assign_chat_ids();
  options.recorder.hopeless = [&node] { return node.relay().failure(); };
  options.recorder.on_appended = [&node](double s) { node.publish_seconds().observe(s); };
  options.on_progress = [&](const producer::ReplayProgress& progress) {
    node.relay().notify_appended();
    if (on_progress) on_progress(bytes_before + progress.bytes, bytes_total);
  };
  for (const std::string& path : paths) {
    auto replayed = producer::replay_file(path, options, node.outbox(), stop);
    bytes_before += size_of(path);
    if (!replayed) {
      totals.failures.push_back(replayed.error());
      continue;
    }
    totals.lines += replayed->lines;
    totals.events += replayed->events;
    totals.rejects += replayed->rejects;
    totals.added += replayed->added;
    totals.stopped = totals.stopped || replayed->stopped;
    totals.files.push_back({path, *replayed});
    if (totals.stopped) break;
  }
  node.relay().notify_appended();
  return totals;
}

}  // namespace mgc::app
