#include "schema/event_view.hpp"

#include <gtest/gtest.h>

#include <random>

#include "schema/limits.hpp"
#include "tests/unit/schema/wire.hpp"

namespace mgc::schema {
namespace {

using test::bytes_field;
using test::number_field;
using test::signed_field;
using test::varint;

/// Why view_event() refuses `wire`; empty when it does not.
std::string refusal(const Bytes& wire) {
  const auto view = view_event(wire);
  if (view) return "";
  EXPECT_EQ(view.error().action, Action::reject);
  EXPECT_FALSE(view.error().message.empty());
  return view.error().message;
}

/// A field of the wire that holds text, alone in its event.
struct TextField {
  const char* name;
  std::uint32_t message;  ///< field of Event that holds it; 0 = it is in Event itself
  std::uint32_t field;
  std::size_t size_max;

  [[nodiscard]] Bytes wire(std::string_view text) const {
    if (message == 0) return bytes_field(field, text);
    // Rooms and people need a uri, which comes first so that `text` can replace it.
    const bool has_uri = message >= 3 && message <= 5;
    return bytes_field(message, (has_uri ? bytes_field(1, "u") : "") + bytes_field(field, text));
  }
};
void PrintTo(const TextField& field, std::ostream* out) { *out << field.name; }

class WireText : public testing::TestWithParam<TextField> {};

TEST_P(WireText, MustBeUtf8) {
  EXPECT_EQ(refusal(GetParam().wire("\xE2\x82\xAC")), "");
  for (const char* bad : {"\xFF", "\xC1\x81", "\xE0\x80\xAF", "\xED\xBF\xBF", "\xF5\x80\x80\x80"}) {
    EXPECT_NE(refusal(GetParam().wire(bad)).find(" is not UTF-8"), std::string::npos);
  }
}

TEST_P(WireText, HasItsLimit) {
  const std::size_t size = GetParam().size_max;
  EXPECT_EQ(refusal(GetParam().wire(std::string(size, 'x'))), "");
  EXPECT_NE(refusal(GetParam().wire(std::string(size + 1, 'x'))).find("are allowed"),
            std::string::npos);
}

TEST_P(WireText, MustBeBytesOnTheWire) {
  Bytes wire = number_field(GetParam().field, 1);
  if (GetParam().message != 0) wire = bytes_field(GetParam().message, wire);
  EXPECT_EQ(refusal(wire), "a field of the wrong wire type");
}

INSTANTIATE_TEST_SUITE_P(
    ViewEvent, WireText,
    testing::Values(
        TextField{"content", 0, 6, kContentBytesMax}, TextField{"room.uri", 3, 1, kNameBytesMax},
        TextField{"room.name", 3, 2, kNameBytesMax}, TextField{"actor.uri", 4, 1, kNameBytesMax},
        TextField{"actor.name", 4, 2, kNameBytesMax}, TextField{"actor.email", 4, 3, kNameBytesMax},
        TextField{"target.uri", 5, 1, kNameBytesMax}, TextField{"target.name", 5, 2, kNameBytesMax},
        TextField{"target.email", 5, 3, kNameBytesMax}, TextField{"file.name", 8, 1, kNameBytesMax},
        TextField{"file.url", 8, 4, kUrlBytesMax}, TextField{"source.file", 12, 1, kNameBytesMax},
        TextField{"source.encoding", 12, 3, kNameBytesMax}));

TEST(ViewEvent, ReadsAnEventWithoutFields) {
  const auto view = view_event("");
  ASSERT_TRUE(view);
  EXPECT_EQ(view->kind, EventKind::unspecified);
  EXPECT_EQ(to_micros(view->occurred_at), 0);
}

TEST(ViewEvent, BorrowsTheBytes) {
  const Bytes wire = bytes_field(6, "hello");
  const auto view = view_event(wire);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->content.data(), wire.data() + 2);
}

TEST(ViewEvent, RefusesNumbersAndMessagesOfTheWrongWireType) {
  for (const std::uint32_t field : {1U, 2U, 7U, 9U, 10U}) {
    EXPECT_EQ(refusal(bytes_field(field, "x")), "a field of the wrong wire type") << field;
  }
  for (const std::uint32_t field : {3U, 4U, 5U, 8U, 11U, 12U}) {
    EXPECT_EQ(refusal(number_field(field, 1)), "a field of the wrong wire type") << field;
  }
  EXPECT_EQ(refusal(bytes_field(8, number_field(2, 1))), "a field of the wrong wire type");
  EXPECT_EQ(refusal(bytes_field(8, bytes_field(3, "x"))), "a field of the wrong wire type");
  EXPECT_EQ(refusal(bytes_field(11, bytes_field(1, "x"))), "a field of the wrong wire type");
}

TEST(ViewEvent, KeepsUnknownKinds) {
  for (const std::int32_t number : {0, 16, 99, INT32_MAX, -1, INT32_MIN}) {
    const auto view =
        view_event(number_field(1, static_cast<std::uint64_t>(static_cast<std::int64_t>(number))));
    ASSERT_TRUE(view);
    EXPECT_EQ(static_cast<std::int32_t>(view->kind), number);
  }
}

TEST(ViewEvent, SkipsUnknownFieldsOfEveryWireType) {
  const Bytes unknown = number_field(200, 7) + bytes_field(201, "\xFF\xFE") +
                        varint((202U << 3U) | 1U) + Bytes(8, 'x') + varint((203U << 3U) | 5U) +
                        Bytes(4, 'x') + test::nested_groups(2);
  const Bytes room = bytes_field(3, unknown + bytes_field(1, "r") + unknown);
  const Bytes wire = unknown + bytes_field(6, "hello") + room + unknown;
  const auto view = view_event(wire);
  ASSERT_TRUE(view) << view.error().message;
  EXPECT_EQ(view->content, "hello");
  EXPECT_EQ(view->room->uri, "r");
}

TEST(ViewEvent, BoundsNesting) {
  EXPECT_EQ(refusal(test::nested_groups(kNestingMax)), "");
  EXPECT_NE(refusal(test::nested_groups(kNestingMax + 1)), "");
  EXPECT_NE(refusal(test::nested_groups(200'000)), "");
  EXPECT_NE(refusal(bytes_field(4, bytes_field(1, "u") + test::nested_groups(200'000))), "");
}

TEST(ViewEvent, BoundsTheWholeEvent) {
  const Bytes content = bytes_field(6, Bytes(kContentBytesMax, 'x'));
  const std::size_t room_left = kEventBytesMax - content.size();
  const std::size_t overhead = bytes_field(100, Bytes(room_left, 'x')).size() - room_left;
  const Bytes padding = bytes_field(100, Bytes(room_left - overhead, 'x'));
  ASSERT_EQ(content.size() + padding.size(), kEventBytesMax);
  EXPECT_EQ(refusal(content + padding), "");
  const Bytes one_more = bytes_field(100, Bytes(room_left - overhead + 1, 'x'));
  EXPECT_NE(refusal(content + one_more).find("at most 1572864 are allowed"), std::string::npos);
}

TEST(ViewEvent, BoundsNumbersAndTimes) {
  EXPECT_EQ(refusal(number_field(7, kNumberMax)), "");
  EXPECT_EQ(refusal(number_field(7, kNumberMax + 1)), "chat_id is out of range");
  EXPECT_EQ(refusal(signed_field(2, kUtcMicrosMin)), "");
  EXPECT_EQ(refusal(signed_field(2, kUtcMicrosMin - 1)), "occurred_at is not in years 1 to 9999");
  EXPECT_EQ(refusal(signed_field(10, kUtcMicrosMax)), "");
  EXPECT_EQ(refusal(signed_field(10, kUtcMicrosMax + 1)),
            "purged_through is not in years 1 to 9999");
  EXPECT_EQ(refusal(bytes_field(8, number_field(3, kNumberMax + 1))), "file.size is out of range");
}

TEST(ViewEvent, RefusesMalformedTagsAndLengths) {
  EXPECT_NE(refusal(Bytes(1, '\0')), "");                       // field 0
  EXPECT_NE(refusal("\x07"), "");                               // wire type 7
  EXPECT_NE(refusal(varint((100U << 3U) | 4U)), "");            // a group ends that never began
  EXPECT_NE(refusal(varint((100U << 3U) | 3U)), "");            // a group that never ends
  EXPECT_NE(refusal(Bytes("\x38") + Bytes(10, '\xFF')), "");    // a number of eleven bytes
  EXPECT_NE(refusal(Bytes("\x32") + varint(6) + "hello"), "");  // one byte is missing
  // Numbers whose low 32 bits alone would be a legal length and a legal tag.
  EXPECT_NE(refusal(Bytes("\x32") + varint((std::uint64_t{1} << 32U) + 5) + "hello"), "");
  EXPECT_NE(refusal(varint((std::uint64_t{1} << 35U) | 0x32U) + varint(5) + "hello"), "");
}

TEST(ViewEvent, SurvivesTruncationAtEveryByte) {
  const Bytes wire = *encode_event(test::full_event());
  std::size_t refused = 0;
  for (std::size_t size = 0; size < wire.size(); ++size) {
    // A copy of its own, so that AddressSanitizer sees a read past its end.
    const Bytes cut(wire.data(), size);
    if (!refusal(cut).empty()) ++refused;
  }
  // What ends exactly between two of the fourteen fields is an event, everything else is not.
  EXPECT_EQ(wire.size() - refused, 14U);
}

TEST(ViewEvent, SurvivesRandomBytes) {
  std::mt19937 random(20060305);
  for (int round = 0; round < 20'000; ++round) {
    Bytes wire(random() % 64, '\0');
    for (char& byte : wire) byte = static_cast<char>(random());
    const auto view = view_event(wire);
    if (view) {
      EXPECT_LE(view->content.size(), wire.size());
    }
  }
}

}  // namespace
}  // namespace mgc::schema
