#include "audit/projection.hpp"

#include <gtest/gtest.h>

#include "tests/support/sample_events.hpp"

namespace mgc::audit {
namespace {

class ProjectionTest : public testing::Test {
 protected:
  ProjectionTest() {
    row_.event = db::row_of(event_);
    row_.event.names.room_id = 1;
    row_.event.names.actor_id = 2;
    row_.room = &room_;
    row_.actor = &actor_;
  }
  [[nodiscard]] std::string differences() const { return projection_differences(event_, row_); }

  const Bytes wire_ = schema::encode_event(test::chat_event("hello")).value();
  const schema::EventView event_ = schema::view_event(wire_).value();
  db::Name room_{'r', {"ma-chan://example.org/ubuntu", "#ubuntu", ""}};
  db::Name actor_{'p', {"sip:anna@example.org", "anna", "anna@example.org"}};
  db::ProjectedRow row_;
};

TEST_F(ProjectionTest, ARowThatSaysTheSameHasNoDifferences) { EXPECT_EQ(differences(), ""); }

TEST_F(ProjectionTest, EveryColumnThatDiffersIsNamed) {
  row_.event.kind = 7;
  row_.event.occurred_at += 1;
  row_.event.content = "bye";
  row_.event.chat_id = 2;
  row_.event.file_name = "";
  row_.event.file_sha256 = "";
  EXPECT_EQ(differences(), "kind, occurred_at, content, chat_id, file_name, file_sha256");
}

TEST_F(ProjectionTest, EachPartOfANameCounts) {
  actor_.parts[2] = "";
  room_.parts[1] = "#Ubuntu";
  EXPECT_EQ(differences(), "room, actor");
  actor_ = {'x', {"sip:anna@example.org", "anna", "anna@example.org"}};
  room_.parts[1] = "#ubuntu";
  EXPECT_EQ(differences(), "actor") << "that somebody is of another organisation";
}

TEST_F(ProjectionTest, NobodyIsNotSomebody) {
  row_.event.names.actor_id = 0;
  row_.actor = nullptr;
  EXPECT_EQ(differences(), "actor");
  row_.event.names.actor_id = 99;
  EXPECT_EQ(differences(), "actor") << "nobody has that id";
  row_.event.names.actor_id = 2;
  row_.actor = &actor_;
  row_.event.names.target_id = 2;
  row_.target = &actor_;
  EXPECT_EQ(differences(), "target") << "the event names no target";
}

}  // namespace
}  // namespace mgc::audit
