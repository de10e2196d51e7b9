// mgc tune, as an operator runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/pipeline.hpp"
#include "tests/support/process.hpp"

namespace mgc {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Tune : public test::PipelineTest {
 protected:
  /// The exit code of `mgc tune` with two sizes each; what it printed is in tune.out and tune.err.
  int tune(const std::vector<std::string>& more, const std::string& out = {}) {
    std::vector<std::string> command = {
        MGC_PROGRAM,      "tune",     "--broker",  url(),
        "--pack-events",  "20,200",   "--seconds", "1",
        "--batch-events", "500,2000", "--out",     out.empty() ? (dir_ / "t").string() : out};
    command.insert(command.end(), more.begin(), more.end());
    test::Process process(command, dir_ / "tune");
    return process.wait(std::chrono::seconds{120}).value_or(-1);
  }
  std::string read(const std::string& name) {
    std::ifstream in(dir_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
};

TEST_F(Tune, MeasuresEachPairOfSizesAndWritesPictureAndSettings) {
  const auto before = count();
  ASSERT_EQ(tune({"--db", dsn(), "--json"}), 0) << read("tune.err");
  const auto said = nlohmann::json::parse(read("tune.out"));
  ASSERT_EQ(said.at("points").size(), 4U);
  double most = 0;
  for (const auto& point : said.at("points")) {
    EXPECT_GT(point.at("events_per_second").get<double>(), 0);
    EXPECT_GT(point.at("committed_ms_p99").get<double>(), 0);
    EXPECT_GE(point.at("committed_ms_p99"), point.at("committed_ms_p50"));
    most = std::max(most, point.at("events_per_second").get<double>());
  }
  EXPECT_GE(said.at("knee").at("events_per_second").get<double>(), 0.9 * most);

  EXPECT_THAT(read("t.svg"), HasSubstr("<svg"));
  EXPECT_THAT(read("t.png"), StartsWith("\x89PNG"));
  const std::string batch = std::to_string(said.at("knee").at("batch_events_max").get<int>());
  EXPECT_THAT(read("t.toml"), HasSubstr("batch-events-max = " + batch + "\n"));
  // The settings are such as the program takes.
  test::Process taken({MGC_PROGRAM, "--config", (dir_ / "t.toml").string(), "settings"},
                      dir_ / "settings");
  EXPECT_EQ(taken.wait(std::chrono::seconds{30}), 0) << read("settings.err");

  EXPECT_EQ(count().events, before.events) << "the store beside it is not touched";
  EXPECT_THAT(files(), testing::Not(testing::Contains(HasSubstr("mgc_tune_"))));
}

TEST_F(Tune, SaysThatAPictureCannotBeWritten) {
  EXPECT_EQ(tune({"--db", dsn()}, "/nowhere/t"), 2);
  EXPECT_THAT(read("tune.err"), HasSubstr("/nowhere/t.svg"));
}

TEST_F(Tune, SaysWhatIsNotThere) {
  EXPECT_EQ(tune({"--db", "sqlite3://db=/nowhere/mgccomp.db"}), 2);
  EXPECT_THAT(read("tune.err"), HasSubstr("/nowhere"));
  queue_.reset();
  EXPECT_EQ(tune({"--db", dsn()}), 3);
  EXPECT_THAT(read("tune.err"), HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace mgc
