#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/failpoint.hpp"
#include "schema/ledger.hpp"
#include "schema/pack.hpp"
#include "spool/outbox.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace mgc::spool {

inline constexpr std::size_t kNoLimit = 1U << 30U;

/// An outbox in a directory of its own, and the eyes to look into its packs.
class OutboxTest : public ::testing::Test {
 protected:
  void TearDown() override { arm_failpoints(""); }

  std::unique_ptr<Outbox> open() {
    auto outbox = Outbox::open(options_, clock_);
    if (!outbox) {
      ADD_FAILURE() << outbox.error().message;
      return nullptr;
    }
    return std::move(*outbox);
  }
  Error open_error() {
    auto outbox = Outbox::open(options_, clock_);
    if (outbox) return Error{Action::retry, "it opened"};
    EXPECT_EQ(outbox.error().action, Action::stop);
    return outbox.error();
  }

  static Result<Appended> append(Outbox& outbox, const std::vector<Bytes>& events) {
    return outbox.append({.events = events});
  }
  /// Takes a receipt; how many packs were purged by it.
  static std::uint64_t take_receipt(Outbox& outbox, Position through) {
    const auto taken = outbox.take_receipt(through);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken ? taken->purged_packs : 0;
  }
  static std::vector<StoredPack> packs(Outbox& outbox) {
    auto found = outbox.read({}, 1'000'000, kNoLimit);
    EXPECT_TRUE(found);
    return std::move(*found);
  }

  /// The events of all packs that wait. Fails the test when sequences have a hole or a pack does
  /// not hold the hash of the one before it. `previous` is the hash of the last purged pack.
  static std::vector<std::string> checked_events(Outbox& outbox, Bytes previous = {}) {
    std::vector<std::string> events;
    schema::Hasher hasher;
    std::uint64_t next = 0;
    for (const StoredPack& stored : packs(outbox)) {
      auto pack = schema::decode_pack(stored.body);
      if (!pack) {
        ADD_FAILURE() << pack.error().message;
        return events;
      }
      const auto& header = pack->header();
      EXPECT_EQ(header.first_sequence, stored.first.sequence);
      EXPECT_EQ(header.last_sequence(), stored.last_sequence);
      EXPECT_EQ(header.epoch, stored.first.epoch);
      EXPECT_EQ(header.node, "node-1");
      if (next != 0) {
        EXPECT_EQ(header.first_sequence, next);
      }
      if (next != 0 || !previous.empty() || header.first_sequence == 1) {
        EXPECT_EQ(header.previous_sha256, previous);
      }
      next = header.last_sequence() + 1;
      previous = Bytes(schema::bytes_of(hasher.sha256(stored.body)));
      for (std::size_t i = 0; i < pack->size(); ++i) events.emplace_back(pack->event(i));
    }
    return events;
  }
  static std::vector<Bytes> numbered(int count) {
    std::vector<Bytes> events;
    for (int i = 1; i <= count; ++i) events.push_back("event " + std::to_string(i));
    return events;
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  /// Purges at once what has its receipt, unless a test says otherwise.
  OutboxOptions options_{
      .file = dir_ / "node-1.outbox", .node = "node-1", .keep_for = std::chrono::seconds{0}};
};

}  // namespace mgc::spool
