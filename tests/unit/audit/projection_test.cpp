#include "audit/projection.hpp"

#include <gtest/gtest.h>

#include "tests/support/sample_events.hpp"

namespace mgc::audit {
namespace {

class ProjectionTest : public testing::Test {
 protected:
  ProjectionTest() {
    row_.kind = "CHAT";
    row_.occurred_at = event_.occurred_at;
    row_.room_uri = "ma-chan://example.org/ubuntu";
    row_.room_name = "#ubuntu";
    row_.actor_uri = "sip:anna@example.org";
    row_.actor_name = "anna";
    row_.actor_email = "anna@example.org";
    row_.content = "hello";
    row_.chat_id = 1;
  }
  const Bytes wire_ = schema::encode_event(test::chat_event("hello")).value();
  const schema::EventView event_ = schema::view_event(wire_).value();
  db::ComplianceEvent row_;
};

TEST_F(ProjectionTest, ARowThatSaysTheSameHasNoDifferences) {
  EXPECT_EQ(projection_differences(event_, row_), "");
}

TEST_F(ProjectionTest, EveryColumnThatDiffersIsNamed) {
  row_.content = "bye";
  row_.actor_email = std::nullopt;
  row_.file_name = "added.txt";
  EXPECT_EQ(projection_differences(event_, row_), "actor_email, content, file_name");
}

}  // namespace
}  // namespace mgc::audit
