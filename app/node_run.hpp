#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/metrics_server.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/chat_database.hpp"
#include "producer/relay.hpp"
#include "producer/replay/replay.hpp"
#include "spool/outbox.hpp"

namespace mgc::app {

/// What `mgc node replay` and `mgc node simulate` share.
struct NodeFlags {
  BrokerFlags broker;
  std::uint32_t lanes = 0;  ///< into which the queue is split; 0 = it is not
  std::string node;         ///< empty = the host's name
  std::string outbox;       ///< empty = NODE.outbox
  std::string mgc;          ///< the chat database; empty = none
  bool wait = false;        ///< until everything recorded has its receipt
  std::uint32_t pack_events_max = 200;
  std::uint32_t linger_seconds = 5;
  std::uint32_t receipt_wait_seconds = 30;
  std::uint64_t quota_bytes = std::uint64_t{4} << 30U;
  std::uint64_t disk_reserve_bytes = std::uint64_t{64} << 20U;
  std::uint32_t keep_seconds = 86'400;
  std::uint64_t keep_bytes = std::uint64_t{1} << 30U;
  std::string metrics;  ///< HOST:PORT of the endpoint; empty = none
  bool json = false;
};

/// A chat node in this process: its outbox, its relay, and the chat database when there is one.
///
/// Threads: one owner; the relay and the metrics have their own.
class RunningNode {
  struct Private {};

 public:
  RunningNode(Private unused, const NodeFlags& flags,
              const Clock& clock);  ///< start() and open() alone make one
  /// @errors stop  the outbox, the chat database or the broker's URL; the message says which.
  [[nodiscard]] static Result<std::unique_ptr<RunningNode>> start(const NodeFlags& flags,
                                                                  const Clock& clock);
  [[nodiscard]] spool::Outbox& outbox() { return *outbox_; }
  [[nodiscard]] producer::Relay& relay() { return *relay_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& outbox_file() const { return outbox_file_; }
  /// How long appends took; observed by whoever records.
  [[nodiscard]] Histogram& publish_seconds() { return publish_seconds_; }

  /// Writes posts into the chat database, which gives them their chat ids; without one they get
  /// their own sequence numbers.
  [[nodiscard]] producer::AssignChatIds assign_chat_ids();

  /// Waits as the flags say. `on_progress` hears the events with a receipt, and all recorded ones.
  /// @errors reconnect  the broker could not be reached; what was recorded waits in the outbox.
  ///         stop       the outbox failed.
  [[nodiscard]] Result<void> finish(
      std::stop_token stop, const std::function<void(std::uint64_t, std::uint64_t)>& on_progress);

 private:
  [[nodiscard]] bool done();

  const NodeFlags flags_;
  const Clock& clock_;
  const std::string name_;
  const std::string outbox_file_;
  Histogram publish_seconds_{growing_bounds(0.0005, 2, 14)};
  std::unique_ptr<db::ChatDatabase> chats_;
  std::unique_ptr<spool::Outbox> outbox_;
  std::unique_ptr<producer::Relay> relay_;  // it uses the outbox
  std::unique_ptr<MetricsServer> metrics_;  // last: it reads everything above
};

/// Sums over all files of a replay; lines = events + rejects.
struct ReplayTotals {
  std::uint64_t lines = 0, events = 0, rejects = 0, added = 0;
  struct File {
    std::string path;
    producer::ReplayResult result;
  };
  std::vector<File> files;
  std::vector<Error> failures;  ///< files that could not be read, each with its name
  bool stopped = false;
};

/// Replays `paths` one after the other into `node`; a file that cannot be read is reported and the
/// others go on. `on_progress` hears bytes done and in all, over all files.
[[nodiscard]] ReplayTotals replay_files(
    RunningNode& node, const std::vector<std::string>& paths, producer::ReplayOptions options,
    std::stop_token stop, const std::function<void(std::uint64_t, std::uint64_t)>& on_progress);

/// The host's name as a node id: what may not stand in one becomes "-".
[[nodiscard]] std::string host_node_id();

}  // namespace mgc::app
