// Files whose rows SQLite can read, but which this program never wrote: a disk changed them.
#include <sqlite3.h>

#include "spool/queue_store.hpp"
#include "tests/unit/spool/outbox_fixture.hpp"

namespace mgc::spool {
namespace {

using ::testing::HasSubstr;

void change(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  sqlite3_close(connection);
}

class DamagedOutbox : public OutboxTest {};

TEST_F(DamagedOutbox, IsRefusedWhenItsOwnRowIsImpossible) {
  ASSERT_TRUE(append(*open(), numbered(3)));
  for (const char* column :
       {"epoch = 0", "epoch = -1", "node = 'a b'", "recorded = -1", "accepted = 4", "receipted = 4",
        "waiting_packs = -1", "kept_bytes = -1", "last_sha256 = x'00'"}) {
    const auto whole = dir_ / "whole";
    std::filesystem::copy_file(options_.file, whole,
                               std::filesystem::copy_options::overwrite_existing);
    change(options_.file, std::string("UPDATE outbox SET ") + column);
    EXPECT_THAT(open_error().message, HasSubstr("the file is damaged")) << column;
    const auto status = read_outbox_status(options_.file);
    ASSERT_FALSE(status) << column;
    EXPECT_EQ(status.error().action, Action::stop) << column;
    std::filesystem::rename(whole, options_.file);
  }
  EXPECT_EQ(checked_events(*open()).size(), 3U);
}

TEST_F(DamagedOutbox, GivesNoPackWithImpossibleSequences) {
  options_.pack_events_max = 1;
  ASSERT_TRUE(append(*open(), numbered(3)));
  for (const char* last : {"0", "3", "4", "20000"}) {
    change(options_.file,
           std::string("UPDATE pack SET last_sequence = ") + last + " WHERE first_sequence = 2");
    const auto outbox = open();
    const auto read = outbox->read({}, 10, kNoLimit);
    ASSERT_FALSE(read) << last;
    EXPECT_EQ(read.error().action, Action::stop);
    EXPECT_THAT(read.error().message, HasSubstr("impossible sequences"));
  }
}

TEST_F(DamagedOutbox, HoldsNoMoreThanItRecorded) {
  options_.pack_events_max = 1;
  ASSERT_TRUE(append(*open(), numbered(1)));
  change(options_.file, "UPDATE pack SET first_sequence = 9");
  const auto outbox = open();
  EXPECT_FALSE(outbox->take_receipt({outbox->last().epoch, 0}));
}

TEST_F(DamagedOutbox, CountsNothingBelowZero) {
  ASSERT_TRUE(append(*open(), numbered(3)));
  change(options_.file, "UPDATE outbox SET waiting_packs = 0, waiting_bytes = 0");
  const auto outbox = open();
  take_receipt(*outbox, outbox->last());
  EXPECT_EQ(outbox->status()->waiting_packs, 0U);
  EXPECT_EQ(outbox->status()->waiting_bytes, 0U);
}

class DamagedQueue : public ::testing::Test {
 protected:
  Result<std::unique_ptr<QueueStore>> open() { return QueueStore::open(file_, clock_, 0); }
  void SetUp() override {
    ASSERT_TRUE(open().value()->apply({{{"a", "1"}, {"a", "2"}}, {}, {}, {}}));
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::filesystem::path file_ = dir_ / "queue.db";
};

TEST_F(DamagedQueue, IsRefusedWhenAnAddressCountsItsMessagesWrongly) {
  // With a count of 0 its messages would never be handed out.
  for (const char* counts : {"messages = 0", "messages = -2", "bytes = -1"}) {
    change(file_,
           std::string("UPDATE address SET messages = 2, bytes = 2; UPDATE address SET ") + counts);
    const auto store = open();
    ASSERT_FALSE(store) << counts;
    EXPECT_EQ(store.error().action, Action::stop);
    EXPECT_THAT(store.error().message, HasSubstr("counts its messages wrongly"));
  }
}

TEST_F(DamagedQueue, IsRefusedWhenTheIndexOfItsAddressesMissesOne) {
  change(file_,
         "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage ="
         " (SELECT rootpage FROM sqlite_schema WHERE name = 'message_by_address')"
         " WHERE name = 'sqlite_autoindex_address_1'");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("table of addresses is not sound"));
}

TEST_F(DamagedQueue, IsRefusedWhenItsTextIsNotUtf8) {
  file_ = dir_ / "empty.db";
  change(file_, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(x); DROP TABLE t");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("its text is not UTF-8"));
}

TEST_F(DamagedQueue, CountsNothingBelowZero) {
  change(file_, "UPDATE address SET messages = 1, bytes = 1");
  {
    const auto store = open().value();
    ASSERT_TRUE(store->apply({{}, {}, {}, {1, 2}}));
    EXPECT_EQ(store->stats("a").messages, 0U);
    EXPECT_EQ(store->stats("a").bytes, 0U);
  }
  EXPECT_TRUE(open());
}

TEST_F(DamagedQueue, HandsNothingOutTwiceWhenAnIndexIsOutOfOrder) {
  change(file_,
         "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql ="
         " 'CREATE INDEX message_by_address ON message(address_id, position DESC)'"
         " WHERE name = 'message_by_address'");
  const auto store = open().value();
  const auto read = store->read("a", 0, 10, kNoLimit);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().action, Action::stop);
  EXPECT_THAT(read.error().message, HasSubstr("not in order"));
}

TEST_F(DamagedQueue, RefusesToRemoveAMessageOfNoAddress) {
  change(file_, "UPDATE message SET address_id = 77 WHERE position = 2");
  const auto store = open().value();
  const auto removed = store->apply({{}, {}, {}, {2}});
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().action, Action::stop);
  EXPECT_THAT(removed.error().message, HasSubstr("of no address"));
}

TEST_F(DamagedQueue, IsSpokenOfInPrintableText) {
  change(file_,
         "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET name = 'a' || char(27) || 'b',"
         " sql = 'CREATE TABLE' WHERE name = 'message'");
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("a\\x1bb"));
}

}  // namespace
}  // namespace mgc::spool
