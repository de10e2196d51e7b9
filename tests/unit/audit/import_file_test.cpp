#include "audit/import_file.hpp"

#include "schema/event_view.hpp"
#include "tests/support/sample_events.hpp"
#include "tests/unit/audit/formats/lync_reading.hpp"

namespace mgc::audit {
namespace {

using test::archive;
using test::message;
using test::sha256_of;

const auto kNoProgress = [](std::uint64_t) { return Result<void>(); };

class ImportFileTest : public test::LyncReading {
 protected:
  ImportFile look(const std::filesystem::path& path) {
    auto file = look_at_import(path, kNoProgress);
    EXPECT_TRUE(file) << file.error().message;
    return *std::move(file);
  }
  Result<void> read_packs(const ImportFile& file, std::uint64_t through = 0,
                          Bytes last_sha256 = {}) {
    bodies_.clear();
    unreadable_.clear();
    return read_import(file, through, std::move(last_sha256),
                       {[&](Bytes body) -> Result<void> {
                          bodies_.push_back(std::move(body));
                          return {};
                        },
                        [&](Unreadable one) -> Result<void> {
                          unreadable_.push_back(std::move(one));
                          return {};
                        },
                        kNoProgress});
  }
  /// "LINE:CONTENT" of each event, and that the packs are one chain.
  std::vector<std::string> told(std::uint64_t first_sequence = 1, Bytes previous = {}) {
    std::vector<std::string> all;
    for (const Bytes& body : bodies_) {
      const auto pack = schema::decode_pack(body).value();
      EXPECT_EQ(pack.header().node, "mgc-import.lync-xml");
      EXPECT_EQ(pack.header().first_sequence, first_sequence);
      EXPECT_EQ(pack.header().previous_sha256, previous);
      first_sequence += pack.size();
      previous = sha256_of(body);
      for (std::size_t i = 0; i < pack.size(); ++i) {
        const auto event = schema::view_event(pack.event(i)).value();
        all.push_back(std::to_string(event.source->line) + ":" + std::string(event.content));
      }
    }
    return all;
  }
  static std::string posts(int count) {
    std::string all;
    for (int i = 0; i < count; ++i)
      all += message("type='CHAT' content='post " + std::to_string(i) + "' id='1'");
    return archive(all);
  }

  std::vector<Bytes> bodies_;
  std::vector<Unreadable> unreadable_;
};

TEST_F(ImportFileTest, BecomesAChainOfPacksInItsOrder) {
  const ImportFile file = look(write(posts(2'500)));
  EXPECT_EQ(file.events, 2'500U);
  ASSERT_TRUE(read_packs(file));
  EXPECT_EQ(bodies_.size(), 3U);
  const auto all = told();
  ASSERT_EQ(all.size(), 2'500U);
  EXPECT_EQ(all.front(), "6:post 0");
  EXPECT_EQ(all.back(), "2505:post 2499");
}

TEST_F(ImportFileTest, IsTheSameEpochUnderEachName) {
  const std::string bytes = posts(1);
  const ImportFile one = look(write(bytes, "one.xml"));
  // printf BYTES | sha256sum, without the highest bit
  EXPECT_EQ(one.epoch >> 56U, static_cast<unsigned char>(sha256_of(bytes)[0]) & 0x7FU);
  EXPECT_EQ(look(write(bytes, "two.xml")).epoch, one.epoch);
  EXPECT_NE(look(write(posts(2), "one.xml")).epoch, one.epoch);
}

TEST_F(ImportFileTest, GoesOnBehindWhatIsStored) {
  const ImportFile file = look(write(posts(2'500)));
  ASSERT_TRUE(read_packs(file, 1'700, Bytes(32, 'x')));
  const auto all = told(1'701, Bytes(32, 'x'));
  ASSERT_EQ(all.size(), 800U);
  EXPECT_EQ(all.front(), "1706:post 1700");
  ASSERT_TRUE(read_packs(file, 2'500));
  EXPECT_TRUE(bodies_.empty());
}

TEST_F(ImportFileTest, KeepsPacksSmallWhateverTheEvents) {
  std::string large;
  for (int i = 0; i < 40; ++i)
    large += message("type='CHAT' content='" + std::string(100'000, 'x') + "' id='1'");
  ASSERT_TRUE(read_packs(look(write(archive(large)))));
  EXPECT_GE(bodies_.size(), 4U);
  EXPECT_EQ(told().size(), 40U);
}

TEST_F(ImportFileTest, ShowsWhatIsNoEventAndGoesOn) {
  const ImportFile file =
      look(write(archive(message("type='CHAT' content='a'") + message("type='SHOUT'") +
                         message("type='CHAT' content='b'"))));
  EXPECT_EQ(file.events, 2U);
  EXPECT_EQ(file.unreadable, 1U);
  ASSERT_TRUE(read_packs(file));
  EXPECT_EQ(told(), (std::vector<std::string>{"6:a", "8:b"}));
  ASSERT_EQ(unreadable_.size(), 1U);
  EXPECT_EQ(unreadable_[0].line, 7U);
  EXPECT_NE(unreadable_[0].raw.find("SHOUT"), Bytes::npos);
}

TEST_F(ImportFileTest, IsNotMixedWithWhatItIsChangedTo) {
  const ImportFile file = look(write(posts(1)));
  write(posts(2));
  const auto read = read_packs(file);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("changed"), std::string::npos);
}

TEST_F(ImportFileTest, ShowsNothingOfWhatItIsChangedTo) {
  const ImportFile file = look(write(posts(2'500)));
  write(posts(2'600));
  std::filesystem::last_write_time(file.path, file.written_at + std::chrono::seconds(1));
  ASSERT_FALSE(read_packs(file));
  EXPECT_TRUE(bodies_.empty()) << "it would be stored under the bytes that it had";
}

TEST_F(ImportFileTest, IsKeptWholeWhenItIsNoXml) {
  const std::string bytes = posts(10).substr(0, 1'000) + std::string("\0\xFF", 2);
  const auto kept = keep_faulty(look(write(bytes)));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->raw, bytes);
  EXPECT_GT(kept->line, 0U);
}

TEST_F(ImportFileTest, IsKeptInPartWhenItIsNoXmlAndHuge) {
  const std::string bytes(20'000'000, 'x');
  const auto kept = keep_faulty(look(write(bytes)));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->raw.size(), kFaultyBytesMax);
  EXPECT_NE(kept->reason.find("the first 16777216 of its 20000000 bytes"), std::string::npos);
}

}  // namespace
}  // namespace mgc::audit
