#include "db/crashed_session.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using db::ClosingPage;
using db::CrashedSession;
using schema::EventKind;

/// Nodes that start, stop and crash.
class NodeSessions : public StoreTest {
 protected:
  static schema::Event mark(std::uint64_t session, bool starting = false, bool stopping = false) {
    schema::Event event;
    event.kind = EventKind::node;
    event.occurred_at = utc_from_micros(1'141'525'400'000'000);
    event.watermark = schema::Watermark{0, stopping, starting, session};
    return event;
  }
  static schema::Event start(std::uint64_t session) { return mark(session, true); }
  static schema::Event stop(std::uint64_t session) { return mark(session, false, true); }
  static schema::Event after(std::chrono::minutes time, schema::Event event) {
    event.occurred_at += time;
    return event;
  }
  static schema::Event moves(EventKind kind, const std::string& person,
                             const std::string& room = "hr") {
    auto event = chat_event("");
    event.kind = kind;
    event.room = schema::Room{"ma-chan://example.org/" + room, "#" + room};
    event.actor = schema::Person{"sip:" + person + "@example.org", person, "", true};
    event.chat_id = 0;
    return event;
  }
  static schema::Event join(const std::string& person, const std::string& room = "hr") {
    return moves(EventKind::join, person, room);
  }

  void store(std::uint64_t epoch, std::uint64_t first, const std::vector<schema::Event>& events) {
    const auto stored = must(commit(packs_of(make_pack("chat-1", epoch, first, events))));
    ASSERT_EQ(stored.dead_letters, 0U);
  }
  std::vector<CrashedSession> crashed() {
    return must(must(db::CrashedSessionSource::open(dsn_)).find());
  }
  /// session, where it ended and how, of all sessions in order of their start.
  std::vector<std::string> sessions() {
    return run(
        "SELECT session, first_sequence, last_sequence, ending, through_sequence"
        " FROM node_session ORDER BY epoch, last_sequence");
  }
  using Cells = std::vector<std::string>;

  /// The page that closes `people` of `session`.
  static ClosingPage page_of(const CrashedSession& session, const std::vector<std::string>& people,
                             bool is_last) {
    ClosingPage page{session, {}, utc_from_micros(1'141'525'500'000'000), is_last};
    for (const std::string& person : people) {
      const auto event = join(person);
      page.people.push_back({*event.room, *event.actor});
    }
    return page;
  }
  Cells parts() {
    return run(
        "SELECT actor_name, content, node, epoch, sequence FROM compliance_event"
        " WHERE kind = 'PART' ORDER BY event_id");
  }
};

TEST_F(NodeSessions, AStartAndItsWatermarksAreOneSession) {
  store(1, 1, {start(7), join("anna"), mark(7)});
  store(1, 4, {chat_event("x"), mark(7)});
  EXPECT_EQ(sessions(), (Cells{"7", "1", "5", "NULL", "NULL"}));
  EXPECT_EQ(run("SELECT started_at, heard_at, received_at FROM node_session"),
            (Cells{"1141525400000000", "1141525400000000", "1767225600000000"}));
  EXPECT_TRUE(crashed().empty()) << "it may still run";
}

TEST_F(NodeSessions, ACleanStopIsNoCrash) {
  store(1, 1, {start(7), join("anna"), stop(7), start(8)});
  EXPECT_EQ(sessions(), (Cells{"7", "1", "3", "stopped", "3", "8", "4", "4", "NULL", "NULL"}));
  EXPECT_TRUE(crashed().empty());
}

TEST_F(NodeSessions, AStartWithoutAStopBeforeItIsACrash) {
  store(1, 1, {start(7), join("anna"), chat_event("x")});
  store(1, 4, {start(8)});
  const auto found = crashed();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].node, "chat-1");
  EXPECT_EQ(found[0].epoch, 1U);
  EXPECT_EQ(found[0].session, 7U);
  EXPECT_EQ(found[0].first_sequence, 1U);
  EXPECT_EQ(found[0].through_sequence, 3U);
  EXPECT_EQ(found[0].closed_people, 0U);
}

TEST_F(NodeSessions, NoCrashIsCalledWhileAStopMayBeMissing) {
  store(1, 1, {start(7), join("anna")});
  store(1, 4, {start(8)});
  EXPECT_TRUE(crashed().empty()) << "sequence 3 is missing";
  store(1, 3, {stop(7)});
  EXPECT_TRUE(crashed().empty());
  EXPECT_EQ(sessions(), (Cells{"7", "1", "3", "stopped", "3", "8", "4", "4", "NULL", "NULL"}));
}

TEST_F(NodeSessions, PacksInAnyOrderSayTheSame) {
  store(1, 6, {start(8)});
  store(1, 4, {mark(7), chat_event("x")});
  EXPECT_EQ(sessions(), (Cells{"7", "NULL", "4", "NULL", "NULL", "8", "6", "6", "NULL", "NULL"}));
  store(1, 2, {join("anna"), mark(7)});
  EXPECT_TRUE(crashed().empty());
  store(1, 1, {start(7)});
  EXPECT_EQ(sessions(), (Cells{"7", "1", "4", "NULL", "NULL", "8", "6", "6", "NULL", "NULL"}));
  ASSERT_EQ(crashed().size(), 1U);
  EXPECT_EQ(crashed()[0].through_sequence, 5U);
}

TEST_F(NodeSessions, AGapOfAnEarlierSessionHoldsUpNoLaterOne) {
  store(1, 3, {start(7), join("anna")});
  store(1, 5, {start(8)});
  ASSERT_EQ(counts().gaps, 1U);
  EXPECT_EQ(crashed().size(), 1U);
}

TEST_F(NodeSessions, ADuplicateChangesNothing) {
  const auto packs = packs_of(make_pack("chat-1", 1, 1, {start(7), stop(7)}));
  must(commit(packs));
  const auto before = run("SELECT * FROM node_session");
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(must(commit(packs)).packs_duplicate, 1U);
  EXPECT_EQ(run("SELECT * FROM node_session"), before);
  EXPECT_EQ(must(commit(packs_of(make_pack("chat-1", 1, 1, {start(9)})))).dead_letters, 1U);
  EXPECT_EQ(run("SELECT * FROM node_session"), before) << "only what is stored counts";
}

TEST_F(NodeSessions, ANewOutboxEndsTheSessionOfTheOldOne) {
  store(1, 1, {start(7), join("anna")});
  store(1, 4, {chat_event("x")});
  store(2, 1, {start(8)});
  EXPECT_TRUE(crashed().empty()) << "sequence 3 of the old one is missing";
  store(1, 3, {mark(7)});
  EXPECT_TRUE(crashed().empty()) << "it may still run, if its outbox was copied";
  store(2, 2, {after(std::chrono::minutes{3}, mark(8))});
  ASSERT_EQ(crashed().size(), 1U) << "only the new one is heard";
  EXPECT_EQ(crashed()[0].through_sequence, 4U);
}

TEST_F(NodeSessions, OfAnOutboxThatWasCopiedBothMayRun) {
  store(1, 1, {start(7), join("anna")});
  store(2, 1, {start(8)});
  for (int minute = 1; minute < 6; ++minute) {
    const auto first = static_cast<std::uint64_t>(minute);
    store(2, first + 1, {after(std::chrono::minutes{minute}, mark(8))});
    store(1, first + 2, {after(std::chrono::minutes{minute}, mark(7))});
    EXPECT_TRUE(crashed().empty()) << minute;
  }
}

TEST_F(NodeSessions, AnotherNodeEndsNothing) {
  store(1, 1, {start(7), join("anna")});
  must(commit(packs_of(make_pack("chat-2", 1, 1, {start(8)}))));
  EXPECT_TRUE(crashed().empty());
}

TEST_F(NodeSessions, ANodeThatSaysNoSessionIsHeardAndNeverJudged) {
  store(1, 1, {mark(0), join("anna")});
  store(1, 3, {stop(0), mark(0)});
  store(1, 5, {stop(0)});
  EXPECT_EQ(sessions(), (Cells{"0", "NULL", "5", "stopped", "5"}));
  store(1, 6, {start(8)});
  EXPECT_TRUE(crashed().empty());
}

TEST_F(NodeSessions, TheEventsOfACrashedSessionAreShownAndNoOthers) {
  store(1, 1, {chat_event("before"), start(7), join("anna")});
  store(1, 4, {join("bob"), start(8), join("carol")});
  auto found = crashed();
  ASSERT_EQ(found.size(), 1U);
  auto source = must(db::CrashedSessionSource::open(dsn_));
  std::vector<std::uint64_t> shown;
  const auto note = [&](std::uint64_t sequence, const schema::EventView&) {
    shown.push_back(sequence);
    return true;
  };
  must(source.each_event(found[0], note));
  EXPECT_EQ(shown, (std::vector<std::uint64_t>{2, 3, 4}));
}

TEST_F(NodeSessions, ClosingIsOneMarkedPartForEachPerson) {
  store(1, 1, {start(7), join("anna"), join("bob")});
  store(1, 4, {start(8)});
  const auto page = page_of(crashed().at(0), {"anna", "bob"}, true);
  EXPECT_EQ(must(store_->close_people(page)), 2U);
  const std::string said = "closed by the service: node chat-1 crashed";
  const std::string node =
      "mgc-service." + ask("SELECT lane_id FROM lane WHERE name = 'compliance'");
  EXPECT_EQ(parts(), (Cells{"anna", said, node, "1", "1", "bob", said, node, "1", "2"}));
  EXPECT_EQ(sessions(), (Cells{"7", "1", "1", "crashed", "3", "8", "4", "4", "NULL", "NULL"}));
  EXPECT_TRUE(crashed().empty());

  std::optional<schema::Synthetic> mark;
  must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
    if (row.node != node) return true;
    const auto pack = must(schema::decode_pack(row.body));
    const auto event = must(schema::view_event(pack.event(1)));
    EXPECT_EQ(event.room, (schema::RoomView{"ma-chan://example.org/hr", "#hr"}));
    EXPECT_EQ(event.actor, (schema::PersonView{"sip:bob@example.org", "bob", "", true}));
    EXPECT_EQ(event.occurred_at, page.ended_at);
    EXPECT_EQ(event.synthetic, (schema::SyntheticView{"chat-1", 1, 7, 3, "node chat-1 crashed"}));
    return true;
  }));
}

