// Messages of other programs that are larger than any pack: each broker takes them, and the service
// keeps them as dead letters within its memory.
#include <set>

#include "db/compliance_reader.hpp"
#include "db/migrate.hpp"
#include "tests/brokers/broker_fixture.hpp"

namespace mgc::test {
namespace {

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

class BrokerLarge : public BrokerTest {
 protected:
  std::unique_ptr<transport::Receiver> receiver_of(
      Inbox& inbox, std::size_t credit_bytes, std::size_t message_bytes_max,
      std::chrono::milliseconds idle_timeout = std::chrono::seconds{30}) {
    transport::ReceiverOptions options;
    options.broker = broker();
    options.broker.idle_timeout = idle_timeout;
    options.address = queue_;
    options.credit_bytes = credit_bytes;
    options.message_bytes_max = message_bytes_max;
    return *transport::Receiver::start(options, inbox.handler());
  }
  void put_large(std::uint64_t from, std::uint64_t to, std::size_t bytes) {
    Outcomes outcomes;
    const auto link = sender(outcomes);
    for (std::uint64_t number = from; number < to; ++number) {
      const auto sent = link->send(text_message(number, bytes), number, in_seconds(60), {});
      ASSERT_TRUE(sent) << sent.error().message;
    }
    ASSERT_TRUE(outcomes.wait(to - from, in_seconds(120)));
    ASSERT_EQ(outcomes.count(Outcome::accepted), to - from);
  }
};

TEST_P(BrokerLarge, ComesWholeWithItsIdBetweenSmallOnes) {
  put(0, 3);
  put_large(3, 4, 10 * kMiB);
  put(4, 7);
  Inbox inbox;
  const auto to = receiver_of(inbox, 64 * kMiB, 20 * kMiB);
  auto got = inbox.take(7);
  ASSERT_EQ(got.size(), 7U);
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].received.message.id, std::to_string(i));
    EXPECT_EQ(got[i].received.fault.empty(), i != 3) << got[i].received.fault;
  }
  const auto& large = got[3].received;
  EXPECT_NE(large.fault.find("more than"), std::string::npos) << large.fault;
  EXPECT_NE(large.message.body.find(text_message(3, 10 * kMiB).body), std::string::npos);
  EXPECT_LT(large.message.body.size(), 10 * kMiB + 64 * 1024);
  transport::accept(tokens(std::move(got)));
  ASSERT_TRUE(to->flush(patience()));
  put(7, 8);
  EXPECT_EQ(bodies(inbox.take(1)), numbers(7, 8)) << "what was accepted does not come again";
}

TEST_P(BrokerLarge, WhatIsAboveTheLimitIsCutAndLeftToTheBrokersOwnDeadLetters) {
  if (rabbitmq()) admin({"dead-letters", queue_});
  put_large(0, 1, 20 * kMiB);
  put(1, 3);
  Inbox inbox;
  const auto to = receiver_of(inbox, 64 * kMiB, 8 * kMiB);
  auto got = inbox.take(3);
  ASSERT_EQ(got.size(), 3U);
  const auto& cut = got[0].received;
  EXPECT_TRUE(cut.too_large);
  EXPECT_EQ(cut.message.id, "0");
  EXPECT_EQ(cut.message.body.size(), 4 * kMiB);
  EXPECT_EQ(got[1].received.message.body, "1");
  const std::string fault = cut.fault;
  transport::accept(tokens(std::move(got)));
  ASSERT_TRUE(to->flush(patience()));

  // All of it is there, as the fault says, and nothing comes again.
  Inbox dead;
  transport::ReceiverOptions options;
  options.broker = broker();
  options.address = queue_ + ".dead";
  const auto from_dead = *transport::Receiver::start(options, dead.handler());
  const auto kept = dead.take(1);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_NE(kept[0].received.message.body.find(text_message(0, 20 * kMiB).body), std::string::npos);
  if (rabbitmq()) {  // which adds nothing in front of what it was sent
    EXPECT_NE(fault.find("SHA-256"), std::string::npos) << fault;
  }
  put(3, 4);
  EXPECT_EQ(bodies(inbox.take(1)), numbers(3, 4));
}

