#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <regex>

#include "core/metrics.hpp"
#include "tests/metrics/endpoint_client.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/audit/posting_store.hpp"

namespace mgc {
namespace {

using test::eventually;
using test::metrics_port;
using test::Process;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::seconds kPatience{20};

/// `mgc audit adapter run` as a process.
class AdapterProcess : public test::PostingStore {
 protected:
  std::unique_ptr<Process> start(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--metrics", "127.0.0.1:0"});
    return run(more);
  }
  /// One run: its exit code.
  std::optional<int> once(const std::string& environment = "MGC_FAILPOINTS=") {
    return run({"--once"}, {environment})->wait(kPatience);
  }
  std::unique_ptr<Process> run(const std::vector<std::string>& more,
                               const std::vector<std::string>& environment = {}) {
    std::vector<std::string> command = {MGC_PROGRAM, "audit", "adapter",      "run",   "--mgccomp",
                                        dsn(),       "--out", out().string(), "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<Process>(command, dir_ / "adapter", environment);
  }
  [[nodiscard]] std::filesystem::path out() const { return dir_ / "out"; }

  static double value(std::uint16_t port, const std::string& name) {
    const std::string answer = test::get(port, "/metrics");
    const auto at = answer.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stod(answer.substr(at + name.size() + 2));
  }
  /// The event ids in all files, each as often as it is there.
  [[nodiscard]] std::vector<int> ids() const {
    std::vector<int> all;
    const std::regex id("<Message [^>]*eventId=\"([0-9]+)\"");
    for (const auto& [name, text] : test::tree(out())) {
      if (!name.ends_with(".xml")) continue;
      for (std::sregex_iterator at(text.begin(), text.end(), id), end; at != end; ++at)
        all.push_back(std::stoi((*at)[1]));
    }
    return all;
  }
};

TEST_F(AdapterProcess, WritesShowsAndEndsWithTheSignal) {
  post({"a", "b"});
  const auto adapter = start();
  const std::uint16_t port = metrics_port(*adapter);
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_runs_total") == 1; }));
  EXPECT_EQ(value(port, "mgc_adapter_events_total"), 2);
  EXPECT_EQ(value(port, "mgc_adapter_files_total"), 1);
  EXPECT_EQ(value(port, "mgc_adapter_failing"), 0);
  EXPECT_GT(value(port, "mgc_adapter_last_run_timestamp_seconds"), 1.7e9);
  EXPECT_THAT(test::get(port, "/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(test::get(port, "/healthz"), StartsWith("HTTP/1.1 200 "));
  adapter->kill(SIGTERM);
  EXPECT_EQ(adapter->wait(kPatience), 0);
  EXPECT_EQ(nlohmann::json::parse(adapter->out())["events"], 2);
  EXPECT_THAT(ids(), testing::ElementsAre(0, 1));
}

TEST_F(AdapterProcess, TriesAgainUntilTheDiskTakesTheFile) {
  post({"a"});
  std::filesystem::create_directories(out() / "compliance-000000000000.xml.new");
  const auto adapter = start();
  const std::uint16_t port = metrics_port(*adapter);
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_failures_total") >= 2; }));
  EXPECT_EQ(value(port, "mgc_adapter_failing"), 1);
  EXPECT_THAT(test::get(port, "/readyz"), testing::AllOf(StartsWith("HTTP/1.1 503 "),
                                                         HasSubstr("compliance-000000000000.xml")));
  std::filesystem::remove(out() / "compliance-000000000000.xml.new");
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_runs_total") == 1; }));
  EXPECT_EQ(value(port, "mgc_adapter_failing"), 0);
  EXPECT_THAT(test::get(port, "/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ids(), testing::ElementsAre(0));
}

TEST_F(AdapterProcess, TriesAgainWithAStylesheetThatFails) {
  post({"a"});
  const auto sheet = dir_ / "sheet.xsl";
  std::ofstream(sheet)
      << "<xsl:stylesheet version='1.0'"
         " xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>"
         "<xsl:template match='/'><xsl:message terminate='yes'>no more</xsl:message>"
         "</xsl:template></xsl:stylesheet>";
  const auto adapter = start({"--CustomConfiguration", sheet.string()});
  const std::uint16_t port = metrics_port(*adapter);
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_failures_total") >= 1; }));
  EXPECT_THAT(test::get(port, "/readyz"),
              testing::AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("no more")));
  adapter->kill(SIGTERM);
  EXPECT_EQ(adapter->wait(kPatience), 0);
  EXPECT_EQ(once(), 0) << "without it, nothing is left out";
  EXPECT_THAT(ids(), testing::ElementsAre(0));
}

TEST_F(AdapterProcess, WaitsForADatabaseThatIsAway) {
  post({"a"});
  std::filesystem::rename(dir_ / "mgccomp.db", dir_ / "away.db");
  const auto adapter = start();
  const std::uint16_t port = metrics_port(*adapter);
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_failing") == 1; }));
  std::filesystem::rename(dir_ / "away.db", dir_ / "mgccomp.db");
  ASSERT_TRUE(eventually([&] { return value(port, "mgc_adapter_runs_total") == 1; }));
  EXPECT_THAT(ids(), testing::ElementsAre(0));
}

TEST_F(AdapterProcess, GoesOnAfterItsProcessWasKilled) {
  post({"a", "b"});
  for (const char* point : {"export.aside", "export.saved", "export.renamed"}) {
    const int times = std::string_view(point) == "export.renamed" ? 1 : 3;
    for (int time = 1; time <= times; ++time) {
      std::filesystem::remove_all(out());
      const std::string armed =
          "MGC_FAILPOINTS=" + std::string(point) + "=crash@" + std::to_string(time);
      EXPECT_EQ(once(armed), 128 + SIGKILL) << armed;
      ASSERT_EQ(once(), 0) << armed;
      EXPECT_THAT(ids(), testing::ElementsAre(0, 1)) << armed;
    }
  }
}

TEST_F(AdapterProcess, RefusesSettingsThatCanNeverWork) {
  EXPECT_EQ(run({"--RunInterval", "00:00:01"})->wait(kPatience), 2);
  EXPECT_EQ(run({"--CustomConfiguration", (dir_ / "absent.xsl").string()})->wait(kPatience), 2);
  const auto first = start();
  metrics_port(*first);
  EXPECT_EQ(once(), 2) << "the directory is in use";
}

}  // namespace
}  // namespace mgc
