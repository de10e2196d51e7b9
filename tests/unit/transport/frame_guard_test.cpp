#include "transport/frame_guard.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/fuzz/amqp_frames.hpp"

namespace mgc::transport {
namespace {

using fuzz::amqp::attach_both;
using fuzz::amqp::described;
using fuzz::amqp::frame;
using fuzz::amqp::kNull;
using fuzz::amqp::kTrue;
using fuzz::amqp::open_and_begin;
using fuzz::amqp::sasl_anonymous;
using fuzz::amqp::small;

const Bytes kId = "\x43";  // 0, as a uint of no bytes

/// A transfer on link 0, with some payload behind it.
Bytes transfer(const Bytes& id, const Bytes& more, const Bytes& aborted = {}) {
  const Bytes tail = aborted.empty() ? Bytes() : kNull + kNull + kNull + aborted;
  return frame(described('\x14', aborted.empty() ? 6 : 10,
                         small(0) + id + kNull + kNull + kNull + more + tail) +
               "payload");
}

Bytes opened() { return sasl_anonymous() + open_and_begin() + attach_both("q"); }

/// What the guard says, whether the bytes come at once or one by one.
std::string fault_of(const Bytes& stream) {
  FrameGuard at_once;
  const std::string fault(at_once.check(stream));
  FrameGuard in_pieces;
  std::string_view heard;
  for (const char byte : stream) heard = in_pieces.check({&byte, 1});
  EXPECT_EQ(heard, fault);
  return fault;
}

TEST(FrameGuard, LetsAWellBehavedPeerThrough) {
  EXPECT_EQ(fault_of(opened() + transfer(kId, kNull) + frame("")), "");
  EXPECT_EQ(fault_of(open_and_begin() + attach_both("q")), "");  // without SASL
}

TEST(FrameGuard, WantsADeliveryIdInTheFirstFrameOfADelivery) {
  constexpr const char* kWanted = "the peer sent a transfer without delivery-id";
  EXPECT_EQ(fault_of(opened() + transfer(kNull, kTrue)), kWanted);
  EXPECT_EQ(fault_of(opened() + transfer(kNull, kNull)), kWanted);
  EXPECT_EQ(fault_of(opened() + transfer(kId, kTrue) + transfer(kNull, kTrue) +
                     transfer(kNull, kNull) + transfer(small(1), kNull)),
            "");
  EXPECT_EQ(
      fault_of(opened() + transfer(kId, kTrue) + transfer(kNull, kNull) + transfer(kNull, kTrue)),
      kWanted);
}

TEST(FrameGuard, KnowsWhatEndsADelivery) {
  const Bytes begun = opened() + transfer(kId, kTrue);
  const Bytes next = transfer(kNull, kTrue);
  const Bytes detach = frame(described('\x16', 2, small(0) + kTrue));
  const Bytes end = frame(described('\x17', 0, ""));
  for (const Bytes& ending : {transfer(kNull, kTrue, kTrue), detach, end, attach_both("q")}) {
    EXPECT_NE(fault_of(begun + ending + next), "");
    EXPECT_EQ(fault_of(begun + ending + transfer(small(1), kTrue)), "");
  }
}

TEST(FrameGuard, TakesNoFieldsThatCanBeReadInTwoWays) {
  const Bytes wrong_type = Bytes("\x45");  // a list where the id belongs
  EXPECT_NE(fault_of(opened() + transfer(wrong_type, kTrue)), "");
  const Bytes more = small(0) + kId + kNull + kNull + kNull + kTrue;
  EXPECT_NE(fault_of(opened() + frame(described('\x14', 1, more))), "");  // holds six, says one
  EXPECT_NE(fault_of(opened() + frame(described('\x14', 7, more))), "");
  EXPECT_NE(fault_of(opened() + frame(described('\x16', 0, small(0)))), "");
  EXPECT_NE(fault_of(opened() + frame("hello")), "");
  EXPECT_NE(fault_of(opened() + Bytes("\0\0\0\7\2\0\0\0", 8)), "");
  EXPECT_NE(fault_of(opened() + Bytes("\0\0\0\x8\3\0\0\0", 8)), "");
}

TEST(FrameGuard, KeepsLoginAndConversationApart) {
  constexpr const char* kWanted = "the peer sent a frame that has no place there";
  const Bytes outcome = described('\x44', 1, small(0));
  const Bytes open = described('\x10', 1, fuzz::amqp::text("fuzz"));
  const auto sasl = fuzz::amqp::FrameType::sasl;
  EXPECT_EQ(fault_of(opened() + frame(outcome, sasl)), kWanted);
  EXPECT_EQ(fault_of(opened() + frame(outcome)), kWanted);
  EXPECT_EQ(fault_of(sasl_anonymous() + frame(open, sasl)), kWanted);
  EXPECT_EQ(fault_of(sasl_anonymous() + frame(open)), kWanted);
}

TEST(FrameGuard, SaysThatAnotherProtocolIsSpoken) {
  for (const Bytes& other : {Bytes("HTTP/1.1 200"), Bytes("\x16\x03\x01\x02\x00\x01\x00\x01", 8),
                             Bytes("AMQP\x02\x01\x00\x00", 8)}) {
    EXPECT_NE(fault_of(other).find("does not speak AMQP 1.0"), std::string::npos);
  }
}

TEST(FrameGuard, LooksAtNoMoreThanTheFieldsOfALongFrame) {
  const Bytes head = described('\x14', 2, small(0) + kId);
  EXPECT_EQ(fault_of(opened() + frame(head + Bytes(100'000, '\xff')) + frame("")), "");
  EXPECT_NE(fault_of(opened() + frame(head + Bytes(100'000, '\xff')) + frame("hello")), "");
}

}  // namespace
}  // namespace mgc::transport
