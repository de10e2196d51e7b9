#include "audit/slice_export.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "audit/export.hpp"
#include "core/failpoint.hpp"
#include "tests/unit/audit/posting_store.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;
using schema::EventKind;
using test::event_of;
using test::tree;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// Two files for each slice: its event ids, and who is where.
Result<std::vector<OutputFile>> write_both(const Slice& slice) {
  Bytes ids;
  for (const auto& event : slice.events) ids += std::to_string(event.event_id) + " ";
  Bytes present;
  for (const auto& [room, people] : slice.present) {
    present += room.substr(room.rfind('/') + 1) + ":";
    for (const Occupant& one : people) present += " " + one.name;
    present += "\n";
  }
  const std::string number = std::to_string(slice.number);
  return std::vector<OutputFile>{{"ids/" + number, ids}, {number + ".who", present}};
}

class SliceExportTest : public test::PostingStore {
 protected:
  void TearDown() override { arm_failpoints(""); }

  Result<ExportReport> run(const std::string& to, SliceFormat write = write_both,
                           const db::EventQuery& query = {}) {
    const auto store = reader();
    return export_events(*store,
                         {query, {"both", {}, FileFormat{std::move(write), true}}, dir_ / to},
                         [](std::uint64_t) {}, {});
  }
  /// Of an export with one file of this name; empty when there is none.
  std::string error_of_name(const std::string& name) {
    const auto report = run("name", [&](const Slice&) {
      return std::vector<OutputFile>{{name, "x"}};
    });
    return report ? "" : report.error().message;
  }
};

std::vector<std::string> large_posts() {
  return std::vector<std::string>(12, std::string(kMiB, 'x'));
}

TEST_F(SliceExportTest, CutsAtFixedEventIds) {
  std::vector<std::string> few(kSliceIds - 1, "x");
  post(few);
  post({"last of the first", "first of the second", "more"});
  const auto report = run("out");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->events, kSliceIds + 2);
  EXPECT_EQ(report->files, 4U);
  const auto files = tree(dir_ / "out");
  EXPECT_TRUE(files.at("ids/0").ends_with(" 9998 9999 "));
  EXPECT_EQ(files.at("ids/10000"), "10000 10001 ");
  EXPECT_EQ(files.size(), 5U) << "four files and the manifest";
}

TEST_F(SliceExportTest, CutsWhatHasTooManyBytes) {
  post(large_posts());
  ASSERT_TRUE(run("out"));
  const auto files = tree(dir_ / "out");
  EXPECT_EQ(files.at("ids/0"), "0 1 2 3 4 5 6 ") << "with its names it is over 8 MiB at the eighth";
  EXPECT_EQ(files.at("ids/7"), "7 8 9 10 11 ");
}

TEST_F(SliceExportTest, WritesManyFilesOfASlice) {
  post({"a"});
  const auto report = run("out", [](const Slice&) {
    std::vector<OutputFile> files;
    for (int i = 0; i < 300; ++i)
      files.push_back({std::to_string(i % 7) + "/" + std::to_string(i), std::to_string(i)});
    return files;
  });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->files, 300U);
  EXPECT_EQ(tree(dir_ / "out").at("4/298"), "298");
}

TEST_F(SliceExportTest, TakesADirectoryInAnySpelling) {
  post({"a"});
  for (const char* to : {"out/", "out//.", "new/../out"}) {
    std::filesystem::create_directory(dir_ / "new");
    const auto report = run(to);
    ASSERT_TRUE(report) << to << ": " << report.error().message;
    EXPECT_EQ(tree(dir_ / "out").count("ids/0"), 1U) << to;
    std::filesystem::remove_all(dir_ / "out");
  }
}

TEST_F(SliceExportTest, GivesNoFileWhereThereIsNoHit) {
  post({"a", "b", "a"});
  db::EventQuery query;
  query.text = "c";
  const auto report = run("out", write_both, query);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->events, 0U);
  const auto files = tree(dir_ / "out");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(json::parse(files.at("manifest.json"))["files"], json::array());
}

TEST_F(SliceExportTest, ListsEachFileInTheManifest) {
  post({"a", "b"});
  ASSERT_TRUE(run("out"));
  const json manifest = json::parse(test::contents(dir_ / "out" / "manifest.json"));
  const auto sha256 = [](const std::string& text) { return schema::to_hex(test::sha256_of(text)); };
  const json expected = {{{"name", "ids/0"}, {"bytes", 4}, {"sha256", sha256("0 1 ")}},
                         {{"name", "0.who"}, {"bytes", 0}, {"sha256", sha256("")}}};
  EXPECT_EQ(manifest["files"], expected);
  EXPECT_EQ(manifest["events"], 2);
  EXPECT_EQ(manifest["coverage"][0]["last_sequence"], 2);
}

