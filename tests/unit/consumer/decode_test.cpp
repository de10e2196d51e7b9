#include "consumer/decode.hpp"

#include <gtest/gtest.h>

#include "tests/support/sample_events.hpp"

namespace mgc::consumer {
namespace {

DecodedRecord decode_body(Bytes body, std::string fault = {}) {
  transport::Delivery delivery;
  delivery.received.message.id = "node/1/1";
  delivery.received.message.body = std::move(body);
  delivery.received.fault = std::move(fault);
  db::PackReader reader;
  return decode(std::move(delivery), reader);
}

TEST(Decode, APackBecomesItsEventsAndItsHashes) {
  const Bytes body = test::pack_body("node", 1, 7, 3);
  const DecodedRecord record = decode_body(body);
  ASSERT_TRUE(record.pack);
  EXPECT_FALSE(record.dead_letter);
  EXPECT_EQ(record.pack->body, body);
  EXPECT_EQ(record.pack->pack.header().first_sequence, 7U);
  ASSERT_EQ(record.pack->events.size(), 3U);
  EXPECT_EQ(record.pack->events[2].content, "post 9");

  schema::Hasher hasher;
  EXPECT_EQ(record.pack->sha256, hasher.sha256(body));
  const auto leaf = [&](std::size_t i) { return hasher.leaf(record.pack->pack.event(i)); };
  EXPECT_EQ(record.pack->root, hasher.node(hasher.node(leaf(0), leaf(1)), leaf(2)));
}

TEST(Decode, GarbageBecomesADeadLetterWithEveryByte) {
  const DecodedRecord record = decode_body("this is no pack");
  ASSERT_TRUE(record.dead_letter);
  EXPECT_FALSE(record.pack);
  EXPECT_EQ(record.dead_letter->raw, "this is no pack");
  EXPECT_NE(record.dead_letter->reason, "");
  EXPECT_EQ(record.dead_letter->message_id, "node/1/1");
}

TEST(Decode, NobodyElseRecordsAsTheService) {
  const Bytes body = test::pack_body("mgc-service.1", 1, 7, 3);
  const DecodedRecord record = decode_body(body);
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->raw, body);
  EXPECT_EQ(record.dead_letter->reason,
            "mgc-service.1/1/7: the service alone records as such a node");
}

TEST(Decode, NobodySendsWhatLooksImported) {
  const DecodedRecord record = decode_body(test::pack_body("mgc-import.lync-xml", 1, 7, 3));
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->reason,
            "mgc-import.lync-xml/1/7: mgc audit import alone records as such a node");
}

TEST(Decode, NobodyElseMakesEventsInThePlaceOfANode) {
  auto event = test::chat_event("x");
  event.synthetic = schema::Synthetic{"chat-1", 1, 2, 3, "it crashed"};
  const std::vector<Bytes> events = {*schema::encode_event(test::chat_event("x")),
                                     *schema::encode_event(event)};
  const Bytes body = *schema::encode_pack({"chat-2", 1, 7, 2, {}}, events);
  const DecodedRecord record = decode_body(body);
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->raw, body);
  EXPECT_EQ(record.dead_letter->reason,
            "event 8 of chat-2/1/7: the service alone makes events in the place of a node");
}

TEST(Decode, NobodyElseSaysWhatWasDoneWithTheRecord) {
  auto with_duty = test::chat_event("x");
  with_duty.duty = schema::Duty{1, 0, "anna", "", "", "search", "{}"};
  auto of_kind = test::chat_event("x");
  of_kind.kind = schema::EventKind::removal;
  for (const auto& event : {with_duty, of_kind}) {
    const std::vector<Bytes> events = {*schema::encode_event(event)};
    const DecodedRecord record = decode_body(*schema::encode_pack({"chat-2", 1, 7, 1, {}}, events));
    ASSERT_TRUE(record.dead_letter);
    EXPECT_EQ(record.dead_letter->reason,
              "event 7 of chat-2/1/7: the service alone says what was done with the record");
  }
}

TEST(Decode, AMessageIdOfAnyLengthIsShownInPart) {
  transport::Delivery delivery;
  delivery.received.message.id = std::string(999, 'x') + "\u00e9" + std::string(100'000, 'y');
  delivery.received.message.body = "this is no pack";
  db::PackReader reader;
  const DecodedRecord record = decode(std::move(delivery), reader);
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->message_id, std::string(999, 'x') + "...") << "no half character";
}

TEST(Decode, AFaultOfTheTransportIsTheReason) {
  const DecodedRecord record = decode_body("raw message", "the body is not binary");
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->reason, "the body is not binary");
  EXPECT_EQ(record.dead_letter->raw, "raw message");
}

TEST(Decode, APackWithOneUnreadableEventIsADeadLetterThatNamesTheEvent) {
  const Bytes good = schema::encode_event(test::chat_event("good")).value();
  const Bytes bad = "\x32\x02\xff\xfe";  // content that is not UTF-8
  const std::vector<Bytes> events = {good, bad};
  const Bytes body = schema::encode_pack({"node", 1, 5, 2, {}}, events).value();
  const DecodedRecord record = decode_body(body);
  ASSERT_TRUE(record.dead_letter);
  EXPECT_EQ(record.dead_letter->raw, body);
  EXPECT_NE(record.dead_letter->reason.find("event 6"), std::string::npos)
      << record.dead_letter->reason;
}

}  // namespace
}  // namespace mgc::consumer
