// What an operator does with dead letters: look, mend the cause, send them again. Real queue, real
// service, the program as it is.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "core/clock.hpp"
#include "db/compliance_store.hpp"
#include "db/letter_parts.hpp"
#include "db/session.hpp"
#include "schema/limits.hpp"
#include "tests/fault/pipeline_processes.hpp"
#include "tests/support/sample_events.hpp"
#include "transport/sender.hpp"

namespace mgc::test {
namespace {

using Json = nlohmann::json;

class DeadLetterCommands : public PipelineProcesses {
 protected:
  void SetUp() override {
    ASSERT_EQ(mgc({"db", "init", mgccomp()})->wait(kPatience), 0);
    start_queue();
  }

  struct Body {
    std::string id;
    Bytes bytes;
  };
  /// Hands bodies to the queue as a node would whose outbox is gone since.
  void send(const std::vector<Body>& bodies) {
    std::atomic<std::size_t> accepted{0};
    transport::SenderOptions options;
    options.broker.url = broker();
    options.broker.client = "node";
    options.address = "compliance";
    auto sender = transport::Sender::start(
        options, [&](std::uint64_t, transport::Outcome outcome, const std::string&) {
          if (outcome == transport::Outcome::accepted) ++accepted;
        });
    ASSERT_TRUE(sender) << sender.error().message;
    const auto deadline = clock_.steady_now() + kPatience;
    for (const Body& body : bodies) {
      transport::Message message;
      message.id = body.id;
      message.body = body.bytes;
      ASSERT_TRUE((*sender)->send(std::move(message), 1, deadline, {}));
    }
    while (accepted < bodies.size() && clock_.steady_now() < deadline) std::this_thread::yield();
    ASSERT_EQ(accepted, bodies.size());
  }
  /// Lets the service store all that is in the queue.
  void drain() {
    auto service = mgc({"consume", "--broker", broker(), "--mgccomp", mgccomp(), "--lease", "2",
                        "--until-idle", "1"});
    ASSERT_EQ(service->wait(kPatience), 0) << service->err();
  }
  void run_sql(const std::string& sql) {
    const auto session = db::open_session(mgccomp(), db::OpenMode::read_write);
    ASSERT_TRUE(session) << session.error().message;
    const auto run = (*session)->run_script(sql);
    ASSERT_TRUE(run) << run.error().message;
  }
  /// mgc audit dead-letters ...; what it prints.
  std::string letters(std::vector<std::string> arguments, int code = 0) {
    arguments.insert(arguments.begin(), {"audit", "dead-letters"});
    arguments.insert(arguments.end(), {"--mgccomp", mgccomp()});
    const auto process = mgc(arguments);
    EXPECT_EQ(process->wait(kPatience), code) << process->err() << process->out();
    return process->out();
  }
  Json list() { return Json::parse(letters({"list", "--json"})).at("letters"); }
  Json replay(std::vector<std::string> which, int code = 0) {
    which.insert(which.begin(), "replay");
    which.insert(which.end(), {"--broker", broker(), "--json"});
    return Json::parse(letters(which, code), nullptr, false);
  }
  static std::string id_of(const Json& letter) {
    return std::to_string(letter.at("id").get<int>());
  }
  Bytes raw_of(const std::string& id) {
    const std::string file = (dir_ / ("raw-" + std::to_string(++files_))).string();
    letters({"show", id, "--raw", file});
    std::ifstream in(file, std::ios::binary);
    std::stringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }

