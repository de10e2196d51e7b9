#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "spool/queue_store.hpp"
#include "transport/broker.hpp"
#include "transport/tls.hpp"

namespace mgc::transport {

/// The container id of the embedded queue, by which its clients know it.
inline constexpr std::string_view kQueueContainer = "mgc-queue";

struct QueueServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 5672;  ///< 0 = any free port
  /// All three or none: TLS, and only for clients with a certificate that `tls.ca` has signed.
  TlsFiles tls;
  /// A client that has not opened its connection by then, TLS included, is cut off.
  std::chrono::milliseconds open_timeout{10'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< a silent client is cut off after this
  std::filesystem::path store = "queue.db";
  std::uint64_t address_bytes_max = std::uint64_t{8} << 30U;  ///< per address; then no credit
  std::uint64_t address_messages_max = 100'000'000;
  std::uint64_t receipts_messages_max = 10'000;  ///< for addresses "*.receipts.*"
  /// Of the store's disk, left free by what is sent; then no credit.
  std::uint64_t disk_reserve_bytes = spool::kQueueDiskReserveBytes;
};

/// What `mgc queue status` shows of one address.
struct AddressStatus {
  std::string address;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  double oldest_age_seconds = 0;
  std::uint64_t consumers = 0;
};

/// How a running queue server is, and what it has done since its start.
struct QueueCounts {
  std::uint64_t connections = 0;  ///< open now
  std::uint64_t accepted = 0;     ///< messages that became durable
  std::uint64_t released = 0;     ///< given back to senders: they could not become durable
  std::uint64_t consumed = 0;     ///< accepted by consumers and removed
  std::uint64_t returned = 0;     ///< that consumers gave back, or left unsettled
  std::uint64_t dead = 0;         ///< rejected by consumers and moved to ADDRESS.dead
  bool paused = false;            ///< the store takes nothing for now: no room on its disk
  /// When the server's thread made its last turn; never longer ago than ten seconds and what a turn
  /// takes.
  SteadyTime turned_at{};
  std::optional<SteadyTime> writing_since;  ///< the store has not answered since then
};

/// The embedded durable AMQP 1.0 queue: any address is a queue, made on first use.
///
/// A message is accepted only after it is fsynced; it is removed only when a consumer accepted it.
/// What was handed out and not settled is delivered again, also after a restart. `rejected` moves
/// it to ADDRESS.dead. At its quota an address withholds credit, so senders wait; it never drops.
/// So do all addresses when the disk is full up to its reserve; consumers go on emptying them.
/// Memory holds only what is in flight, whatever the backlog. A message that is larger than a pack
/// can be, or that Proton cannot decode, is `rejected` to its sender.
///
/// Threads:   one for Proton, one for the store; start() returns at once.
/// Ownership: holds the store's lock and the listening port until destroyed.
/// Errors:    its SASL is ANONYMOUS only (Debian's Proton has no Cyrus SASL): beyond loopback it
///            serves clients with certificates only, which TLS checks.
class QueueServer {
 public:
  /// @errors stop  the port is in use, the host is not loopback and there is no TLS, a file of it
  ///               cannot be used, the store cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<QueueServer>> start(QueueServerOptions options,
                                                                  const Clock& clock);
  /// Stops listening, closes connections, writes what is in hand. What was not settled stays.
  virtual ~QueueServer() = default;

  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::vector<AddressStatus> status() = 0;
  [[nodiscard]] virtual QueueCounts counts() = 0;
  /// The error that made it stop by itself (a failed disk); nullopt while it runs.
  [[nodiscard]] virtual std::optional<Error> failure() = 0;
};

/// Asks a running embedded queue for its status, over AMQP (address "$queue.status").
/// @errors reconnect  not reachable. stop  it is not an embedded queue.
[[nodiscard]] Result<std::vector<AddressStatus>> read_queue_status(
    BrokerOptions broker, std::chrono::milliseconds timeout);

}  // namespace mgc::transport
