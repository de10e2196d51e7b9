#include "consumer/trials.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "core/clock.hpp"
#include "db/migrate.hpp"
#include "db/session.hpp"
#include "tests/support/sample_events.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::consumer {
namespace {

TEST(Verdict, GivesUpAfterThreeAttemptsWithoutAnEnd) {
  EXPECT_FALSE(Verdict{0}.give_up());
  EXPECT_FALSE(Verdict{2}.give_up());
  EXPECT_TRUE(Verdict{3}.give_up());
  EXPECT_EQ(Verdict{2}.marked(), 3U);
  EXPECT_EQ(Verdict{2}.after(true), 0U);
  EXPECT_EQ(Verdict{2}.after(false), 2U) << "an orderly end is not the message's fault";
}

class TrialsTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(db::init_database(dsn_, db::Schema::mgccomp, clock_));
    ASSERT_TRUE(writer_.take_lane({}));
  }
  static DecodedRecord suspect(Bytes body) {
    DecodedRecord record;
    record.suspect.emplace().message.body = std::move(body);
    record.suspect->message.id = "some message";
    return record;
  }
  std::string marks() {
    const auto session = db::open_session(dsn_, db::OpenMode::read_only);
    EXPECT_TRUE(session);
    std::string all;
    const auto read =
        (*session)->query("SELECT message_id, attempts FROM attempt", {}, [&](const db::Row& row) {
          all += row.text(0) + "=" + std::to_string(row.integer(1)) + ";";
          return true;
        });
    EXPECT_TRUE(read);
    return all;
  }
  /// As a process that is ended in the middle of it.
  Result<DecodedRecord> begin_and_die(const Bytes& body) {
    GivenUp given_up;
    Trials trials(writer_, given_up);
    return trials.begin(suspect(body), {});
  }

  test::TempDir dir_;
  SystemClock clock_;
  const std::string dsn_ = "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  Writer writer_{dsn_, {"compliance", "test", std::chrono::seconds{60}}, clock_};
};

TEST_F(TrialsTest, IsMarkedBeforeItIsDecodedAndNoMoreAfterItsEnd) {
  GivenUp given_up;
  Trials trials(writer_, given_up);
  const auto record = trials.begin(suspect(test::pack_body("node", 1, 1, 2)), {});
  ASSERT_TRUE(record && record->pack);
  EXPECT_EQ(marks(), "some message=1;");
  trials.end(true);
  EXPECT_EQ(marks(), "some message=0;");
}

TEST_F(TrialsTest, AnOrderlyEndIsNotCounted) {
  ASSERT_TRUE(begin_and_die("garbage"));
  GivenUp given_up;
  Trials trials(writer_, given_up);
  ASSERT_TRUE(trials.begin(suspect("garbage"), {}));
  EXPECT_EQ(marks(), "some message=2;");
  trials.end(false);
  EXPECT_EQ(marks(), "some message=1;");
}

TEST_F(TrialsTest, AfterThreeItIsADeadLetterForGoodAndOthersAreNot) {
  const Bytes pack = test::pack_body("node", 1, 1, 2);
  for (int i = 0; i < 3; ++i) {
    const auto record = begin_and_die(pack);
    ASSERT_TRUE(record && record->pack) << i;
  }
  GivenUp given_up;
  Trials trials(writer_, given_up);
  ASSERT_TRUE(trials.load({}));
  EXPECT_TRUE(given_up.contains(schema::Hasher().sha256(pack)));
  for (int i = 0; i < 2; ++i) {
    const auto record = trials.begin(suspect(pack), {});
    ASSERT_TRUE(record && record->dead_letter);
    EXPECT_EQ(record->dead_letter->raw, pack);
    EXPECT_EQ(record->dead_letter->message_id, "some message");
    EXPECT_NE(record->dead_letter->reason.find("ended the service 3 times"), std::string::npos);
    trials.end(true);
  }
  const auto other = trials.begin(suspect(test::pack_body("node", 1, 3, 2)), {});
  EXPECT_TRUE(other && other->pack);
}

}  // namespace
}  // namespace mgc::consumer