  SystemClock clock_;
  int files_ = 0;
};

TEST_F(DeadLetterCommands, APackThatTheDatabaseRefusedIsStoredWhenItCanBe) {
  const Bytes first = pack_body("node", 5, 1, 2);
  const Bytes second = pack_body("node", 5, 3, 2, sha256_of(first));
  const Bytes third = pack_body("node", 5, 5, 2, sha256_of(second));
  run_sql(
      "CREATE TRIGGER refuse BEFORE INSERT ON pack WHEN NEW.first_sequence = 3"
      " BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
  send({{"node/5/1", first}, {"node/5/3", second}, {"node/5/5", third}});
  drain();
  ASSERT_EQ(list().size(), 1U);
  const Json letter = list().at(0);
  EXPECT_EQ(letter.at("message_id"), "node/5/3");
  EXPECT_EQ(letter.at("first_sequence"), 3);
  EXPECT_EQ(letter.at("pack"), "open");
  EXPECT_EQ(audit("gaps").at("gaps").size(), 1U);
  EXPECT_EQ(raw_of(id_of(letter)), second);

  // As long as the cause is there, it is found as the same letter.
  EXPECT_EQ(replay({id_of(letter)}).at("accepted"), 1);
  drain();
  ASSERT_EQ(list().size(), 1U);
  EXPECT_EQ(list().at(0).at("pack"), "open");

  run_sql("DROP TRIGGER refuse");
  EXPECT_EQ(replay({"--all"}).at("accepted"), 1);
  drain();
  ASSERT_EQ(list().size(), 1U) << "the letter stays: it is evidence";
  EXPECT_EQ(list().at(0).at("pack"), "stored");
  const Json counts = audit("count");
  EXPECT_EQ(counts.at("events"), 6);
  EXPECT_EQ(counts.at("gaps"), 0);
  EXPECT_EQ(counts.at("duplicates"), 0);
  EXPECT_EQ(counts.at("dead_letters"), 1);
  EXPECT_EQ(audit("verify").at("ok"), true);

  const Json again = replay({"--all"});
  EXPECT_EQ(again.at("accepted"), 0);
  EXPECT_EQ(again.at("skipped"), 1);
  EXPECT_EQ(replay({id_of(letter)}).at("accepted"), 1) << "who names it gets it";
  drain();
  EXPECT_EQ(audit("count").at("events"), 6) << "stored once";
}

TEST_F(DeadLetterCommands, WhatStillCannotBeStoredStaysOneLetter) {
  const Bytes garbage("\x1b[31mred\0\xFF", 10);
  const Bytes oversize(schema::kPackBytesMax + 1, 'x');
  send({{"from \x1b[2J somewhere", garbage}, {"oversize", oversize}, {"", "nameless"}});
  drain();
  const Json before = list();
  ASSERT_EQ(before.size(), 3U);
  EXPECT_EQ(raw_of(id_of(before.at(0))), garbage);
  EXPECT_NE(raw_of(id_of(before.at(1))).find(oversize), Bytes::npos) << "the whole message";
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(replay({"--all"}).at("accepted"), 3);
    drain();
    EXPECT_EQ(list(), before);
  }
  for (const auto& text : {letters({"list"}), letters({"show", id_of(before.at(0))})}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  }
  EXPECT_NE(letters({"show", id_of(before.at(0))}).find("1b 5b 33 31 6d 72 65 64 00 ff"),
            std::string::npos);
  EXPECT_EQ(letters({"show", id_of(before.at(0)), "--raw", "-"}), garbage);
}

TEST_F(DeadLetterCommands, ALetterInPartsComesBackWhole) {
  // The AMQP message of an oversize body, made larger still, as a broker without a limit would let
  // it through.
  send({{"large", Bytes(schema::kPackBytesMax + 1, 'x')}});
  drain();
  Bytes whole = raw_of(id_of(list().at(0)));
  const std::size_t data = whole.find(Bytes("\x00\x53\x75\xb0", 4)) + 4;
  ASSERT_EQ(data + 4 + schema::kPackBytesMax + 1, whole.size());
  constexpr std::size_t kBytes = 2 * db::kLetterPartBytes + 77;
  whole.resize(data);
  for (int shift = 24; shift >= 0; shift -= 8) whole += static_cast<char>(kBytes >> shift & 0xFFU);
  for (std::size_t i = 0; i < kBytes; ++i) whole += static_cast<char>(i % 251);
  {
    db::StoreOptions options;
    options.holder = "test";
    auto store = db::ComplianceStore::open(mgccomp(), options, clock_);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE((*store)->take_lease());
    const db::DeadLetterRecord record{"large", "the body has many bytes", whole};
    const db::DeadLetterRecord other{"other", "no message", Bytes(whole.size(), 'x')};
    const db::DeadLetterRecord* const records[] = {&record, &other};
    ASSERT_TRUE((*store)->commit({clock_.utc_now(), {}, records}));
  }
  const Json all = list();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all.at(1).at("parts"), 3);
  EXPECT_EQ(all.at(1).at("bytes"), whole.size());
  const std::string id = id_of(all.at(1));
  EXPECT_TRUE(raw_of(id) == whole);
  const Json shown = Json::parse(letters({"show", id, "--json"}));
  schema::Hasher hasher;
  EXPECT_EQ(shown.at("sha256"), schema::to_hex(schema::bytes_of(hasher.sha256(whole))));
  // It goes out as one message; the embedded queue takes none of that size, and says so.
  const Json refused = replay({id}, 1);
  EXPECT_EQ(refused.at("refused"), 1) << refused.dump();
  EXPECT_NE(refused.at("letters").at(0).at("outcome").get<std::string>().find("rejected"),
            std::string::npos)
      << refused.dump();
  // What is no message is not sent at all: the queue would get what Proton makes of it.
  const Json unsent = replay({id_of(all.at(2))}, 1);
  EXPECT_NE(unsent.at("letters").at(0).at("outcome").get<std::string>().find("no whole AMQP"),
            std::string::npos)
      << unsent.dump();

  run_sql("UPDATE dead_letter SET raw = x'00' WHERE message_id = 'large (part 3 of 3)'");
  letters({"show", id}, 2);
}

TEST_F(DeadLetterCommands, SayWhatIsWrong) {
  letters({"show", "7"}, 2);
  letters({"replay", "7", "--broker", broker()}, 2);
  letters({"replay"}, 2);
  letters({"replay", "7", "--all"}, 2);
  send({{"garbage", "garbage"}});
  drain();
  const std::string id = id_of(list().at(0));
  letters({"replay", id, "--broker", broker(), "--address", "elsewhere"}, 2);
  letters({"replay", id, "--broker", "amqp://127.0.0.1:1"}, 3);
  const std::string file = (dir_ / "there").string();
  letters({"show", id, "--raw", file});
  letters({"show", id, "--raw", file}, 2);
  letters({"show", id, "--raw", "-", "--json"}, 2);
}

}  // namespace
}  // namespace mgc::test
