// deploy/postgresql/roles.sql: what those who keep the record can do, and nobody else.
#include "db/holds.hpp"
#include "tests/store/custodians.hpp"
#include "tests/store/postgresql_roles.hpp"

namespace mgc::test {
namespace {

class PostgresqlCustodians : public PostgresqlRoles {
 protected:
  PostgresqlCustodians() {
    run(
        fmt::format("CREATE ROLE {} LOGIN PASSWORD 'word' IN ROLE mgc_custodian; "
                    "CREATE ROLE {} LOGIN PASSWORD 'word' IN ROLE mgc_custodian; "
                    "CREATE ROLE {} LOGIN PASSWORD 'word' IN ROLE mgc_examiner",
                    login("custodian"), login("second"), login("examiner")));
  }
};

TEST_F(PostgresqlCustodians, ACustodianHoldsAndReleasesAndNobodyElseDoes) {
  auto log = must(db::DutyLog::open(dsn_of("custodian")));
  EXPECT_EQ(must(db::add_hold(log, {{}, "case", "why"}, {"u", "h"})), 1);
  must(db::release_hold(log, 1, "settled", {"u", "h"}));
  EXPECT_EQ(ask("SELECT string_agg(DISTINCT db_user, ',') FROM hold"), login("custodian"));
  for (const char* role : {"auditor", "examiner"}) {
    auto other = must(db::DutyLog::open(dsn_of(role)));
    EXPECT_EQ(must(db::list_holds(other.session())).size(), 1U);
    const auto refused = db::add_hold(other, {{}, "case", "why"}, {"u", "h"});
    ASSERT_FALSE(refused) << role;
    EXPECT_EQ(refused.error().action, Action::stop);
  }
  PostgresqlClient client(database(), login("custodian"), "word");
  for (const char* sql :
       {"UPDATE public_audit.hold SET room = 'x'", "DELETE FROM public_audit.hold",
        "INSERT INTO public_audit.hold (os_user, host, command, details, db_user)"
        " VALUES ('u', 'h', 'add', '{}', 'eve')",
        "SELECT * FROM public.hold", "SELECT * FROM public.pack",
        "UPDATE public_audit.pack SET"
        " body = ''"}) {
    EXPECT_THROW(static_cast<void>(client.run(sql)), std::runtime_error) << sql;
  }
}

TEST_F(PostgresqlCustodians, RemoveAndRedactWhatTheLedgerSays) {
  Custodians{dsn_of("writer"), dsn_of("custodian"), dsn_of("second")}.work(clock_);
}

TEST_F(PostgresqlCustodians, NobodyTakesContentAwayOtherwise) {
  for (const char* role : {"writer", "signer", "auditor", "examiner", "operator"}) {
    PostgresqlClient client(database(), login(role), "word");
    for (const char* sql :
         {"SELECT public.remove_segment(1)", "SELECT public.remove_pack(1, 0, '')",
          "SELECT public.redact_event(1, '', '', 'x')"}) {
      try {
        static_cast<void>(client.run(sql));
        ADD_FAILURE() << role << " may " << sql;
      } catch (const std::runtime_error& refused) {
        EXPECT_TRUE(std::string_view(refused.what()).starts_with("42501")) << refused.what();
      }
    }
  }
  PostgresqlClient client(database(), login("custodian"), "word");
  for (const char* sql :
       {"DELETE FROM public.event_1", "UPDATE public.pack SET body = ''",
        "DELETE FROM public_audit.removal", "UPDATE public_audit.redaction SET event_id = 5",
        "INSERT INTO public_audit.redaction (os_user, host, command, details, lane_id, event_id,"
        " db_user) VALUES ('u', 'h', 'request', '{}', 1, 1, 'eve')",
        "INSERT INTO public.duty_event VALUES (18, 1, 1, 1)", "SELECT public.remove_segment(1)",
        "SELECT public.seal_segment(1)"}) {
    EXPECT_THROW(static_cast<void>(client.run(sql)), std::runtime_error) << sql;
  }
}

}  // namespace
}  // namespace mgc::test
