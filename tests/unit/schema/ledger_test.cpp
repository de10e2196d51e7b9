#include "schema/ledger.hpp"

#include <gtest/gtest.h>

#include <random>
#include <span>

namespace mgc::schema {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  }
  return out;
}

/// The definition of RFC 6962, section 2.1, word for word: a tree of n > 1 leaves splits at k, the
/// largest power of two smaller than n.
Digest defined_root(Hasher& hasher, std::span<const Bytes> leaves) {
  if (leaves.size() == 1) return hasher.leaf(leaves.front());
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const Digest left = defined_root(hasher, leaves.first(split));
  return hasher.node(left, defined_root(hasher, leaves.subspan(split)));
}

std::vector<Digest> leaf_digests(Hasher& hasher, std::span<const Bytes> leaves) {
  std::vector<Digest> out;
  for (const Bytes& leaf : leaves) out.push_back(hasher.leaf(leaf));
  return out;
}

TEST(Hasher, HashesTheVectorsOfFips180) {
  Hasher hasher;
  EXPECT_EQ(to_hex(bytes_of(hasher.sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(bytes_of(hasher.sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/// The leaves and roots that certificate transparency logs are tested with (RFC 6962 reference
/// implementation, merkletree tests).
TEST(Hasher, FindsTheKnownRootsOfRfc6962) {
  const std::vector<Bytes> leaves = {"",
                                     from_hex("00"),
                                     from_hex("10"),
                                     from_hex("2021"),
                                     from_hex("3031"),
                                     from_hex("40414243"),
                                     from_hex("5051525354555657"),
                                     from_hex("606162636465666768696a6b6c6d6e6f")};
  const std::vector<std::string> roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Hasher hasher;
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto some = std::span(leaves).first(size);
    EXPECT_EQ(to_hex(bytes_of(hasher.root(leaf_digests(hasher, some)))), roots[size - 1]) << size;
  }
}

TEST(Hasher, FollowsTheDefinitionForEverySize) {
  std::mt19937 random(6962);
  Hasher hasher;
  std::vector<Bytes> leaves;
  for (std::size_t size = 1; size <= 300; ++size) {
    leaves.push_back(Bytes(random() % 40, static_cast<char>(random())));
    ASSERT_EQ(hasher.root(leaf_digests(hasher, leaves)), defined_root(hasher, leaves)) << size;
  }
}

TEST(Hasher, KeepsLeavesNodesAndBlocksApart) {
  Hasher hasher;
  const Digest a = hasher.sha256("a");
  const Digest b = hasher.sha256("b");
  const Bytes both = Bytes(bytes_of(a)) + Bytes(bytes_of(b));
  EXPECT_NE(hasher.leaf(both), hasher.node(a, b));
  EXPECT_NE(hasher.node(a, b), hasher.node(b, a));
  EXPECT_EQ(hasher.leaf(both), hasher.sha256(Bytes(1, '\0') + both));
  EXPECT_EQ(hasher.node(a, b), hasher.sha256("\x01" + both));
}

TEST(Hasher, CommitsABlockToEveryNumberInTheOrderOfTheContract) {
  Hasher hasher;
  const Digest previous = hasher.sha256("previous");
  const Digest root = hasher.sha256("root");
  const Bytes numbers = from_hex(
      "0000000000000001"
      "0102030405060708"
      "00000000000000ff"
      "0000000000000100");
  EXPECT_EQ(hasher.block(previous, root, {1, 0x0102030405060708, 255, 256}),
            hasher.sha256("\x02" + Bytes(bytes_of(previous)) + Bytes(bytes_of(root)) + numbers));
}

TEST(ToHex, WritesTwoLowerCaseDigitsAByte) {
  EXPECT_EQ(to_hex(Bytes("\x00\x0F\xF0\xFF", 4)), "000ff0ff");
}

}  // namespace
}  // namespace mgc::schema
