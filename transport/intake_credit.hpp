#pragma once

#include <cstddef>
#include <cstdint>

namespace mgc::transport {

struct IntakeLimits {
  std::uint32_t messages_max = 128;  ///< of one connection; at least 1
  std::size_t bytes_max = std::size_t{64} * 1024 * 1024;
};

/// Decides how much credit a receiving link may have, and when its socket is not read for a while,
/// so that what is inside the process stays within `bytes_max`, or is one message that is larger.
///
/// Credit is what keeps the process within its limits as long as messages are as large as those
/// before them. A broker may use all of it for messages of any size, so not reading is what bounds
/// the bytes whatever comes: the broker waits, as for any slow reader, and nothing is refused.
///
/// Pure: no clock, no I/O, no Proton. Threads: one owner. Errors: none.
/// Source: docs/threads.md, "What bounds the memory".
class IntakeCredit {
 public:
  explicit IntakeCredit(IntakeLimits limits) : limits_(limits) {}

  /// A message of `bytes` is inside.
  void arrived(std::size_t bytes);
  /// So much of a message has come; 0: none is under way.
  void set_partial(std::size_t bytes) { partial_ = bytes; }
  /// A message left the process: settled, or its connection was lost long ago.
  void left(std::size_t bytes) { bytes_ -= bytes < bytes_ ? bytes : bytes_; }
  /// So many messages of this connection no longer count against its `messages_max`.
  void settled(std::uint32_t messages) { messages_ -= messages < messages_ ? messages : messages_; }
  /// Its messages come again on the next connection; until they leave, their bytes are inside.
  void connection_lost() {
    messages_ = 0;
    partial_ = 0;
  }
  /// From now on at most so many messages of one connection.
  void set_messages_max(std::uint32_t messages) { limits_.messages_max = messages; }

  /// Credit to add to the `outstanding` one of the link. In halves of what it can have at most: one
  /// flow frame for many messages.
  [[nodiscard]] std::uint32_t to_give(std::uint32_t outstanding) const;
  /// True while no more may be read: the limit is reached, and what would come is not alone.
  [[nodiscard]] bool paused() const {
    const bool expects = messages_ > 0 || partial_ > 0;  // else no credit has been given
    return expects && bytes_ > 0 && bytes_ + partial_ >= limits_.bytes_max;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_ + partial_; }

 private:
  /// Before the first message: the credit of small ones.
  static constexpr std::size_t kFirstGuessBytes = std::size_t{256} * 1024;

  IntakeLimits limits_;
  std::uint32_t messages_ = 0;  ///< of this connection, inside
  std::size_t bytes_ = 0;       ///< of all messages inside, of earlier connections too
  std::size_t partial_ = 0;
  std::size_t largest_ = kFirstGuessBytes;  ///< what the next one may have
};

}  // namespace mgc::transport
