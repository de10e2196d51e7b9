#pragma once

#include <string>
#include <string_view>

#include "core/bytes.hpp"

/// What a well-behaved AMQP 1.0 client says first, byte by byte: the fuzzer goes on from there.
/// Source: OASIS AMQP 1.0, parts 1 (types), 2 (transport), 5 (SASL).
namespace mgc::fuzz::amqp {

enum class FrameType : char { amqp = 0, sasl = 1 };

/// A frame of channel 0 around `body`, of any bytes.
inline Bytes frame(ByteView body, FrameType type = FrameType::amqp) {
  const std::size_t size = body.size() + 8;
  Bytes out;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>(size >> shift);
  out += '\x02';
  out += static_cast<char>(type);
  out.append(2, '\0');
  return out.append(body);
}

/// The list `items` (encoded already) of which descriptor `code` says what it is.
inline Bytes described(char code, int count, ByteView items) {
  Bytes out("\x00\x53", 2);
  out += code;
  out += '\xc0';
  out += static_cast<char>(items.size() + 1);
  out += static_cast<char>(count);
  return out.append(items);
}

inline Bytes text(std::string_view value) {
  return Bytes("\xa1") + static_cast<char>(value.size()) + Bytes(value);
}
inline Bytes small(unsigned value) { return Bytes("\x52") + static_cast<char>(value); }
inline Bytes symbol(std::string_view value) {
  return Bytes("\xa3") + static_cast<char>(value.size()) + Bytes(value);
}
inline const Bytes kNull = "\x40";
inline const Bytes kTrue = "\x41";
inline const Bytes kFalse = "\x42";

inline Bytes sasl_anonymous() {
  return Bytes("AMQP\x03\x01\x00\x00", 8) +
         frame(described('\x41', 1, symbol("ANONYMOUS")), FrameType::sasl);
}
inline Bytes open_and_begin() {
  const Bytes windows = small(0) + small(100) + small(100);
  return Bytes("AMQP\x00\x01\x00\x00", 8) + frame(described('\x10', 1, text("fuzz"))) +
         frame(described('\x11', 4, kNull + windows));
}
/// Link 0 sends to `address`; link 1 receives from it and has credit for ten messages.
inline Bytes attach_both(std::string_view address) {
  const Bytes none = kNull + kNull;
  const Bytes source = described('\x28', 1, text(address));
  const Bytes target = described('\x29', 1, text(address));
  const Bytes empty_source = described('\x28', 1, kNull);
  const Bytes empty_target = described('\x29', 1, kNull);
  const Bytes sends = text("s") + small(0) + kFalse + none + empty_source + target + none;
  const Bytes receives = text("r") + small(1) + kTrue + none + source + empty_target;
  const Bytes credit =
      small(0) + small(100) + small(0) + small(100) + small(1) + small(0) + small(10);
  return frame(described('\x12', 10, sends + small(0))) + frame(described('\x12', 7, receives)) +
         frame(described('\x13', 7, credit));
}

}  // namespace mgc::fuzz::amqp