TEST_F(NodeSessions, APageThatComesTwiceIsStoredOnce) {
  store(1, 1, {start(7), join("anna"), join("bob")});
  store(1, 4, {start(8)});
  auto session = crashed().at(0);
  const auto first = page_of(session, {"anna"}, false);
  EXPECT_EQ(must(store_->close_people(first)), 1U);
  EXPECT_EQ(must(store_->close_people(first)), 0U);
  // The rest is found again, by whoever comes next.
  session = crashed().at(0);
  EXPECT_EQ(session.closed_people, 1U);
  EXPECT_EQ(session.through_sequence, 3U);
  const auto last = page_of(session, {"bob"}, true);
  EXPECT_EQ(must(store_->close_people(last)), 1U);
  EXPECT_EQ(must(store_->close_people(last)), 0U);
  EXPECT_EQ(must(store_->close_people(first)), 0U);
  EXPECT_EQ(parts().size(), 10U);
  EXPECT_TRUE(crashed().empty());
}

TEST_F(NodeSessions, PacksOfTheServiceNameTheOneBefore) {
  store(1, 1, {start(7), join("anna"), join("bob")});
  store(1, 4, {start(8)});
  const auto session = crashed().at(0);
  must(store_->close_people(page_of(session, {"anna"}, false)));
  must(store_->close_people(page_of(crashed().at(0), {"bob"}, true)));
  std::vector<Bytes> sha256;
  must(reader()->each_pack("compliance", [&](const db::PackRow& row) {
    if (!schema::is_service_node(row.node)) return true;
    const auto pack = must(schema::decode_pack(row.body));
    EXPECT_EQ(pack.header().previous_sha256, sha256.empty() ? Bytes() : sha256.back());
    EXPECT_EQ(pack.header().first_sequence, sha256.size() + 1);
    sha256.push_back(row.sha256);
    return true;
  }));
  EXPECT_EQ(sha256.size(), 2U);
}