TEST_F(SliceExportTest, SaysWhoIsInTheRoomsOfEachSlice) {
  std::vector<schema::Event> events = {event_of(EventKind::join, "red", "anna"),
                                       event_of(EventKind::join, "blue", "berta")};
  for (int i = 0; i < 12; ++i)
    events.push_back(
        event_of(EventKind::chat, i < 8 ? "red" : "blue", "anna", std::string(kMiB, 'x')));
  events[3] = event_of(EventKind::part, "red", "anna");
  record({events.begin(), events.begin() + 7});
  record({events.begin() + 7, events.end()});
  ASSERT_TRUE(run("out"));
  const auto files = tree(dir_ / "out");
  EXPECT_EQ(files.at("0.who"), "");
  EXPECT_EQ(files.at("10.who"), "blue: berta\n");
  db::EventQuery posts;
  posts.kinds = {EventKind::chat};
  ASSERT_TRUE(run("posts", write_both, posts));
  const auto of_posts = tree(dir_ / "posts");
  EXPECT_EQ(of_posts.at("ids/0"), "2 4 5 6 7 8 9 ");
  EXPECT_EQ(of_posts.at("0.who"), "red: anna\n") << "although her JOIN is no hit";
}

TEST_F(SliceExportTest, GoesOnFromEachStepAsIfItHadNotBeenKilled) {
  record({event_of(EventKind::join, "ubuntu", "carl")});
  post(large_posts());
  ASSERT_TRUE(run("whole"));
  const auto whole = tree(dir_ / "whole");
  ASSERT_EQ(whole.size(), 5U);
  int kills = 0;
  for (const char* point : {"export.aside", "export.renamed", "export.listed", "export.saved",
                            "export.before_manifest"}) {
    for (int time = 1;; ++time) {
      ASSERT_LT(time, 20) << "it never ends";
      const std::string to = std::string(point) + std::to_string(time);
      arm_failpoints(std::string(point) + "=error@" + std::to_string(time));
      const bool ended = run(to).has_value();
      arm_failpoints("");
      if (ended) break;
      ++kills;
      const auto report = run(to);
      ASSERT_TRUE(report) << to << ": " << report.error().message;
      EXPECT_EQ(report->events, 13U) << to;
      EXPECT_TRUE(tree(dir_ / to) == whole) << to;
    }
  }
  // Two slices of two files: aside they, 3 states and the manifest; 4 renames; 2 lists; 3 states.
  EXPECT_EQ(kills, 8 + 4 + 2 + 3 + 1);
}

TEST_F(SliceExportTest, EndsWhereTheLedgerWasWhenItBegan) {
  post({"a"});
  ASSERT_TRUE(run("whole"));
  arm_failpoints("export.renamed=error@1");
  ASSERT_FALSE(run("killed"));
  arm_failpoints("");
  post({"of a later block"});
  ASSERT_TRUE(run("killed"));
  EXPECT_EQ(tree(dir_ / "killed"), tree(dir_ / "whole"));
}

TEST_F(SliceExportTest, RefusesAnotherFormatInTheSamePlace) {
  post({"a"});
  arm_failpoints("export.renamed=error@1");
  ASSERT_FALSE(run("out"));
  arm_failpoints("");
  const auto store = reader();
  const ExportFormat other = {"both", {{"option", 1}}, FileFormat{write_both, false}};
  EXPECT_FALSE(export_events(*store, {{}, other, dir_ / "out"}, [](std::uint64_t) {}, {}));
  EXPECT_TRUE(run("out"));
  EXPECT_FALSE(export_events(*store, {{}, other, dir_ / "out"}, [](std::uint64_t) {}, {}));
}

TEST_F(SliceExportTest, IsNotCompleteWithoutOneOfItsFiles) {
  post({"a"});
  ASSERT_TRUE(run("out"));
  std::filesystem::remove(dir_ / "out" / "ids" / "0");
  EXPECT_FALSE(run("out"));
}

TEST_F(SliceExportTest, RefusesANameThatIsNone) {
  post({"a"});
  for (const char* name :
       {"", "/etc/passwd", "../up", "a/../../up", "a//b", "a/", ".", "a/./b", "a b", "a\nb",
        "\x1b[2J", "\xc3\xbc.xml", "a\\b", "manifest.json", "export.state", "x.new"}) {
    EXPECT_NE(error_of_name(name), "") << name;
    std::filesystem::remove_all(dir_ / "name");
  }
  EXPECT_NE(error_of_name(std::string(201, 'a')), "");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "up"));
}

TEST_F(SliceExportTest, RefusesTwoFilesOfOneName) {
  post(large_posts());
  const auto in_a_slice = run("one", [](const Slice&) {
    return std::vector<OutputFile>{{"a", "x"}, {"a", "y"}};
  });
  EXPECT_FALSE(in_a_slice);
  const auto in_two = run("two", [](const Slice&) { return std::vector<OutputFile>{{"a", "x"}}; });
  ASSERT_FALSE(in_two);
  EXPECT_NE(in_two.error().message.find("is there already"), std::string::npos);
}

TEST_F(SliceExportTest, EndsWithTheErrorOfItsFormat) {
  post({"a"});
  const auto report = run("out", [](const Slice&) -> Result<std::vector<OutputFile>> {
    return Error{Action::stop, "event_id 0 cannot be held"};
  });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, "event_id 0 cannot be held");
  EXPECT_TRUE(run("out")) << "with a format that can, it goes on";
}

}  // namespace
}  // namespace mgc::audit