// What is held is above the limit: nothing more is read until it is settled, and then the rest
// comes.
TEST_P(BrokerLarge, AReceiverTakesNoMoreThanItsLimitAndGoesOn) {
  put_large(0, 12, 5 * kMiB);
  Inbox inbox;
  const auto to = receiver_of(inbox, 8 * kMiB, 20 * kMiB);
  for (std::size_t left = 12; left > 0;) {
    auto got = inbox.take(1);
    ASSERT_FALSE(got.empty()) << left << " are left";
    EXPECT_LE(inbox.size() + got.size(), 2U);
    left -= got.size();
    transport::accept(tokens(std::move(got)));
  }
}

// As long as a database is away: the connection is silent for longer than it may be, comes again,
// and has no credit until what the one before brought is settled.
TEST_P(BrokerLarge, AReceiverThatIsFullForLongGoesOnWhenThereIsRoom) {
  put_large(0, 8, 5 * kMiB);
  Inbox inbox;
  const auto to = receiver_of(inbox, 8 * kMiB, 20 * kMiB, std::chrono::seconds{1});
  auto held = inbox.take(1);  // the second is under way when the limit is reached
  ASSERT_EQ(held.size(), 1U);
  EXPECT_TRUE(inbox.take(1, in_seconds(5)).empty()) << "more came than there is room for";
  transport::accept(tokens(std::move(held)));
  std::set<std::string> ids;
  const auto deadline = in_seconds(60);
  while (!(ids.size() >= 7 && ids.contains("7")) && std::chrono::steady_clock::now() < deadline) {
    auto got = inbox.take(1, in_seconds(1));
    for (const Delivery& one : got) ids.insert(one.received.message.id);
    transport::accept(tokens(std::move(got)));
  }
  for (int number = 1; number < 8; ++number) EXPECT_TRUE(ids.contains(std::to_string(number)));
}

TEST_P(BrokerLarge, TheServiceStaysWithinItsMemoryWhateverTheBacklog) {
  constexpr std::uint64_t kMessages = 40;
  constexpr std::size_t kBytes = 16 * kMiB;
  constexpr std::size_t kCredit = 32 * kMiB;
  put_large(0, kMessages, kBytes);
  const std::string mgccomp = "sqlite3://db=" + (dir_ / "mgccomp.db").string();
  ASSERT_TRUE(db::init_database(mgccomp, db::Schema::mgccomp, clock_));
  const auto options = broker();
  Process service({MGC_PROGRAM, "consume", "--broker", options.url, "--address", queue_,
                   "--broker-ca", options.ca_file.string(), "--broker-user", options.user,
                   "--broker-password-file", options.password_file.string(), "--mgccomp", mgccomp,
                   "--credit-bytes", std::to_string(kCredit)},
                  dir_ / "service");
  const auto letters = [&] {
    const auto reader = db::ComplianceReader::open(mgccomp);
    const auto counts = reader ? (*reader)->count() : Result<db::StoreCounts>(reader.error());
    return counts ? counts->dead_letters : 0;
  };
  // Each in parts of 4 MiB: four, and one of what is beside the body.
  const auto deadline = in_seconds(120);
  while (letters() < 5 * kMessages && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(letters(), 5 * kMessages) << service.err();
  const std::size_t peak = service.peak_memory();
  // What is inside, one message more, the buffer of one that grows (twice its bytes), a part on its
  // way into the database; and a program that does nothing.
  const std::size_t bound = kCredit + 3 * kBytes + 8 * kMiB + 64 * kMiB;
  RecordProperty("peak_mib", std::to_string(peak / kMiB));
  EXPECT_LT(peak, bound) << peak / kMiB << " MiB for a backlog of " << kMessages * 16 << " MiB";
  std::printf("peak %zu MiB, bound %zu MiB\n", peak / kMiB, bound / kMiB);
  service.kill(SIGTERM);
  EXPECT_EQ(service.wait(std::chrono::seconds{20}), 0) << service.err();
}

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerLarge, testing::Values("rabbitmq", "artemis"), broker_name);

}  // namespace
}  // namespace mgc::test
