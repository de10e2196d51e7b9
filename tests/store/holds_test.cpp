// What a legal hold keeps, by whichever name it says it.
#include "db/holds.hpp"

#include <fmt/format.h>

#include "audit/verify.hpp"
#include "db/duty_source.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using db::HoldScope;
using Held = std::vector<std::pair<std::int64_t, std::uint64_t>>;

class Holds : public StoreTest {
 protected:
  Holds() {
    using enum schema::EventKind;
    // 0: anna in #hr, 1: bob in #hr, 2: anna in #ubuntu, 3: bob invites anna to #ubuntu
    auto in_hr = chat_event("budget");
    in_hr.room = schema::Room{"ma-chan://example.org/hr", "#hr"};
    auto of_bob = in_hr;
    of_bob.actor = schema::Person{"sip:bob@example.org", "bob", "bob@example.org", false};
    of_bob.occurred_at += std::chrono::hours(1);
    auto invitation = chat_event("");
    invitation.kind = invite;
    invitation.actor = of_bob.actor;
    invitation.target = in_hr.actor;
    invitation.occurred_at += std::chrono::hours(2);
    must(commit(
        packs_of(make_pack("chat-1", 1, 1, {in_hr, of_bob, chat_event("penguins"), invitation}))));
  }
  std::int64_t add(const HoldScope& scope) {
    auto log = must(db::DutyLog::open(dsn_));
    return must(db::add_hold(log, {scope, "case 17", "asked for by legal"}, {"c", "desk-1"}));
  }
  void release(std::int64_t hold) {
    auto log = must(db::DutyLog::open(dsn_));
    must(db::release_hold(log, hold, "settled", {"c", "desk-1"}));
  }
  Held held() {
    auto log = must(db::DutyLog::open_to_read(dsn_));
    Held all;
    for (const auto& one : must(db::held_in(log.session(), 1))) {
      all.emplace_back(one.hold, one.events);
    }
    return all;
  }
  /// The ids of the events that hold 1 keeps.
  std::vector<std::uint64_t> kept() {
    auto log = must(db::DutyLog::open_to_read(dsn_));
    std::vector<std::uint64_t> ids;
    for (std::uint64_t id = 0; id < 4; ++id) {
      if (!must(db::holds_of(log.session(), 1, id)).empty()) ids.push_back(id);
    }
    return ids;
  }
  static UtcTime at(int hours) { return chat_event("").occurred_at + std::chrono::hours(hours); }
  using Ids = std::vector<std::uint64_t>;
};

TEST_F(Holds, ARoomIsHeldByItsAddressOrName) {
  add({.room = "ma-chan://example.org/hr"});
  EXPECT_EQ(kept(), (Ids{0, 1}));
  release(1);
  EXPECT_EQ(kept(), Ids{});
  add({.room = "#ubuntu"});
  EXPECT_EQ(kept(), (Ids{2, 3}));
  add({.room = "#nobody"});
  EXPECT_EQ(held().size(), 1U) << "a room that is not there holds nothing yet";
}

TEST_F(Holds, APersonIsHeldForWhatHeDidAndWhatWasDoneToHim) {
  for (const char* name : {"sip:anna@example.org", "anna", "anna@example.org"}) {
    const auto hold = add({.person = name});
    EXPECT_EQ(kept(), (Ids{0, 2, 3})) << name;
    release(hold);
  }
}

TEST_F(Holds, ANameHoldsAllThatCameUnderItsAddress) {
  auto renamed = chat_event("as somebody else");
  renamed.actor = schema::Person{"sip:anna@example.org", "Anna Jones", "", false};
  renamed.room = schema::Room{"ma-chan://example.org/hr", "#people"};
  must(commit(packs_of(make_pack("chat-2", 1, 1, {renamed}))));
  const auto holds = [&] {
    auto log = must(db::DutyLog::open_to_read(dsn_));
    return must(db::holds_of(log.session(), 1, 4)).size();
  };
  add({.person = "anna"});
  EXPECT_EQ(holds(), 1U);
  add({.room = "#hr"});
  EXPECT_EQ(holds(), 2U);
  add({.person = "bob"});
  EXPECT_EQ(holds(), 2U);
}

TEST_F(Holds, WhatIsNotUtf8IsRefused) {
  auto log = must(db::DutyLog::open(dsn_));
  EXPECT_FALSE(db::add_hold(log, {{.room = "caf\xe9"}, "case", "why"}, {"c", "desk-1"}));
  EXPECT_FALSE(db::add_hold(log, {{}, "case", "pourquoi\xe9"}, {"c", "desk-1"}));
}

TEST_F(Holds, TimesNarrowWhatIsHeld) {
  auto hold = add({.since = at(1)});
  EXPECT_EQ(kept(), (Ids{1, 3}));
  release(hold);
  hold = add({.until = at(1)});
  EXPECT_EQ(kept(), (Ids{0, 2}));
  release(hold);
  add({.room = "#hr", .person = "bob", .since = at(0), .until = at(2)});
  EXPECT_EQ(kept(), Ids{1});
}

TEST_F(Holds, WithoutAnyScopeEverythingIsHeld) {
  add({});
  EXPECT_EQ(held(), (Held{{1, 4}}));
  add({.room = "#hr"});
  EXPECT_EQ(held(), (Held{{1, 4}, {2, 2}}));
  release(1);
  EXPECT_EQ(held(), (Held{{2, 2}}));
}

TEST_F(Holds, AHoldIsReleasedOnceAndStaysInTheList) {
  add({.room = "#hr"});
  release(1);
  auto log = must(db::DutyLog::open(dsn_));
  const auto again = db::release_hold(log, 1, "again", {"c", "h"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().action, Action::stop);
  const auto unknown = db::release_hold(log, 99, "?", {"c", "h"});
  EXPECT_FALSE(unknown);
  const auto holds = must(db::list_holds(log.session()));
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(holds[0].scope, (HoldScope{.room = "#hr"}));
  EXPECT_EQ(holds[0].added.details,
            R"({"name":"case 17","reason":"asked for by legal","room":"#hr"})");
  ASSERT_TRUE(holds[0].released);
  EXPECT_EQ(holds[0].released->details, R"({"reason":"settled"})");
}

TEST_F(Holds, EachIsAnEventAndAnEditIsFound) {
  add({.room = "#hr", .until = at(5)});
  add({.person = "anna"});
  release(2);
  auto source = must(db::DutySource::open(dsn_));
  EXPECT_EQ(must(store_->record_duties(must(source.find(schema::EventKind::hold, 1)).page)), 3U);
  db::EventQuery query;
  query.kinds = {schema::EventKind::hold};
  const auto events = must(reader()->search(query));
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].content, R"(release {"reason":"settled"})");
  auto report = must(audit::verify_store(*reader(), {}));
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.duties, 3U);

  static_cast<void>(run("UPDATE hold SET room = '#ubuntu' WHERE entry = 1"));
  report = must(audit::verify_store(*reader(), {}));
  ASSERT_EQ(report.findings_total, 1U);
  EXPECT_EQ(report.findings[0].where, "hold 1");
  static_cast<void>(run("UPDATE hold SET room = '#hr', until_at = NULL WHERE entry = 1"));
  EXPECT_EQ(must(audit::verify_store(*reader(), {})).findings_total, 1U);
  static_cast<void>(run("DELETE FROM hold WHERE entry = 3"));
  report = must(audit::verify_store(*reader(), {}));
  EXPECT_EQ(report.findings_total, 2U) << "a release that went would hold for ever, or not";
}

}  // namespace
}  // namespace mgc::test
