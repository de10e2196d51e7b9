#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "transport/queue_board.hpp"
#include "transport/queue_connection.hpp"
#include "transport/queue_server.hpp"
#include "transport/queue_writer.hpp"
#include "transport/socket.hpp"
#include "transport/tls.hpp"

namespace mgc::transport {

/// The server's thread: one poll() over the listener, the connections and the store thread.
///
/// Threads: run() on one; stop(), failure(), status(), counts(): any.
class QueueLoop {
 public:
  QueueLoop(const QueueServerOptions& options, spool::QueueStore& store, const Clock& clock,
            Socket listener, std::optional<TlsContext> tls);

  /// Serves until stop() or until the store fails for good; then closes the connections.
  void run();
  void stop();
  [[nodiscard]] std::optional<Error> failure() { return shared_.lock()->failure; }
  [[nodiscard]] std::vector<AddressStatus> status();
  [[nodiscard]] QueueCounts counts();

 private:
  struct Shared {
    bool stopping = false;
    std::optional<Error> failure;
    std::map<std::string, std::uint64_t> consumers;
    QueueCounts counts;
  };

  void serve();
  void turn();
  void finish();
  void take_done();
  void take_done(QueueDone& done);
  void take_appends(QueueDone& done, bool durable);
  void take_failure(QueueDone& done);
  void advance_connections();
  void submit();
  void wait(SteadyTime deadline, bool accepting);
  void accept_connections();
  void publish();
  void fail(Error error);
  [[nodiscard]] bool over();
  [[nodiscard]] SteadyTime next_check();

  spool::QueueStore& store_;
  const Clock& clock_;
  const Socket listener_;
  const std::optional<TlsContext> tls_;
  const WakeEvent wake_;
  Guarded<Shared> shared_;

  // Only the server's thread uses these.
  QueueBoard board_;
  QueueWriter writer_;
  std::uint64_t number_ = 0;  ///< of the last connection
  QueueCounts counts_;        ///< `shared_` shows it after each turn
  std::map<std::uint64_t, std::unique_ptr<QueueConnection>> connections_;
  SteadyTime paused_until_{};
  bool stuck_ = false;           ///< in this pause: not even what takes no room could be written
  std::uint64_t published_ = 0;  ///< outlet changes that `shared_` shows
};

}  // namespace mgc::transport