TEST_F(NodeSessions, NobodyLeftIsNotedWithoutAPack) {
  store(1, 1, {start(7), chat_event("x"), start(8)});
  EXPECT_EQ(must(store_->close_people(page_of(crashed().at(0), {}, true))), 0U);
  EXPECT_TRUE(crashed().empty());
  EXPECT_EQ(counts().packs, 1U);
}

TEST_F(NodeSessions, ALaterStopDoesNotUndoACrash) {
  store(1, 1, {start(7), join("anna")});
  store(2, 1, {start(8), after(std::chrono::minutes{3}, mark(8))});
  must(store_->close_people(page_of(crashed().at(0), {"anna"}, true)));
  store(1, 3, {stop(7)});
  EXPECT_EQ(ask("SELECT ending FROM node_session WHERE session = 7"), "crashed");
}

TEST_F(NodeSessions, AStopThatComesFirstMakesAPageVoid) {
  store(1, 1, {start(7), join("anna")});
  store(2, 1, {start(8), after(std::chrono::minutes{3}, mark(8))});
  const auto page = page_of(crashed().at(0), {"anna"}, true);
  store(1, 3, {stop(7)});
  EXPECT_EQ(must(store_->close_people(page)), 0U);
  EXPECT_TRUE(parts().empty());
}

