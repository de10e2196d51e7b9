#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include "core/bytes.hpp"

namespace mgc::transport {

/// Reads along with what a peer sends, before Proton does, and finds the frames that Proton 0.37
/// must not see: a transfer without delivery-id ends the process there (an assertion), and SASL
/// frames among AMQP frames, or the other way round, act on a login that is not under way
/// (PROTON-2945). What Proton refuses by itself is left to it, with its reasons.
///
/// Threads: one owner. Memory: one performative of at most kPerformativeMax bytes, and the links
/// that are in the middle of a delivery.
/// Errors: check() says.
/// Source: OASIS AMQP 1.0, 1.6 and 2.3 (encodings), 2.7 (performatives), 5.3 (SASL).
class FrameGuard {
 public:
  /// Of a frame whose fields are looked at; legal ones are far below.
  static constexpr std::size_t kPerformativeMax = 4096;

  /// @param bytes  what came next; in pieces of any size.
  /// @return what is wrong with it, in a static text; empty when it may go on to Proton. Once
  ///         something is wrong, all that follows is.
  [[nodiscard]] std::string_view check(ByteView bytes);

 private:
  enum class Phase : std::uint8_t { start, sasl, amqp };
  using Link = std::pair<std::uint16_t, std::uint32_t>;  ///< channel and handle

  /// Takes what completes the current frame's head off `bytes`.
  void fill(ByteView& bytes);
  void take_header();
  void take_protocol_header();
  void take_frame();
  void take_performative(std::uint64_t code, std::uint16_t channel, ByteView fields);
  void take_transfer(std::uint16_t channel, ByteView fields);
  void forget_link(std::uint16_t channel, ByteView fields, std::size_t handle_field);
  void fail(std::string_view fault) { fault_ = fault; }

  Phase phase_ = Phase::start;
  Bytes head_;                 ///< of the frame that comes in
  std::size_t head_size_ = 8;  ///< bytes of it that are looked at
  std::size_t skip_ = 0;       ///< bytes of it that follow those
  std::set<Link> unfinished_;  ///< links in the middle of a delivery
  std::string_view fault_;
};

}  // namespace mgc::transport
