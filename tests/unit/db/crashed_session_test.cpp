#include "db/crashed_session.hpp"

#include <gtest/gtest.h>

namespace mgc::db {
namespace {

/// A session from sequence 10 on, of an epoch that is stored through 50.
OpenSession open_session() {
  OpenSession session;
  session.first_sequence = 10;
  session.max_seen = 50;
  return session;
}

TEST(CrashedThrough, AnOnlySessionMayStillRun) {
  EXPECT_EQ(crashed_through(open_session()), std::nullopt);
}

TEST(CrashedThrough, TheNextStartEndsIt) {
  auto session = open_session();
  session.next_start = 31;
  EXPECT_EQ(crashed_through(session), 30U);
}

TEST(CrashedThrough, NothingIsSaidWhileSomethingBeforeTheNextStartIsMissing) {
  auto session = open_session();
  session.next_start = 31;
  for (const std::uint64_t missing : {11U, 30U}) {
    session.missing_from = missing;
    EXPECT_EQ(crashed_through(session), std::nullopt) << missing;
  }
  session.missing_from = 32;
  EXPECT_EQ(crashed_through(session), 30U) << "of the next session";
}

TEST(CrashedThrough, AStartWithANewOutboxEndsItWhereItsEpochEnds) {
  auto session = open_session();
  session.later_epoch_started = true;
  EXPECT_EQ(crashed_through(session), 50U);
  session.missing_from = 49;
  EXPECT_EQ(crashed_through(session), std::nullopt);
}

TEST(CrashedThrough, TheNextStartOfItsOwnEpochComesFirst) {
  auto session = open_session();
  session.later_epoch_started = true;
  session.next_start = 31;
  session.missing_from = 40;
  EXPECT_EQ(crashed_through(session), 30U);
}

}  // namespace
}  // namespace mgc::db
