#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <proton/error_condition.hpp>
#include <proton/link.hpp>
#include <proton/messaging_handler.hpp>
#include <string>
#include <vector>

#include "core/backoff.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "transport/broker.hpp"
#include "transport/broker_kind.hpp"
#include "transport/connection_io.hpp"
#include "transport/socket.hpp"
#include "transport/thread.hpp"

namespace mgc::transport {

/// What a sender or a receiver does with its connection. Every call comes on the connection's
/// thread, as do Proton's, whose on_error() is the one place that every fault arrives at.
class ClientLink : public proton::messaging_handler {
 public:
  /// A connection is open: open the link on it.
  virtual void attach(proton::connection connection, BrokerKind kind) = 0;
  /// The broker agreed to a link that was opened here. (When it refuses one, its attach has no
  /// address, and on_error() hears why.)
  virtual void receiver_agreed(proton::receiver& /*receiver*/) {}
  virtual void sender_agreed(proton::sender& /*sender*/) {}
  /// Another thread called wake().
  virtual void work() = 0;
  /// After each turn of the connection; returns when the next one is wanted at the latest.
  virtual SteadyTime end_turn() = 0;
  /// Bytes came, and Proton's handlers have not heard of them yet.
  virtual void bytes_came() {}
  /// False: the socket is not read for now, and the broker waits.
  [[nodiscard]] virtual bool takes_in() const { return true; }
  /// The connection is over, and every Proton object of it with it.
  virtual void lost(const std::string& cause) = 0;
  /// True while a healthy broker owes an answer; the watchdog counts only then. A link that makes
  /// this true calls progress() first, so that the time before it does not count.
  [[nodiscard]] virtual bool awaits_broker() const = 0;

 private:
  void on_connection_open(proton::connection& connection) final;
  void on_receiver_open(proton::receiver& receiver) final;
  void on_sender_open(proton::sender& sender) final;
  /// @param wanted  the address that was asked for; none: one that the broker makes up.
  [[nodiscard]] bool is_ours(proton::link& link, const char* wanted, const std::string& got);

  BrokerKind kind_ = BrokerKind::other;
};

/// One connection of a client, opened again for ever until it is destroyed: to the URL that worked
/// last, then to the next ones, and after a whole round after capped, jittered back-off. "Worked":
/// was usable for as long as the cap; then the back-off starts anew. Proton's own reconnect is not
/// used: its delay has no cap, it gives up on amqp:unauthorized-access, and it forgets unsettled
/// messages silently.
///
/// Threads:   runs the link on a thread of its own. wake(), wait_open(): any. The others: that
///            thread.
/// Ownership: `link` outlives it, so it is the last member of whoever owns both.
class ClientConnection {
 public:
  /// @param urls  of check_broker().
  ClientConnection(BrokerOptions options, std::vector<BrokerUrl> urls, ClientLink& link,
                   std::shared_ptr<WakeEvent> wake);
  /// Closes the connection with a handshake of at most a second, then joins.
  ~ClientConnection();

  void wake() const noexcept { wake_->wake(); }
  /// @errors reconnect  `deadline` passed; with host and cause. stop  there is no such queue.
  [[nodiscard]] Result<void> wait_open(SteadyTime deadline);
  [[nodiscard]] std::string peer() const;

  /// The link is usable.
  void opened();
  /// Which connection this is, counted from 1.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// The broker answered something that it owed, or begins to owe something.
  void progress() { progress_at_ = std::chrono::steady_clock::now(); }
  /// Gives this connection up, for `cause`, and makes another one.
  void fail(const std::string& cause);
  /// As fail(), and the next connection is made to the same URL.
  void fail_and_stay(const std::string& cause);
  /// As fail() of the link to the queue `address`, in words for an operator. Without the queue
  /// wait_open() need not wait.
  void fail(const proton::error_condition& error, const std::string& address);
  /// We are saying goodbye: the end of a session is no fault.
  [[nodiscard]] bool ending() const { return closing_.has_value(); }
  [[nodiscard]] bool all_sent() { return io_ && io_->all_sent(); }

 private:
  struct State {
    bool open = false;
    bool stopping = false;
    bool missing = false;  ///< every broker of the last round lacks the queue
    std::string cause;
  };

  void run();
  /// What wait_open() says if this attempt is still under way then.
  void say_waiting(const std::string& causes);
  [[nodiscard]] std::string run_once();
  [[nodiscard]] Result<Socket> connect();
  [[nodiscard]] int await_connect(const Socket& socket, SteadyTime deadline);
  void serve(ConnectionIo& io);
  [[nodiscard]] SteadyTime next_turn(ConnectionIo& io);
  [[nodiscard]] SteadyTime say_goodbye(ConnectionIo& io, SteadyTime now);
  void pause(std::chrono::milliseconds delay);
  [[nodiscard]] bool stopping() { return state_.lock()->stopping; }
  [[nodiscard]] Result<std::optional<TlsSession>> start_tls() const;
  [[nodiscard]] Result<proton::connection_options> options() const;
  [[nodiscard]] const BrokerUrl& url() const { return urls_[current_]; }

  const BrokerOptions options_;
  const std::vector<BrokerUrl> urls_;
  ClientLink& link_;
  const std::shared_ptr<WakeEvent> wake_;
  Guarded<State> state_;
  Backoff backoff_;
  std::uint64_t number_ = 0;
  std::atomic<std::size_t> current_ = 0;  ///< of urls_; peer() reads it on any thread
  std::optional<SteadyTime> opened_at_;   ///< since when this connection is usable
  bool missing_ = false;                  ///< its broker does not have the queue
  bool stay_ = false;                     ///< the next connection is to the same URL
  SteadyTime progress_at_{};
  std::uint64_t taken_bytes_ = 0;  ///< by the broker's machine, when the watchdog last looked
  std::string failure_;
  std::optional<SteadyTime> closing_;  ///< when the goodbye has to be over
  std::optional<ConnectionIo> io_;
  Thread thread_;  ///< last: it uses everything above
};

}  // namespace mgc::transport
