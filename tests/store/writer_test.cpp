// The consumer's writer against a database server that gets in its way; linked into the programs of
// the engines that are servers.
#include "consumer/writer.hpp"

#include <future>

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class WriterOnAServer : public StoreTest {
 protected:
  ServerEngine& server() { return dynamic_cast<ServerEngine&>(*engine_); }

  static db::StoreOptions options() {
    db::StoreOptions options;
    options.lane = "writer";
    options.holder = "writer";
    options.lease = std::chrono::seconds{3};
    return options;
  }
  static consumer::Batch batch(std::uint64_t first_sequence) {
    transport::Delivery delivery;
    delivery.received.message.body = pack_body("n", 1, first_sequence, 2);
    db::PackReader reader;
    consumer::Batch batch;
    batch.push_back(consumer::decode(std::move(delivery), reader));
    return batch;
  }
  std::string lease() { return ask("SELECT lease_until FROM lane WHERE name = 'writer'"); }

  SystemClock now_;
  consumer::Writer writer_{engine_->impatient_dsn(), options(), now_};
};

TEST_F(WriterOnAServer, WaitsForALockThatKeepsItFromItsLaneAfterALostSession) {
  must(writer_.take_lane({}));
  server().cut_sessions();
  auto held = server().hold_write_lock();
  auto stored = std::async(std::launch::async, [&] { return writer_.commit(batch(1), {}); });
  // Long enough for several tries, each of which ends with the engine's lock time-out.
  EXPECT_EQ(stored.wait_for(std::chrono::seconds{4}), std::future_status::timeout)
      << stored.get().error().message;
  held.reset();
  const auto counts = stored.get();
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->events_stored, 2U);
}

TEST_F(WriterOnAServer, KeepsItsLaneInANewSessionWhileNothingComes) {
  must(writer_.take_lane({}));
  const std::string before = lease();
  server().cut_sessions();
  const auto give_up = now_.steady_now() + std::chrono::seconds{30};
  while (lease() == before && now_.steady_now() < give_up) must(writer_.keep_lane());
  EXPECT_GT(std::stoll(lease()), std::stoll(before));
  EXPECT_EQ(must(writer_.commit(batch(1), {})).events_stored, 2U);
}

TEST_F(WriterOnAServer, UsesNamesThatWereFoundForItsSession) {
  must(writer_.take_lane({}));
  consumer::Batch found = batch(1);
  db::FoundNames& names = found.front().pack->names;
  names.source = writer_.session_number();
  names.ids.assign(2, {91, 92, 93});  // of nobody: the writer does not look
  must(writer_.commit(found, {}));
  EXPECT_EQ(ask("SELECT count(*) FROM event WHERE actor_id = 92"), "2");
}

// A session is lost when the database is replaced by an older copy, which has not these names.
TEST_F(WriterOnAServer, DoesNotUseNamesThatWereFoundBeforeALostSession) {
  must(writer_.take_lane({}));
  consumer::Batch found = batch(1);
  db::FoundNames& names = found.front().pack->names;
  names.source = writer_.session_number();
  names.ids.assign(2, {91, 92, 93});
  server().cut_sessions();
  must(writer_.commit(found, {}));
  EXPECT_EQ(ask("SELECT count(*) FROM event WHERE actor_id = 92"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM event JOIN person ON person_id = actor_id"), "2");
}

TEST_F(WriterOnAServer, EachBatchIsStoredOnceWhateverSessionsEnd) {
  must(writer_.take_lane({}));
  for (std::uint64_t sequence = 1; sequence <= 9; sequence += 2) {
    server().cut_sessions();
    EXPECT_EQ(must(writer_.commit(batch(sequence), {})).events_stored, 2U);
  }
  EXPECT_EQ(must(writer_.commit(batch(1), {})).packs_duplicate, 1U);
  EXPECT_EQ(counts().events, 10U);
}

}  // namespace
}  // namespace mgc::test
