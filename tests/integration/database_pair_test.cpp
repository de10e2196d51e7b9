#include "tests/integration/database_pair.hpp"

#include <fstream>
#include <optional>

#include "db/session.hpp"
#include "tests/fault/pipeline_processes.hpp"

namespace mgc::test {
namespace {

/// The whole pipeline over mgc and mgccomp wherever they are: a node replays with mgc, the service
/// stores into mgccomp and takes the names from mgc.
class DatabasePair : public PipelineProcesses, public testing::WithParamInterface<Pair> {
 protected:
  void init(const std::string& dsn, const std::string& schema) {
    const auto process = mgc({"db", "init", dsn, "--schema", schema});
    const int code = process->wait(kPatience).value_or(-1);
    // 1 is the warning of two schemas in one file.
    ASSERT_TRUE(code == 0 || (code == 1 && GetParam().name == std::string("OneFile")))
        << process->err() << process->out();
  }
  nlohmann::json ask(const std::vector<std::string>& arguments, int code = 0) {
    const auto process = mgc(arguments);
    EXPECT_EQ(process->wait(kPatience), code) << process->err();
    return nlohmann::json::parse(process->out(), nullptr, false);
  }
  nlohmann::json reconcile(int code) {
    return ask(
        {"audit", "reconcile", "--mgc", databases_.mgc, "--mgccomp", databases_.mgccomp, "--json"},
        code);
  }
  /// Changes one row around the project.
  static void change(const std::string& dsn, const std::string& sql) {
    const auto session = db::open_session(dsn, db::OpenMode::read_write);
    if (!session) throw std::runtime_error(session.error().message);
    const auto changed = (*session)->execute(sql);
    if (!changed) throw std::runtime_error(changed.error().message);
    ASSERT_EQ(*changed, 1) << sql;
  }
  /// Anna's address is in the first line only; mgc keeps it.
  std::string write_log() {
    const std::string file = (dir_ / "chat.jsonl").string();
    std::ofstream out(file);
    out << R"({"time":"2020-01-02T03:04:05Z","kind":"JOIN","room":"Deals",)"
        << R"("actor":"sip:anna@example.org","actor_email":"anna@example.org"})" << '\n';
    for (int i = 10; i < 60; ++i) {
      out << R"({"time":"2020-01-02T03:05:)" << i << R"(Z","kind":"CHAT","room":"Deals",)"
          << R"("actor":"sip:anna@example.org","text":"hello"})" << '\n';
    }
    return file;
  }
  static std::int64_t count(const std::string& dsn, const std::string& table) {
    const auto session = db::open_session(dsn, db::OpenMode::read_only);
    if (!session) throw std::runtime_error(session.error().message);
    const auto number = (*session)->query_number("SELECT count(*) FROM " + table);
    if (!number) throw std::runtime_error(number.error().message);
    return number->value_or(-1);
  }

  const Databases databases_ = GetParam().make();
};

TEST_P(DatabasePair, CountsAreEqualAndNamesComeFromMgc) {
  start_queue();
  init(databases_.mgccomp, "mgccomp");
  init(databases_.mgc, "mgc");
  auto service = mgc(
      {"consume", "--broker", broker(), "--mgccomp", databases_.mgccomp, "--mgc", databases_.mgc});
  auto replay =
      mgc({"node", "replay", "--node", "chat-1", "--outbox", outbox(1), "--broker", broker(),
           "--mgc", databases_.mgc, "--wait", "--json", write_log(), logs().front()});
  const auto replayed = finish(*replay);
  stop_service(*service);

  const auto counts = ask({"audit", "count", "--mgccomp", databases_.mgccomp, "--json"});
  const auto events =
      replayed.at("lines").get<std::int64_t>() - replayed.at("rejects").get<std::int64_t>();
  EXPECT_GT(events, 1'000);
  EXPECT_EQ(counts.at("events").get<std::int64_t>(), events) << counts.dump();
  EXPECT_EQ(count(databases_.mgc, "mgc_chat"),
            count(databases_.mgccomp, "event WHERE kind IN (3, 4)"));
  EXPECT_EQ(count(databases_.mgccomp,
                  "compliance_event WHERE actor_uri = 'sip:anna@example.org'"
                  " AND actor_email = 'anna@example.org'"),
            51);
  EXPECT_EQ(count(databases_.mgccomp, "person WHERE email = 'anna@example.org'"), 1)
      << "the evidence is as it came";
  const auto verified = ask({"audit", "verify", "--mgccomp", databases_.mgccomp, "--json"});
  EXPECT_EQ(verified.at("ok"), true) << verified.dump(2);

  const auto agreed = reconcile(0);
  EXPECT_EQ(agreed.at("ok"), true) << agreed.dump(2);
  EXPECT_EQ(agreed.at("messages"), count(databases_.mgc, "mgc_chat"));
  EXPECT_EQ(agreed.at("equal"), agreed.at("events"));
  const std::string room = "(SELECT min(room_id) FROM mgc_room)";
  change(databases_.mgc, "DELETE FROM mgc_chat WHERE chat_id = 2 AND room_id = " + room);
  change(databases_.mgc,
         "UPDATE mgc_chat SET occurred_at = 1 WHERE chat_id = 4 AND room_id = " + room);
  change(databases_.mgccomp,
         "DELETE FROM event_1 WHERE kind = 3 AND chat_id = 3 AND room_id ="
         " (SELECT min(room_id) FROM room)");
  const auto differing = reconcile(1);
  EXPECT_EQ(differing.at("ok"), false);
  EXPECT_EQ(differing.at("extra"), 1) << differing.dump(2);
  EXPECT_EQ(differing.at("different"), 1);
  EXPECT_EQ(differing.at("missing"), 1);
  ASSERT_EQ(differing.at("findings").size(), 3U);
  EXPECT_EQ(differing.at("equal"), agreed.at("equal").get<int>() - 3);
}

INSTANTIATE_TEST_SUITE_P(Pairs, DatabasePair, testing::ValuesIn(pairs()),
                         [](const auto& pair) { return std::string(pair.param.name); });

}  // namespace
}  // namespace mgc::test
