#include "db/scratch_store.hpp"

#include <gtest/gtest.h>

#include "core/clock.hpp"
#include "db/compliance_store.hpp"
#include "db/migrate.hpp"
#include "tests/store/engine.hpp"

namespace mgc::db {
namespace {

class ScratchStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(init_database(engine_->dsn(), Schema::mgccomp, clock_));
    static_cast<void>(engine_->run("INSERT INTO node (name) VALUES ('kept')"));
  }

  SystemClock clock_;
  std::unique_ptr<test::TestEngine> engine_ = test::make_engine();
};

TEST_F(ScratchStoreTest, IsAnEmptyStoreOfItsOwnAndGoesWithEverythingInIt) {
  std::string dsn;
  {
    const auto scratch = ScratchStore::make(engine_->dsn(), clock_);
    if (!scratch) {
      // SQL Server has no place beside the database that is cheap to make.
      ASSERT_TRUE(engine_->dsn().starts_with("odbc://")) << scratch.error().message;
      return;
    }
    dsn = (*scratch)->dsn();
    auto store = ComplianceStore::open(dsn, {.lane = "a", .holder = "b"}, clock_);
    ASSERT_TRUE(store) << store.error().message;
    const auto taken = (*store)->take_lease();
    ASSERT_TRUE(taken && *taken);
  }
  EXPECT_FALSE(ComplianceStore::open(dsn, {.lane = "a", .holder = "b"}, clock_));
  EXPECT_EQ(engine_->run("SELECT name FROM node"), std::vector<std::string>{"kept"});
  EXPECT_EQ(engine_->run("SELECT count(*) FROM lane"), std::vector<std::string>{"0"});
}

TEST_F(ScratchStoreTest, TwoAreTwo) {
  const auto one = ScratchStore::make(engine_->dsn(), clock_);
  const auto other = ScratchStore::make(engine_->dsn(), clock_);
  if (!one || !other) {
    ASSERT_TRUE(engine_->dsn().starts_with("odbc://"));
    return;
  }
  EXPECT_NE((*one)->dsn(), (*other)->dsn());
}

}  // namespace
}  // namespace mgc::db
