#include <gtest/gtest.h>

#include "transport/receiver.hpp"
#include "transport/receiver_link.hpp"

namespace mgc::transport {
namespace {

std::vector<std::pair<std::uint64_t, bool>> taken(ReceiverLink& link) {
  std::vector<std::pair<std::uint64_t, bool>> all;
  for (const Settlement& settlement : link.take())
    all.emplace_back(settlement.delivery, settlement.accepted);
  return all;
}

using Settled = std::vector<std::pair<std::uint64_t, bool>>;

TEST(SettlementToken, ReleasesWhenItIsDropped) {
  const auto link = std::make_shared<ReceiverLink>();
  { const SettlementToken token(link, 1, 7); }
  EXPECT_EQ(taken(*link), (Settled{{7, false}}));
}

TEST(SettlementToken, SettlesOnceHoweverOftenItIsMoved) {
  const auto link = std::make_shared<ReceiverLink>();
  {
    SettlementToken first(link, 1, 7);
    SettlementToken second(std::move(first));
    SettlementToken third;
    third = std::move(second);
    EXPECT_TRUE(third.pending());
    std::vector<SettlementToken> tokens;
    tokens.push_back(std::move(third));
    accept(std::move(tokens));
  }
  EXPECT_EQ(taken(*link), (Settled{{7, true}}));
}

TEST(SettlementToken, ReleasesWhatAnAssignmentReplaces) {
  const auto link = std::make_shared<ReceiverLink>();
  SettlementToken token(link, 1, 1);
  token = SettlementToken(link, 1, 2);
  EXPECT_EQ(taken(*link), (Settled{{1, false}}));
}

TEST(SettlementToken, AcceptsInTheOrderGiven) {
  const auto link = std::make_shared<ReceiverLink>();
  std::vector<SettlementToken> tokens;
  for (const std::uint64_t number : {3U, 1U, 2U}) tokens.emplace_back(link, 1, number);
  accept(std::move(tokens));
  EXPECT_EQ(taken(*link), (Settled{{3, true}, {1, true}, {2, true}}));
}

TEST(SettlementToken, BringsEachToTheReceiverItCameFrom) {
  const auto one = std::make_shared<ReceiverLink>();
  const auto two = std::make_shared<ReceiverLink>();
  std::vector<SettlementToken> tokens;
  tokens.emplace_back(one, 1, 1);
  tokens.emplace_back(two, 1, 2);
  tokens.emplace_back(one, 1, 3);
  tokens.emplace_back();
  accept(std::move(tokens));
  EXPECT_EQ(taken(*one), (Settled{{1, true}, {3, true}}));
  EXPECT_EQ(taken(*two), (Settled{{2, true}}));
}

TEST(SettlementToken, DoesNothingOnceTheReceiverIsGone) {
  const auto link = std::make_shared<ReceiverLink>();
  link->close();
  { const SettlementToken token(link, 1, 7); }
  EXPECT_TRUE(link->take().empty());
}

}  // namespace
}  // namespace mgc::transport
