#include "db/name_ids.hpp"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mgc::test {
namespace {

using db::hash_of;
using db::Name;
using db::name_of;
using db::NameIds;
using schema::PersonView;
using schema::RoomView;

TEST(NameIds, TellsTuplesApart) {
  NameIds ids;
  const std::vector<Name> names = {name_of("a"),
                                   name_of(RoomView{"a", ""}),
                                   name_of(RoomView{"", "a"}),
                                   name_of(PersonView{"a", "", "", false}),
                                   name_of(PersonView{"a", "", "", true}),
                                   name_of(PersonView{"", "a", "", false}),
                                   name_of(PersonView{"", "", "a", false}),
                                   name_of(PersonView{"a", "a", "", false}),
                                   name_of(PersonView{"aa", "", "", false}),
                                   name_of(PersonView{"", "", "", false})};
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(ids.find(names[i]), 0) << i;
    ids.add(names[i], static_cast<std::int64_t>(i) + 1);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(ids.find(names[i]), static_cast<std::int64_t>(i) + 1);
  }
  ids.add(names[0], 99);
  EXPECT_EQ(ids.find(names[0]), 1) << "it is there already";
  EXPECT_EQ(ids.size(), names.size());
}

TEST(NameIds, FindsThousandsAtOnce) {
  std::vector<std::string> texts;
  for (int i = 0; i < 5000; ++i) texts.push_back("sip:user" + std::to_string(i));
  NameIds ids;
  std::vector<Name> names;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    names.push_back(name_of(PersonView{texts[i], "", "", false}));
    if (i % 3 != 0) ids.add(names.back(), static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> found(names.size(), -1);
  ids.find_all(names, found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i], i % 3 == 0 ? 0 : static_cast<std::int64_t>(i)) << texts[i];
  }
}

TEST(NameIds, ForgetsExactlyWhatWasAddedSinceKeep) {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("room" + std::to_string(i));
  NameIds ids;
  for (int i = 0; i < 100; ++i) ids.add(name_of(texts[static_cast<std::size_t>(i)]), i + 1);
  ids.keep();
  const std::size_t bytes = ids.bytes();
  for (int i = 100; i < 300; ++i) ids.add(name_of(texts[static_cast<std::size_t>(i)]), i + 1);
  ids.forget();
  EXPECT_EQ(ids.size(), 100U);
  EXPECT_EQ(ids.bytes(), bytes);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(ids.find(name_of(texts[static_cast<std::size_t>(i)])), i < 100 ? i + 1 : 0);
  }
  ids.clear();
  ids.add(name_of("x"), 7);
  ids.forget();
  EXPECT_EQ(ids.size(), 0U) << "nothing was kept since";
  EXPECT_EQ(ids.find(name_of("x")), 0);
}

TEST(NameIds, TellsNamesWithTheSameHashApart) {
  // Two whose hashes agree in the 32 bits that are kept and in the slot of an empty table.
  std::unordered_map<std::uint64_t, int> seen;
  std::pair<std::string, std::string> alike;
  for (int i = 0; i < 8'000'000 && alike.first.empty(); ++i) {
    const std::string text = std::to_string(i);
    const std::uint64_t hash = hash_of(name_of(text));
    const auto [place, is_new] = seen.try_emplace((hash >> 32U << 6U) | (hash & 63U), i);
    if (!is_new) alike = {std::to_string(place->second), text};
  }
  ASSERT_FALSE(alike.first.empty());
  NameIds ids;
  ids.add(name_of(alike.first), 1);
  EXPECT_EQ(ids.find(name_of(alike.second)), 0);
  ids.add(name_of(alike.second), 2);
  EXPECT_EQ(ids.find(name_of(alike.first)), 1);
  EXPECT_EQ(ids.find(name_of(alike.second)), 2);
}

}  // namespace
}  // namespace mgc::test
