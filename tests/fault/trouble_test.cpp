#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <fstream>

#include "tests/fault/pipeline_processes.hpp"

namespace mgc {
namespace {

/// What goes wrong before anything runs: one clear line, the documented exit code.
class Trouble : public test::PipelineProcesses {
 protected:
  void expect_refused(const std::vector<std::string>& arguments, int code,
                      const std::vector<std::string>& said) {
    const auto process = mgc(arguments);
    EXPECT_EQ(process->wait(kPatience), code) << process->err();
    for (const std::string& text : said) {
      EXPECT_NE(process->err().find(text), std::string::npos)
          << "missing: " << text << "\nin: " << process->err();
    }
  }

  std::string write_file(const std::string& name, const std::string& content) {
    std::ofstream(dir_ / name, std::ios::binary) << content;
    return (dir_ / name).string();
  }

  /// `mgc node replay FILE` with no broker to send to and no time to wait for one.
  std::vector<std::string> replay_command(const std::string& file) {
    return {"node",
            "replay",
            file,
            "--node",
            "n",
            "--outbox",
            (dir_ / "n.outbox").string(),
            "--broker",
            closed_port_url(),
            "--linger",
            "0"};
  }

  static std::string closed_port_url() { return "amqp://127.0.0.1:1"; }
};

TEST_F(Trouble, AReplayOfADirectorySaysSo) {
  expect_refused(replay_command(dir_.path().string()), 2, {dir_.path().string(), "directory"});
}

TEST_F(Trouble, AReplayOfABinaryFileSaysSo) {
  std::string bytes;
  for (int i = 0; i < 4'096; ++i) bytes.push_back(static_cast<char>(i * 37));
  const std::string file = write_file("binary.log", bytes);
  expect_refused(replay_command(file), 2, {file});
}

TEST_F(Trouble, AReplayOfAnotherShapeNamesTheFormats) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "Lorem ipsum dolor sit amet " + std::to_string(i) + "\n";
  const std::string file = write_file("prose-2020-01-01.log", text);
  expect_refused(replay_command(file), 2, {file, "ubuntu", "irssi", "weechat"});
}

TEST_F(Trouble, AReplayOfAMissingFileSaysSo) {
  expect_refused(replay_command((dir_ / "absent.log").string()), 2, {"absent.log"});
}

TEST_F(Trouble, AReplayOfAnEmptyFileIsFine) {
  const std::string file = write_file("2020-01-01.log", "");
  const auto process = mgc(replay_command(file));
  EXPECT_EQ(process->wait(kPatience), 0) << process->err();
}

TEST_F(Trouble, ABrokerThatIsNotThereLosesNothing) {
  const std::string file = write_file("2020-01-01.log", "[10:00] <anna> hello\n");
  expect_refused(replay_command(file), 3, {"127.0.0.1:1", "waits in the outbox"});
  const auto status = mgc({"node", "status", "--outbox", (dir_ / "n.outbox").string(), "--json"});
  EXPECT_EQ(status->wait(kPatience), 0);
  EXPECT_EQ(nlohmann::json::parse(status->out()).at("recorded"), 1);
  expect_refused({"queue", "status", "--broker", closed_port_url()}, 3, {"127.0.0.1:1"});
}

TEST_F(Trouble, APortInUseIsNamed) {
  const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string port = std::to_string(ntohs(address.sin_port));
  expect_refused({"queue", "--listen", "127.0.0.1:" + port, "--store", (dir_ / "q.db").string()}, 2,
                 {port, "in use"});
  ::close(taken);
}

TEST_F(Trouble, AQueueBeyondLoopbackIsRefused) {
  expect_refused({"queue", "--listen", "0.0.0.0:0", "--store", (dir_ / "q.db").string()}, 2,
                 {"0.0.0.0", "listen on 127.0.0.1"});
}

TEST_F(Trouble, ADatabaseThatIsNotOneIsNamed) {
  const std::string file = write_file("text.db", std::string(4'096, 'x'));
  expect_refused({"db", "status", "sqlite3://db=" + file}, 2, {file});
  expect_refused({"consume", "--broker", closed_port_url(), "--mgccomp", "sqlite3://db=" + file}, 2,
                 {file});
  expect_refused({"audit", "count", "--mgccomp", "sqlite3://db=" + dir_.path().string()}, 2,
                 {dir_.path().string()});
}

TEST_F(Trouble, AnEngineThatIsNotBuiltInIsNamed) {
  expect_refused({"audit", "count", "--mgccomp", "oracle://service=x"}, 2, {"oracle", "sqlite3"});
}

TEST_F(Trouble, ASecondProcessOnAQueueFileIsRefused) {
  start_queue();
  expect_refused({"queue", "--listen", "127.0.0.1:0", "--store", (dir_ / "queue.db").string()}, 2,
                 {"queue.db"});
}

TEST_F(Trouble, WrongUsageIsExitCodeTwo) {
  expect_refused({"audit", "search", "--since", "yesterday"}, 2, {});
  expect_refused({"consume", "--no-such-flag"}, 2, {"no-such-flag"});
  expect_refused({}, 2, {});
}

TEST_F(Trouble, AServiceStopsOnSigtermWithNothingHalfDone) {
  start_queue();
  auto service = consume();
  auto first = replay(0);
  const auto result = finish(*first);
  stop_service(*service);
  queue_->kill(SIGTERM);
  EXPECT_EQ(queue_->wait(std::chrono::seconds{10}), 0) << queue_->err();
  EXPECT_EQ(audit("count").at("events"), result.at("events"));
}

}  // namespace
}  // namespace mgc
