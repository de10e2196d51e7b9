// A database for which a whole batch takes longer than it allows a statement.
#include "consumer/writer.hpp"
#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

using SlowBatchOnAServer = StoreTest;

TEST_F(SlowBatchOnAServer, IsStoredOnceInPartsThatAreFastEnough) {
  run("CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END'");
  run("CREATE TRIGGER take_time BEFORE INSERT ON pack FOR EACH ROW EXECUTE FUNCTION take_time()");
  SystemClock now;
  db::StoreOptions options;
  options.lane = "slow";
  options.holder = "slow";
  options.lease = std::chrono::seconds{60};
  consumer::Writer writer(engine_->dsn() + " statement_timeout=1", options, now);
  must(writer.take_lane({}));
  constexpr std::uint64_t kPacks = 40;  // two seconds
  consumer::Batch batch;
  db::PackReader reader;
  for (std::uint64_t i = 0; i < kPacks; ++i) {
    transport::Delivery delivery;
    delivery.received.message.body = pack_body("n", 1, 2 * i + 1, 2);
    batch.push_back(consumer::decode(std::move(delivery), reader));
  }
  const auto counts = must(writer.commit(batch, {}));
  EXPECT_EQ(counts.packs_stored, kPacks);
  EXPECT_EQ(counts.packs_duplicate, 0U);
  EXPECT_EQ(counts.gaps_opened, 0U);
  ASSERT_EQ(counts.progress.size(), 1U);
  EXPECT_EQ(counts.progress.front().contiguous_through, 2 * kPacks);
  EXPECT_GT(ask("SELECT count(*) FROM block"), "1");
  EXPECT_EQ(this->counts().events, 2 * kPacks);
}

}  // namespace
}  // namespace mgc::test
