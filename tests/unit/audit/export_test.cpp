#include "audit/export.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "audit/event_json.hpp"
#include "audit/export_state.hpp"
#include "audit/formats/table.hpp"
#include "core/failpoint.hpp"
#include "tests/unit/audit/posting_store.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;
using std::literals::operator""sv;
using test::contents;

class ExportTest : public test::PostingStore {
 protected:
  void TearDown() override { arm_failpoints(""); }

  Result<ExportReport> run(const std::string& to, const std::string& format = "jsonl",
                           const db::EventQuery& query = {}) {
    auto reader = db::ComplianceReader::open(dsn());
    EXPECT_TRUE(reader);
    return export_events(**reader, {query, make_format(format).value(), dir_ / to},
                         [](std::uint64_t) {}, {});
  }
  /// Stops when the first events are in the file.
  void run_and_stop(const std::string& to) {
    auto reader = db::ComplianceReader::open(dsn());
    ASSERT_TRUE(reader);
    std::stop_source stop;
    const auto stopped = export_events(
        **reader, {{}, make_format("jsonl").value(), dir_ / to},
        [&](std::uint64_t) { stop.request_stop(); }, stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().action, Action::stop);
  }
};

/// Above the size at which an export writes.
std::vector<std::string> large_texts() {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back(std::to_string(i) + std::string(8'000, 'x'));
  return texts;
}

TEST_F(ExportTest, OfJsonLinesIsWhatASearchShows) {
  post({"plain", "=1+1", "a,\"b\"\r\nc", "\x1b[2J", std::string("nul\0nul"sv), "\u202Eright"});
  const auto report = run("out");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->events, 6U);
  auto reader = db::ComplianceReader::open(dsn());
  const auto hits = (*reader)->search({});
  ASSERT_TRUE(hits);
  std::istringstream lines(contents(report->file));
  std::string line;
  for (const auto& hit : *hits) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(json::parse(line), event_json(hit));
  }
  EXPECT_FALSE(std::getline(lines, line)) << line;
}

TEST_F(ExportTest, HasAManifestThatSaysWhatItIs) {
  post({"one", "two"});
  post({"three"});
  db::EventQuery query;
  query.text = "t";
  const auto report = run("out", "csv", query);
  ASSERT_TRUE(report) << report.error().message;
  const std::string file = contents(report->file);
  const json manifest = json::parse(contents(dir_ / "out" / "manifest.json"));
  EXPECT_EQ(manifest["query"], json({{"text", "t"}}));
  EXPECT_EQ(manifest["events"], 2);
  EXPECT_EQ(manifest["coverage"], json::array({{{"node", "a"},
                                                {"epoch", 1},
                                                {"first_sequence", 2},
                                                {"last_sequence", 3},
                                                {"events", 2}}}));
  EXPECT_EQ(manifest["ledger"][0]["block"], 2);
  EXPECT_EQ(manifest["ledger"][0]["events"], 3);
  EXPECT_EQ(manifest["files"], json::array({{{"name", "events.csv"},
                                             {"bytes", file.size()},
                                             {"sha256", schema::to_hex(test::sha256_of(file))}}}));
  EXPECT_FALSE(std::filesystem::exists(dir_ / "out" / "export.state"));
}

TEST(QueryJson, NamesEverythingThatNarrowsASearch) {
  db::EventQuery query;
  query.content = parse_text_query(R"(oops OR "dry run")").value();
  query.node = "n1";
  query.file_name = "plan";
  query.file_sha256 = Bytes(32, '\xab');
  std::string hex;
  for (int i = 0; i < 32; ++i) hex += "ab";
  EXPECT_EQ(query_json(query), json({{"content", R"(oops OR "dry run")"},
                                     {"node", "n1"},
                                     {"file_name", "plan"},
                                     {"file_sha256", hex}}));
}

TEST_F(ExportTest, GoesOnAfterAStopAsIfThereHadBeenNone) {
  post(large_texts());
  ASSERT_TRUE(run("whole"));
  run_and_stop("stopped");
  EXPECT_FALSE(std::filesystem::exists(dir_ / "stopped" / "manifest.json"));
  EXPECT_LT(std::filesystem::file_size(dir_ / "stopped" / "events.jsonl.part"),
            std::filesystem::file_size(dir_ / "whole" / "events.jsonl"));
  post({"of a later block"});
  const auto report = run("stopped");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->events, 300U);
  for (const char* name : {"events.jsonl", "manifest.json"}) {
    EXPECT_TRUE(contents(dir_ / "stopped" / name) == contents(dir_ / "whole" / name)) << name;
  }
}

TEST_F(ExportTest, GoesOnFromEachOfItsLastSteps) {
  post({"one"});
  ASSERT_TRUE(run("whole"));
  for (const char* point : {"export.saved", "export.before_manifest"}) {
    arm_failpoints(std::string(point) + "=error@1");
    EXPECT_FALSE(run(point));
    EXPECT_TRUE(armed_failpoints_fired()) << point;
    arm_failpoints("");
    const auto report = run(point);
    ASSERT_TRUE(report) << report.error().message;
    for (const char* name : {"events.jsonl", "manifest.json"}) {
      EXPECT_EQ(contents(dir_ / point / name), contents(dir_ / "whole" / name)) << point;
    }
  }
}

TEST_F(ExportTest, IsDoneOnceAndNotMixedWithAnother) {
  post(large_texts());
  ASSERT_TRUE(run("out"));
  const auto again = run("out");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_complete);
  EXPECT_FALSE(run("out", "csv"));
  db::EventQuery query;
  query.text = "x";
  EXPECT_FALSE(run("out", "jsonl", query));
  run_and_stop("stopped");
  EXPECT_FALSE(run("stopped", "jsonl", query));
}

TEST_F(ExportTest, IsNotCompleteWithoutItsFile) {
  post({"one"});
  ASSERT_TRUE(run("out"));
  std::filesystem::resize_file(dir_ / "out" / "events.jsonl", 5);
  EXPECT_FALSE(run("out")) << "a part of it is there";
  std::filesystem::remove(dir_ / "out" / "events.jsonl");
  EXPECT_FALSE(run("out")) << "nothing of it is there";
}

TEST_F(ExportTest, DoesNotGoOnFromAnotherStore) {
  post(large_texts());
  run_and_stop("stopped");
  const auto state = dir_ / "stopped" / "export.state";
  json saved = json::parse(contents(state));
  saved["ledger"][0]["digest"] = std::string(64, '0');
  std::ofstream(state) << saved;
  const auto report = run("stopped");
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("another store"), std::string::npos);
}

}  // namespace
}  // namespace mgc::audit
