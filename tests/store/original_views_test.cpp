// The views with the names of Lync Server 2013, and the queries that its documentation gives for
// them (Sample Persistent Chat database queries, 2012-10-06), word for word but for what an
// engine's dialect has no word for.
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using Cells = std::vector<std::string>;

constexpr std::int64_t kTicksPerMicrosecond = 10;
constexpr std::int64_t kTicksOf1970 = 621'355'968'000'000'000;

class OriginalViews : public StoreTest {
 protected:
  static schema::Event event(schema::EventKind kind, const std::string& room,
                             const std::string& person, const std::string& content = "") {
    schema::Event made;
    made.kind = kind;
    made.occurred_at = utc_from_micros(1'141'525'320'000'007);  // 2006-03-05T02:22:00.000007Z
    made.room = schema::Room{"ma-chan://example.org/" + room, "#" + room};
    made.actor = schema::Person{"sip:" + person + "@example.org", person, "", false};
    made.content = content;
    return made;
  }
  void store(const std::vector<schema::Event>& events) {
    must(commit(packs_of(make_pack("chat-1", 1, next_sequence_, events))));
    next_sequence_ += events.size();
  }
  /// Of a documented query with a date: engines without schemas, functions or the date's order have
  /// other words for it.
  [[nodiscard]] std::string in_dialect(std::string query) const {
    const std::string product = engine_->product();
    const auto replace = [&query](const std::string& from, const std::string& to) {
      const auto at = query.find(from);
      if (at != std::string::npos) query.replace(at, from.size(), to);
    };
    if (product == "SQLite" || product == "MariaDB") {
      replace("dbo.fnTicksToDate(chatDate) > '1/1/2011'", "chatDate > 634294368000000000");
    }
    return query;
  }

 private:
  std::uint64_t next_sequence_ = 1;
};

TEST_F(OriginalViews, TheDocumentedQueriesOfActiveRoomsAndPeopleRun) {
  using enum schema::EventKind;
  std::vector<schema::Event> events = {
      event(chat, "ubuntu", "anna", "one"),  event(chat, "ubuntu", "anna", "two"),
      event(chat, "ubuntu", "bob", "three"), event(chat, "hr", "bob", "too old"),
      event(chat, "hr", "anna", "four"),     event(join, "hr", "anna")};
  for (auto& one : events) one.occurred_at = utc_from_micros(1'400'000'000'000'000);
  events[3].occurred_at = utc_from_micros(1'293'839'999'000'000);  // 2010-12-31T23:59:59Z
  store(events);
  EXPECT_EQ(run(in_dialect("SELECT nodeName as ChatRoom, COUNT(*) as ChatMessages\n"
                           "  FROM tblChat, tblNode\n"
                           "  WHERE channelId = nodeID AND dbo.fnTicksToDate(chatDate) > '1/1/2011'"
                           "\n  GROUP BY nodeName\n"
                           "  ORDER BY ChatMessages DESC")),
            (Cells{"#ubuntu", "3", "#hr", "1"}));
  EXPECT_EQ(run(in_dialect("SELECT prinName as Name, count(*) as ChatMessages\n"
                           "  FROM tblChat, tblPrincipal\n"
                           "  WHERE prinID = userId AND dbo.fnTicksToDate(chatDate) > '1/1/2011'\n"
                           "  GROUP BY prinName\n"
                           "  ORDER BY ChatMessages DESC")),
            (Cells{"anna", "3", "bob", "1"}));
}

TEST_F(OriginalViews, TheDocumentedQueriesOfContentAndInvitationsRun) {
  using enum schema::EventKind;
  auto invited = event(invite, "hr", "anna");
  invited.target = schema::Person{"sip:eve@example.org", "eve", "", false};
  store({event(chat, "ubuntu", "anna", "Hello World"), event(chat, "hr", "bob", "hello"),
         event(chat, "hr", "bob", "and Hello World again"), invited});
  EXPECT_EQ(run("SELECT nodeName as ChatRoom, prinName as Name, content as Message\n"
                "  FROM tblChat, tblNode, tblPrincipal\n"
                "  WHERE channelId = nodeID AND userId = prinID AND content like '%Hello World%'"),
            (Cells{"#ubuntu", "anna", "Hello World", "#hr", "bob", "and Hello World again"}));
  const std::string eve = ask("SELECT prinID FROM tblPrincipal WHERE prinName = 'eve'");
  const auto invitations =
      run("SELECT prinName\n"
          "      ,nodeName\n"
          "      ,invID   \n"
          "      ,createdOn\n"
          "  FROM tblPrincipalInvites as inv, tblPrincipal as p, tblNode as n\n"
          "  where inv.prinID = " +
          eve +
          " AND inv.prinID = p.prinID and inv.nodeID = n.nodeID\n"
          "  ORDER BY invID DESC");
  ASSERT_EQ(invitations.size(), 4U);
  EXPECT_EQ(Cells(invitations.begin(), invitations.begin() + 3), (Cells{"eve", "#hr", "3"}));
  EXPECT_EQ(invitations[3].substr(0, 19), "2006-03-05 02:22:00");
}

TEST_F(OriginalViews, ComplianceDataHasTheCodesAndColumnsOfTheOriginal) {
  using enum schema::EventKind;
  auto upload = event(file_upload, "hr", "anna");
  upload.file = schema::File{"plan.doc", {}, 5, ""};
  auto download = upload;
  download.kind = file_download;
  auto post = event(chat, "hr", "anna", "hello");
  post.chat_id = 41;
  auto removed = event(deletion, "hr", "bob", "gone");
  removed.chat_id = 41;
  store({post, event(backchat, "hr", "anna", "budget"), download, upload, removed,
         event(purge, "hr", "bob"), event(join, "hr", "bob"), event(edit, "hr", "bob", "x")});
  const std::string ticks =
      std::to_string(1'141'525'320'000'007 * kTicksPerMicrosecond + kTicksOf1970);
  const std::string hr = "ma-chan://example.org/hr";
  const std::string anna = "sip:anna@example.org";
  const std::string bob = "sip:bob@example.org";
  EXPECT_EQ(run("SELECT cmplEventID, cmplType, cmplTime, cmplChannelUri, cmplChatID, cmplUserUri,"
                " cmplMessage FROM tblComplianceData ORDER BY cmplEventID"),
            (Cells{"0", "1",  ticks, hr, "41", anna, "hello",     //
                   "1", "2",  ticks, hr, "0",  anna, "budget",    //
                   "2", "3",  ticks, hr, "0",  anna, "plan.doc",  //
                   "3", "4",  ticks, hr, "0",  anna, "plan.doc",  //
                   "4", "10", ticks, hr, "41", bob,  "gone",      //
                   "5", "11", ticks, hr, "0",  bob,  ""}));
  EXPECT_EQ(run("SELECT COUNT(*) FROM tblComplianceData AS d JOIN tblPrincipal AS p"
                " ON p.prinID = d.cmplUserID AND p.prinUri = d.cmplUserUri"),
            Cells{"6"});
  // The clock of the test says 2026-01-01T00:00:00Z.
  EXPECT_EQ(ask("SELECT entryDate FROM tblComplianceData WHERE cmplEventID = 0").substr(0, 16),
            "2026-01-01 00:00");
}

TEST_F(OriginalViews, TwoLanesHaveNoEventIdInCommon) {
  store({event(schema::EventKind::chat, "hr", "anna", "here")});
  const auto other = open_store("second", "other");
  ASSERT_TRUE(must(other->take_lease()));
  must(commit_to(*other, packs_of(make_pack("chat-2", 1, 1, 1))));
  EXPECT_EQ(run("SELECT cmplEventID, cmplMessage FROM tblComplianceData ORDER BY cmplEventID"),
            (Cells{"0", "here", "281474976710656", "post 1"}));
}

TEST_F(OriginalViews, AParticipantIsAJoinWithThePartThatCameNext) {
  using enum schema::EventKind;
  std::vector<schema::Event> events = {event(join, "hr", "anna"), event(join, "ubuntu", "anna"),
                                       event(join, "hr", "bob"),  event(chat, "hr", "anna", "x"),
                                       event(part, "hr", "anna"), event(join, "hr", "anna"),
                                       event(part, "hr", "bob"),  event(part, "hr", "bob")};
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].occurred_at = utc_from_micros(static_cast<std::int64_t>(i));
  }
  // Whoever comes by another name and address of e-mail is the same person.
  events[4].actor->name = "Anna";
  schema::Event start;
  start.kind = node;
  start.occurred_at = utc_from_micros(0);
  start.watermark = schema::Watermark{0, false, true, 77};
  events.insert(events.begin() + 1, start);
  store(events);
  const auto at = [](std::int64_t micros) {
    return std::to_string(micros * kTicksPerMicrosecond + kTicksOf1970);
  };
  const std::string hr = "ma-chan://example.org/hr";
  EXPECT_EQ(run("SELECT channelUri, userUri, joinedAt, partedAt, sessionId"
                " FROM tblComplianceParticipant ORDER BY joinedAt"),
            (Cells{hr,
                   "sip:anna@example.org",
                   at(0),
                   at(4),
                   "0",  //
                   "ma-chan://example.org/ubuntu",
                   "sip:anna@example.org",
                   at(1),
                   "NULL",
                   "77",  //
                   hr,
                   "sip:bob@example.org",
                   at(2),
                   at(6),
                   "77",  //
                   hr,
                   "sip:anna@example.org",
                   at(5),
                   "NULL",
                   "77"}));
  EXPECT_EQ(ask("SELECT serverID FROM tblComplianceParticipant WHERE partedAt IS NULL"),
            ask("SELECT node_id FROM node WHERE name = 'chat-1'"));
}

TEST_F(OriginalViews, AreReadInOneSortWithoutAnyIndex) {
  // The hot segment has no index: a look-up for each JOIN would read all of it each time.
  using enum schema::EventKind;
  std::vector<schema::Event> events;
  for (int i = 0; i < 5'000; ++i) {
    events.push_back(event(join, "hr", "p" + std::to_string(i % 500)));
    events.push_back(event(part, "hr", "p" + std::to_string(i % 500)));
  }
  store(events);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(run("SELECT COUNT(*) FROM tblComplianceParticipant WHERE partedAt IS NOT NULL"),
            Cells{"5000"});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace mgc::test
