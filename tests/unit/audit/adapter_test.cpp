#include "audit/adapter.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/failpoint.hpp"
#include "tests/unit/audit/posting_store.hpp"

namespace mgc::audit {
namespace {

using schema::EventKind;
using test::event_of;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// A file for each slice with its event ids, and one with who is in the room "ubuntu".
SliceFormat writing(const std::string& suffix) {
  return [suffix](const Slice& slice) -> Result<std::vector<OutputFile>> {
    Bytes ids, present;
    for (const auto& event : slice.events) ids += std::to_string(event.event_id) + " ";
    for (const auto& [room, people] : slice.present) {
      for (const Occupant& one : people) present += one.name + " ";
    }
    const std::string number = std::to_string(slice.number);
    return std::vector<OutputFile>{{number + suffix, ids}, {number + ".who", present}};
  };
}

class AdapterTest : public test::PostingStore {
 protected:
  void TearDown() override { arm_failpoints(""); }

  Result<Adapter> open(const std::string& suffix = ".ids") {
    return Adapter::open(dir_ / "out", {"ids", suffix, FileFormat{writing(suffix), true}});
  }
  Result<AdapterRun> run(Adapter& adapter) {
    return adapter.run(*reader(), [] {}, {});
  }
  /// As a process that is started for one run.
  Result<AdapterRun> run_anew(const std::string& suffix = ".ids") {
    auto adapter = open(suffix);
    if (!adapter) return adapter.error();
    return run(*adapter);
  }
  /// Takes away what has its name, as whoever archives it; false when a name was there before.
  [[nodiscard]] bool fetch() {
    bool is_new = true;
    for (const auto& [name, text] : test::tree(dir_ / "out")) {
      if (name.starts_with("adapter.") || name.ends_with(".new")) continue;
      is_new = fetched_.emplace(name, text).second && is_new;
      std::filesystem::remove(dir_ / "out" / name);
    }
    return is_new;
  }
  /// All event ids that were fetched, in order of their slices.
  [[nodiscard]] std::string ids() const {
    std::map<std::uint64_t, std::string> slices;
    for (const auto& [name, text] : fetched_) {
      if (!name.ends_with(".who")) slices[std::stoull(name)] += text;
    }
    std::string all;
    for (const auto& [number, text] : slices) all += text;
    return all;
  }

