#include "db/parameters.hpp"

#include <gtest/gtest.h>

namespace mgc::db {
namespace {

TEST(Parameters, BecomePositionsInTheOrderOfTheirUse) {
  const auto sql = to_positional("SELECT ?2, ?1, ?2 + ?10");
  EXPECT_EQ(sql.text, "SELECT ?, ?, ? + ?");
  EXPECT_EQ(sql.order, (std::vector<int>{2, 1, 2, 10}));
}

TEST(Parameters, TakeTheMarkOfTheEngine) {
  EXPECT_EQ(with_mark("a = ?1 AND b = ?12", '$'), "a = $1 AND b = $12");
}

TEST(Parameters, InsideOfQuotesAreText) {
  EXPECT_EQ(with_mark("'?1' || \"a?2\" || 'it''s ?3' || ?4 || ?", '$'),
            "'?1' || \"a?2\" || 'it''s ?3' || $4 || ?");
}

}  // namespace
}  // namespace mgc::db