#ifdef MGC_FAILPOINTS
TEST_F(NodeSessions, ACommitWithoutAnAnswerIsNotDoneTwice) {
  store(1, 1, {start(7), join("anna"), start(8)});
  const auto page = page_of(crashed().at(0), {"anna"}, true);
  arm("store.before_closing=error@1");
  EXPECT_EQ(store_->close_people(page).error().action, Action::reconnect);
  EXPECT_TRUE(parts().empty());
  arm("store.after_closing=error@1");
  EXPECT_EQ(store_->close_people(page).error().action, Action::in_doubt);
  EXPECT_EQ(must(store_->close_people(page)), 0U);
  EXPECT_EQ(parts().size(), 5U);
}
#endif

TEST_F(NodeSessions, StatusIsOfTheLatestStart) {
  store(1, 1, {start(7), chat_event("x"), stop(7)});
  store(2, 1, {start(8), mark(8)});
  store(2, 9, {mark(8)});
  must(commit(packs_of(make_pack("quiet", 1, 1, {chat_event("x")}))));
  const auto rows = must(reader()->nodes());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].node, "chat-1");
  EXPECT_EQ(rows[0].epoch, 2U);
  EXPECT_EQ(rows[0].session, 8U);
  EXPECT_EQ(rows[0].sequence, 9U);
  EXPECT_EQ(rows[0].open_gaps, 1U);
  EXPECT_FALSE(rows[0].stopped);
  EXPECT_EQ(rows[0].received_at, clock_.utc_now());
  EXPECT_EQ(rows[0].last_event_at, std::nullopt) << "nothing but watermarks in this epoch";
  EXPECT_EQ(rows[1].node, "quiet");
  EXPECT_EQ(rows[1].heard_at, std::nullopt);
  EXPECT_EQ(rows[1].last_event_at, chat_event("").occurred_at);
}

TEST_F(NodeSessions, StatusKnowsAStopAndLeavesOutTheServiceItself) {
  store(1, 1, {start(7), join("anna"), start(8), stop(8)});
  must(store_->close_people(page_of(crashed().at(0), {"anna"}, true)));
  const auto rows = must(reader()->nodes());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].stopped);
  EXPECT_EQ(rows[0].last_event_at, join("anna").occurred_at);
}

}  // namespace
}  // namespace mgc::test