  std::map<std::string, std::string> fetched_;
};

TEST_F(AdapterTest, WritesWhatIsNewAndNothingTwice) {
  auto adapter = open();
  ASSERT_TRUE(adapter) << adapter.error().message;
  EXPECT_EQ(run(*adapter)->events, 0U) << "of an empty store";
  post({"a", "b"});
  const auto first = run(*adapter);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->events, 2U);
  EXPECT_EQ(first->files, 2U);
  EXPECT_EQ(first->bytes, 4U);
  EXPECT_TRUE(fetch());
  EXPECT_EQ(run(*adapter)->files, 0U);
  post({"c"});
  post({"d"});
  EXPECT_EQ(run(*adapter)->events, 2U);
  EXPECT_TRUE(fetch());
  EXPECT_EQ(fetched_.at("0.ids"), "0 1 ");
  EXPECT_EQ(fetched_.at("2.ids"), "2 3 ");
  EXPECT_EQ(db::ComplianceReader::open(dsn()).value()->count()->events, 4U);
}

TEST_F(AdapterTest, KeepsItsPositionBetweenProcesses) {
  record({event_of(EventKind::join, "ubuntu", "anna")});
  EXPECT_EQ(run_anew()->events, 1U);
  post({"b"});
  EXPECT_EQ(run_anew()->events, 1U);
  record({event_of(EventKind::part, "ubuntu", "anna")});
  post({"d"});
  EXPECT_EQ(run_anew()->events, 2U);
  post({"e"});
  EXPECT_EQ(run_anew()->events, 1U);
  EXPECT_TRUE(fetch());
  EXPECT_EQ(ids(), "0 1 2 3 4 ");
  EXPECT_EQ(fetched_.at("0.who"), "");
  EXPECT_EQ(fetched_.at("1.who"), "anna ");
  EXPECT_EQ(fetched_.at("2.who"), "anna ");
  EXPECT_EQ(fetched_.at("4.who"), "");
}

// Whoever fetches files does so after each kill; with another name of files after it, none of the
// slice at which it was killed may stay.
TEST_F(AdapterTest, LeavesOutAndRepeatsNothingWhereverItIsKilled) {
  post(std::vector<std::string>(8, std::string(kMiB, 'x')));
  int kills = 0;
  for (const std::string again : {".ids", ".renamed"}) {
    for (const char* point : {"export.aside", "export.saved", "export.renamed"}) {
      for (int time = 1;; ++time) {
        ASSERT_LT(time, 20) << "it never ends";
        std::filesystem::remove_all(dir_ / "out");
        fetched_.clear();
        arm_failpoints(std::string(point) + "=error@" + std::to_string(time));
        const bool ended = run_anew().has_value();
        arm_failpoints("");
        if (ended) break;
        ++kills;
        ASSERT_TRUE(fetch());
        ASSERT_TRUE(run_anew(again)) << point << time;
        ASSERT_TRUE(fetch()) << "again: " << point << time;
        EXPECT_EQ(ids(), "0 1 2 3 4 5 6 7 ") << point << time << again;
        EXPECT_EQ(test::tree(dir_ / "out").size(), 2U) << "state and lock, nothing aside";
      }
    }
  }
  // Two slices of two files: aside they and 4 states; 4 states; 4 names. Each done twice.
  EXPECT_EQ(kills, 2 * (8 + 4 + 4));
}

TEST_F(AdapterTest, GoesOnWhenTheDiskDoes) {
  post({"a"});
  auto adapter = open();
  std::filesystem::create_directory(dir_ / "out" / "0.who.new");
  EXPECT_FALSE(run(*adapter));
  EXPECT_FALSE(run(*adapter));
  EXPECT_TRUE(fetch());
  EXPECT_TRUE(fetched_.empty());
  post({"b"});
  std::filesystem::remove(dir_ / "out" / "0.who.new");
  ASSERT_TRUE(run(*adapter)) << "what was there when it first tried";
  ASSERT_TRUE(run(*adapter));
  EXPECT_TRUE(fetch());
  EXPECT_EQ(ids(), "0 1 ");
}

TEST_F(AdapterTest, HasItsDirectoryForItself) {
  const auto one = open();
  ASSERT_TRUE(one);
  const auto other = open();
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("in use"), std::string::npos);
}

TEST_F(AdapterTest, DoesNotGoOnFromAnotherStoreOrADamagedState) {
  post({"a"});
  ASSERT_TRUE(run_anew());
  const auto file = dir_ / "out" / "adapter.state";
  const std::string text = test::contents(file);
  nlohmann::json state = nlohmann::json::parse(text);
  state["ledger"][0]["digest"] = std::string(64, '0');
  std::ofstream(file) << state;
  const auto run = run_anew();
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("another store"), std::string::npos);
  std::ofstream(file) << text.substr(0, text.size() / 2);
  EXPECT_FALSE(run_anew());
  std::ofstream(file) << text;
  EXPECT_TRUE(run_anew());
}

TEST_F(AdapterTest, TouchesNothingInADirectoryThatIsNotItsOwn) {
  std::filesystem::create_directory(dir_ / "out");
  std::ofstream(dir_ / "out" / "somebody.new") << "else";
  ASSERT_TRUE(open());
  EXPECT_TRUE(std::filesystem::exists(dir_ / "out" / "somebody.new"));
  post({"a"});
  std::ofstream(dir_ / "out" / "0.ids") << "foreign";
  EXPECT_FALSE(run_anew());
  EXPECT_EQ(test::contents(dir_ / "out" / "0.ids"), "foreign");
}

}  // namespace
}  // namespace mgc::audit
