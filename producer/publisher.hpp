#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/result.hpp"
#include "schema/event.hpp"
#include "transport/broker.hpp"

namespace mgc::producer {

/// What publish() does while the outbox is full. The operator's explicit choice; nothing is ever
/// dropped.
enum class AtLimit : std::uint8_t {
  block,   ///< wait until receipts have made room
  refuse,  ///< fail with `retry` at once
};

struct PublisherOptions {
  /// This chat server: 1 to 255 of [A-Za-z0-9._-], never shared; not "mgc-service.", which is the
  /// service's own.
  std::string node;
  std::filesystem::path outbox;        ///< on a local disk that survives a power cut
  transport::BrokerOptions broker;     ///< its `client` is set by the publisher
  std::string address = "compliance";  ///< the queue
  /// Into which the queue is split, at most 256: this node's packs go to ADDRESS.K, K by its id
  /// (schema/lane.hpp). 0 = it is not split. The same for all nodes and for who makes the queues.
  std::uint32_t lanes = 0;
  std::uint64_t quota_bytes = std::uint64_t{4} << 30U;  ///< of packs without a receipt
  AtLimit at_limit = AtLimit::block;
  /// How long packs stay after their receipt: a database that is restored from a backup gets them
  /// again. 0 = not at all.
  std::chrono::seconds keep_for{std::chrono::hours{24}};
  std::uint64_t keep_bytes = std::uint64_t{1} << 30U;  ///< of those; the oldest go first
  /// Events of one pack, which is one message; what is recorded together shares packs. 1 to 10,000.
  std::size_t pack_events_max = 200;
  /// Between two watermarks, beside those of start and stop; 0 = none at all, and then nobody can
  /// tell that this node crashed.
  std::chrono::seconds watermark_interval{60};
  std::chrono::seconds receipt_wait{30};  ///< no receipt for so long: packs are sent again
};

/// The sequences that the events of one call got, consecutive within the epoch.
struct Published {
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
};

struct PublisherStatus {
  std::uint64_t recorded = 0;   ///< events that publish() returned for, in all epochs
  std::uint64_t accepted = 0;   ///< of those, accepted by the broker
  std::uint64_t receipted = 0;  ///< of those, committed in mgccomp
};

/// A chat server's way into the compliance record.
///
/// An event is recorded when publish() returns a value: it is then on this machine's disk, and it
/// will be in mgccomp exactly once, whatever is killed, cut or restarted in between. Neither the
/// broker nor the database is needed for that; they are reached in the background.
///
/// Threads:   any, at once. Calls that come together share one fsync.
/// Ownership: owns the outbox file (a second process is refused) and its background threads.
/// Errors:    each call says. No exception leaves the library.
/// Source:    docs/publisher.md, docs/guarantees.md.
class Publisher {
 public:
  /// Opens or makes the outbox, records the watermark of the start and starts the relay; does not
  /// wait for the broker.
  /// @errors stop  the message says what is wrong with the node id, the file or the broker's URL.
  [[nodiscard]] static Result<std::unique_ptr<Publisher>> open(PublisherOptions options);

  /// As close(); what has no receipt stays in the outbox for the next start.
  virtual ~Publisher() = default;

  /// Records one event. Blocks for one fsync of a local file, never for broker or database.
  /// @errors reject  the event breaks a limit (schema/limits.hpp) or is not UTF-8; fix the caller.
  ///         retry   the outbox is full and `at_limit` is `refuse`, or close() came first.
  ///         stop    the disk failed, or the outbox is older than the store; the event is not
  ///                 recorded and no later one will be.
  [[nodiscard]] virtual Result<Published> publish(const schema::Event& event) = 0;

  /// Records all of `events` or none, with one fsync.
  [[nodiscard]] virtual Result<Published> publish(std::span<const schema::Event> events) = 0;

  /// @errors stop  the outbox cannot be read.
  [[nodiscard]] virtual Result<PublisherStatus> status() = 0;

  /// Waits until everything recorded so far is committed in mgccomp; false after `timeout`.
  virtual bool wait_receipted(std::chrono::milliseconds timeout) = 0;

  /// Records the last watermark, then goes on sending until all is accepted or `linger` is over,
  /// and stops. Later publish() calls fail with `retry`. Called twice it does nothing.
  virtual void close(std::chrono::milliseconds linger) = 0;
};

}  // namespace mgc::producer
