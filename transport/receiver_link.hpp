#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/guarded.hpp"
#include "transport/socket.hpp"

namespace mgc::transport {

struct Settlement {
  std::uint64_t connection = 0;
  std::uint64_t delivery = 0;
  bool accepted = false;  ///< else released
  std::size_t bytes = 0;  ///< of the message
};

/// Where the tokens of one receiver bring what they settle. It outlives the receiver, because
/// tokens may; nobody empties it then, and nothing is put into it.
///
/// Threads: any.
class ReceiverLink {
 public:
  void settle(std::vector<Settlement> settlements);
  /// What came since the last time, in order.
  [[nodiscard]] std::vector<Settlement> take();
  /// The receiver is gone.
  void close() { inbox_.lock()->closed = true; }

  [[nodiscard]] const std::shared_ptr<WakeEvent>& wake() const { return wake_; }

 private:
  struct Inbox {
    bool closed = false;
    std::vector<Settlement> settlements;
  };

  const std::shared_ptr<WakeEvent> wake_ = std::make_shared<WakeEvent>();
  Guarded<Inbox> inbox_;
};

}  // namespace mgc::transport
