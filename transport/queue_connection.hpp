#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <proton/messaging_handler.hpp>
#include <proton/sender.hpp>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "transport/connection_io.hpp"
#include "transport/queue_board.hpp"
#include "transport/queue_intake.hpp"
#include "transport/queue_outlet.hpp"

namespace mgc::transport {

/// The source address that answers with the status of the queue server.
inline constexpr const char* kStatusAddress = "$queue.status";

/// One client of the queue server, with its links.
///
/// Threads: the server's. Ownership: `board` outlives it.
class QueueConnection final : private proton::messaging_handler {
 public:
  using StatusSource = std::function<std::string()>;

  QueueConnection(Socket socket, std::optional<TlsSession> tls, std::uint64_t number,
                  QueueBoard& board, StatusSource status);
  ~QueueConnection() override { drop_links(); }

  [[nodiscard]] int fd() const { return io_.fd(); }
  [[nodiscard]] short events() { return io_.events(); }
  void read(short revents) { io_.read(revents); }
  /// False when the connection is over.
  [[nodiscard]] bool advance() { return io_.advance(); }
  /// Time-outs and limits; returns when it must be called again.
  [[nodiscard]] SteadyTime check(SteadyTime now);
  /// Says goodbye, with the reason.
  void close(const std::string& name, const std::string& reason);

  /// The link with that number; nullptr when it is gone.
  [[nodiscard]] QueueIntake* intake(std::uint64_t link);

 private:
  void on_connection_open(proton::connection& connection) override;
  void on_connection_close(proton::connection& /*connection*/) override { drop_links(); }
  void on_session_close(proton::session& session) override;
  void on_receiver_open(proton::receiver& link) override;
  void on_receiver_close(proton::receiver& link) override { drop(link); }
  void on_receiver_detach(proton::receiver& link) override { drop(link); }
  void on_sender_open(proton::sender& link) override;
  void on_sender_close(proton::sender& link) override { drop(link); }
  void on_sender_detach(proton::sender& link) override { drop(link); }
  void on_message(proton::delivery& delivery, proton::message& message) override;
  void on_sendable(proton::sender& link) override;
  void on_sender_drain_start(proton::sender& link) override;
  void on_tracker_accept(proton::tracker& tracker) override;
  void on_tracker_reject(proton::tracker& tracker) override;
  void on_tracker_release(proton::tracker& tracker) override;
  void on_tracker_settle(proton::tracker& tracker) override;
  void on_error(const proton::error_condition& error) override;

  void settle(proton::tracker& tracker, Verdict verdict);
  void send_status(proton::sender& link);
  void drop(const proton::receiver& link);
  void drop(const proton::sender& link);
  void drop_links();
  [[nodiscard]] QueueOutlet* outlet(const proton::sender& link);

  QueueBoard& board_;
  const std::uint64_t number_;
  const StatusSource status_;
  const SteadyTime since_;
  bool opened_ = false;
  std::uint64_t links_ = 0;
  ConnectionIo io_;  ///< before the links, which belong to it
  std::vector<std::unique_ptr<QueueIntake>> intakes_;
  std::vector<std::unique_ptr<QueueOutlet>> outlets_;
  std::vector<proton::sender> asked_;  ///< links whose status was sent and is not settled yet
};

}  // namespace mgc::transport
