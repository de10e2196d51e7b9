#include "db/admission.hpp"

#include <gtest/gtest.h>

namespace mgc::db {
namespace {

TEST(JudgePack, WhatIsNewIsStored) {
  for (const Fit fit : {Fit::extends, Fit::fills}) {
    EXPECT_EQ(judge_pack({.fit = fit}).admission, Admission::store);
  }
}

TEST(JudgePack, TheSameBytesAreARepeat) {
  for (const Fit fit : {Fit::covered, Fit::overlaps}) {
    EXPECT_EQ(judge_pack({.fit = fit, .same_key = true, .same_bytes = true}).admission,
              Admission::repeat);
  }
}

TEST(JudgePack, OtherBytesForStoredSequencesContradict) {
  for (const Fit fit : {Fit::covered, Fit::overlaps}) {
    for (const bool same_key : {false, true}) {
      const auto judged = judge_pack({.fit = fit, .same_key = same_key});
      EXPECT_EQ(judged.admission, Admission::contradict);
      EXPECT_FALSE(judged.why.empty());
    }
  }
}

TEST(JudgePack, AnotherHistoryContradictsOnEitherSide) {
  for (const Fit fit : {Fit::extends, Fit::fills}) {
    const auto behind = judge_pack({.fit = fit, .follows = false});
    EXPECT_EQ(behind.admission, Admission::contradict);
    EXPECT_NE(behind.why.find("it follows"), std::string_view::npos);
    const auto before = judge_pack({.fit = fit, .precedes = false});
    EXPECT_EQ(before.admission, Admission::contradict);
    EXPECT_NE(before.why.find("behind it"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace mgc::db
