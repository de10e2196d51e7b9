#pragma once

#include <sys/socket.h>
#include <unistd.h>

namespace mgc::db {

/// A second descriptor of a client's socket, by which any thread may end the connection while its
/// owner waits in it: the number of the first one may be another file's by then.
///
/// Threads: any. Errors: none; where there is no descriptor left, shut_down() does nothing.
class SocketEnd {
 public:
  explicit SocketEnd(int socket) : socket_(socket < 0 ? -1 : ::dup(socket)) {}
  ~SocketEnd() {
    if (socket_ >= 0) static_cast<void>(::close(socket_));
  }
  SocketEnd(const SocketEnd&) = delete;
  SocketEnd& operator=(const SocketEnd&) = delete;

  void shut_down() const {
    // Fails only for a connection that has ended already.
    if (socket_ >= 0) static_cast<void>(::shutdown(socket_, SHUT_RDWR));
  }

 private:
  const int socket_;
};

}  // namespace mgc::db
