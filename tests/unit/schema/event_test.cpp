#include "schema/event.hpp"

#include <gtest/gtest.h>

#include "mgc/v1/event.pb.h"

namespace mgc::schema {
namespace {

TEST(EventKind, HasTheNumbersAndNamesOfTheWire) {
  for (std::int32_t number = 1; number <= kEventKindLast; ++number) {
    EXPECT_EQ(kind_name(static_cast<EventKind>(number)),
              v1::EventKind_Name(static_cast<v1::EventKind>(number)));
  }
  EXPECT_EQ(kEventKindLast, v1::EventKind_MAX);
}

TEST(EventKind, WithoutANameIsShownAsItsNumber) {
  EXPECT_EQ(kind_name(EventKind::unspecified), "UNKNOWN(0)");
  EXPECT_EQ(kind_name(static_cast<EventKind>(20)), "UNKNOWN(20)");
  EXPECT_EQ(kind_name(static_cast<EventKind>(-1)), "UNKNOWN(-1)");
}

TEST(EventKind, IsFoundByItsNameInAnyCase) {
  for (std::int32_t number = 1; number <= kEventKindLast; ++number) {
    const auto kind = static_cast<EventKind>(number);
    EXPECT_EQ(kind_from_name(kind_name(kind)), kind);
  }
  EXPECT_EQ(kind_from_name("fileUpload"), EventKind::file_upload);
  EXPECT_EQ(kind_from_name("delete"), EventKind::deletion);
  EXPECT_EQ(kind_from_name(""), std::nullopt);
  EXPECT_EQ(kind_from_name("UNKNOWN(0)"), std::nullopt);
  EXPECT_EQ(kind_from_name("CHATS"), std::nullopt);
}

}  // namespace
}  // namespace mgc::schema
