#include "db/import_positions.hpp"

#include "tests/store/store_fixture.hpp"

namespace mgc::test {
namespace {

class ImportPositions : public StoreTest {
 protected:
  db::ImportPosition find(std::string_view node, std::uint64_t epoch) {
    return must(must(db::ImportPositions::open(dsn_)).find(node, epoch));
  }
};

TEST_F(ImportPositions, AreWhereTheStoredPacksEnd) {
  EXPECT_EQ(find("mgc-import.x", 9).through, 0U) << "no such node";
  auto first = make_pack("mgc-import.x", 9, 1, 2);
  auto second = make_pack("mgc-import.x", 9, 3, posts(3, 4), Bytes(schema::bytes_of(first.sha256)));
  const schema::Digest last = second.sha256;
  must(commit(packs_of(std::move(first), std::move(second))));
  EXPECT_EQ(find("mgc-import.x", 9).through, 6U);
  EXPECT_EQ(find("mgc-import.x", 9).last_sha256, schema::bytes_of(last));
  EXPECT_EQ(find("mgc-import.x", 8).through, 0U) << "another file";
  EXPECT_EQ(find("mgc-import.y", 9).through, 0U);
}

TEST_F(ImportPositions, EndBeforeWhatIsMissing) {
  auto first = make_pack("mgc-import.x", 9, 1, 2);
  const schema::Digest last = first.sha256;
  must(commit(packs_of(std::move(first), make_pack("mgc-import.x", 9, 7, 2))));
  EXPECT_EQ(find("mgc-import.x", 9).through, 2U);
  EXPECT_EQ(find("mgc-import.x", 9).last_sha256, schema::bytes_of(last));
}

}  // namespace
}  // namespace mgc::test
