#include "spool/pack_former.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/ledger.hpp"
#include "schema/limits.hpp"
#include "schema/pack.hpp"

namespace mgc::spool {
namespace {

using ::testing::ElementsAre;

struct Formed {
  std::vector<std::vector<std::string>> packs;
  PackChain chain{"n", 7, 0, {}};
};

/// Forms packs of `appends` and returns the events of each, after checking what they say of
/// themselves.
Formed form(const std::vector<std::vector<Bytes>>& appends, PackLimits limits) {
  Formed formed;
  const std::vector<std::span<const Bytes>> views(appends.begin(), appends.end());
  const auto packs = form_packs(views, limits, formed.chain);
  EXPECT_TRUE(packs);
  Bytes previous;
  std::uint64_t next = 1;
  for (const FormedPack& one : *packs) {
    const auto pack = schema::decode_pack(one.body);
    EXPECT_TRUE(pack);
    EXPECT_EQ(pack->header().message_id(), "n/7/" + std::to_string(next));
    EXPECT_EQ(pack->header().previous_sha256, previous);
    EXPECT_EQ(one.first_sequence, next);
    EXPECT_EQ(one.last_sequence, pack->header().last_sequence());
    next = one.last_sequence + 1;
    previous = Bytes(schema::bytes_of(schema::Hasher().sha256(one.body)));
    auto& events = formed.packs.emplace_back();
    for (std::size_t i = 0; i < pack->size(); ++i) events.emplace_back(pack->event(i));
  }
  EXPECT_EQ(formed.chain.last_sequence, next - 1);
  EXPECT_EQ(formed.chain.last_sha256, previous);
  return formed;
}

TEST(PackFormer, PacksAcrossTheBordersOfAppends) {
  EXPECT_THAT(form({{"a"}, {"b", "c"}, {}, {"d"}}, {10, 1000}).packs,
              ElementsAre(ElementsAre("a", "b", "c", "d")));
}

TEST(PackFormer, ClosesAPackAtItsEvents) {
  EXPECT_THAT(form({{"a", "b", "c"}, {"d", "e"}}, {2, 1000}).packs,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e")));
}

TEST(PackFormer, ClosesAPackBeforeItsBytesAreExceeded) {
  EXPECT_THAT(form({{"12", "34"}, {"56"}, {"7", "8"}}, {10, 5}).packs,
              ElementsAre(ElementsAre("12", "34"), ElementsAre("56", "7", "8")));
}

TEST(PackFormer, AnOversizeEventGoesAlone) {
  EXPECT_THAT(form({{"a", "123456789", "b"}}, {10, 5}).packs,
              ElementsAre(ElementsAre("a"), ElementsAre("123456789"), ElementsAre("b")));
}

TEST(PackFormer, NothingMakesNoPack) {
  EXPECT_TRUE(form({{}, {}}, {10, 5}).packs.empty());
  EXPECT_TRUE(form({}, {10, 5}).packs.empty());
}

TEST(PackFormer, TheLargestLegalEventFitsIntoAPackEvenIfItCannotBeCompressed) {
  Bytes noise(schema::kEventBytesMax, '\0');
  std::uint64_t state = 88172645463325252U;
  for (char& c : noise) {
    state ^= state << 13U;
    state ^= state >> 7U;
    state ^= state << 17U;
    c = static_cast<char>(state);
  }
  EXPECT_EQ(form({{noise}}, {200, schema::kEventBytesMax}).packs.size(), 1U);
}

}  // namespace
}  // namespace mgc::spool
