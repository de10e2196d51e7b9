#include "schema/merkle.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mgc::schema {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes out;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  }
  return out;
}

using Leaves = std::vector<Digest>;

/// MTH of RFC 6962, section 2.1, word for word.
Digest defined_root(std::span<const Digest> leaves) {
  if (leaves.empty()) return Hasher().sha256({});
  if (leaves.size() == 1) return leaves.front();
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return Hasher().node(defined_root(leaves.first(split)), defined_root(leaves.subspan(split)));
}

SubtreeHash hash_of(const Leaves& leaves) {
  return [&leaves](std::uint64_t begin, std::uint64_t end) {
    return defined_root(std::span(leaves).subspan(begin, end - begin));
  };
}

Leaves some_leaves(std::size_t count) {
  Leaves leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(Hasher().leaf(std::to_string(i)));
  return leaves;
}

TreeHead head_of(const Leaves& leaves, std::size_t size) {
  return {size, defined_root(std::span(leaves).first(size))};
}

/// The leaves that certificate transparency logs are tested with (RFC 6962 reference
/// implementation, merkletree tests), and what is known of their tree.
class KnownTree : public testing::Test {
 protected:
  KnownTree() {
    for (const char* leaf : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                             "606162636465666768696a6b6c6d6e6f"}) {
      leaves_.push_back(Hasher().leaf(from_hex(leaf)));
    }
  }
  [[nodiscard]] std::vector<std::string> inclusion(std::uint64_t index, std::uint64_t size) const {
    return hex_of(inclusion_proof(index, size, hash_of(leaves_)));
  }
  [[nodiscard]] std::vector<std::string> consistency(std::uint64_t first,
                                                     std::uint64_t second) const {
    return hex_of(consistency_proof(first, second, hash_of(leaves_)));
  }
  static std::vector<std::string> hex_of(const Leaves& digests) {
    std::vector<std::string> all;
    for (const Digest& digest : digests) all.push_back(to_hex(bytes_of(digest)));
    return all;
  }
  using Hex = std::vector<std::string>;

  Leaves leaves_;
};

TEST_F(KnownTree, HasTheKnownInclusionProofs) {
  EXPECT_EQ(inclusion(0, 1), Hex{});
  EXPECT_EQ(inclusion(0, 8),
            (Hex{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(inclusion(5, 8),
            (Hex{"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(inclusion(2, 3),
            Hex{"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"});
  EXPECT_EQ(inclusion(1, 5),
            (Hex{"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST_F(KnownTree, HasTheKnownConsistencyProofs) {
  EXPECT_EQ(consistency(1, 1), Hex{});
  EXPECT_EQ(consistency(1, 8),
            (Hex{"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}));
  EXPECT_EQ(consistency(6, 8),
            (Hex{"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}));
  EXPECT_EQ(consistency(2, 5),
            (Hex{"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                 "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}));
}

TEST(CompactRange, HasTheRootOfEverySize) {
  const Leaves leaves = some_leaves(300);
  CompactRange range;
  EXPECT_EQ(to_hex(bytes_of(range.root())),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    range.append(leaves[size - 1]);
    ASSERT_EQ(range.size(), size);
    ASSERT_EQ(range.root(), head_of(leaves, size).root) << size;
  }
}

TEST(CompactRange, GoesOnFromItsNodes) {
  const Leaves leaves = some_leaves(100);
  for (std::size_t kept = 0; kept <= leaves.size(); ++kept) {
    CompactRange before;
    for (std::size_t i = 0; i < kept; ++i) before.append(leaves[i]);
    auto after = CompactRange::of(kept, before.nodes());
    ASSERT_TRUE(after);
    for (std::size_t i = kept; i < leaves.size(); ++i) after->append(leaves[i]);
    ASSERT_EQ(after->root(), defined_root(leaves)) << kept;
  }
}

TEST(CompactRange, RefusesAnEdgeOfAnotherSize) {
  EXPECT_FALSE(CompactRange::of(5, some_leaves(1)));
  EXPECT_FALSE(CompactRange::of(5, some_leaves(3)));
  EXPECT_FALSE(CompactRange::of(0, some_leaves(1)));
  EXPECT_TRUE(CompactRange::of(5, some_leaves(2)));
}

/// Every way to change one thing of a proof.
std::vector<Leaves> spoilt(const Leaves& proof) {
  std::vector<Leaves> all;
  for (std::size_t i = 0; i < proof.size(); ++i) {
    all.push_back(proof);
    all.back()[i][i % 32] ^= 1;
  }
  all.push_back(proof);
  all.back().push_back(Digest{});
  all.push_back(proof);
  all.back().insert(all.back().begin(), Digest{});
  if (!proof.empty()) {
    all.emplace_back(proof.begin(), proof.end() - 1);
    all.emplace_back(proof.begin() + 1, proof.end());
  }
  return all;
}

TEST(InclusionProof, HoldsForItsLeafItsPlaceAndItsTreeOnly) {
  const Leaves leaves = some_leaves(70);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const Digest root = head_of(leaves, size).root;
    for (std::size_t index = 0; index < size; ++index) {
      const Leaves proof = inclusion_proof(index, size, hash_of(leaves));
      ASSERT_TRUE(verify_inclusion(leaves[index], index, size, proof, root));
      ASSERT_FALSE(verify_inclusion(leaves[(index + 1) % 70], index, size, proof, root));
      ASSERT_FALSE(verify_inclusion(leaves[index], index + 1, size, proof, root));
      ASSERT_FALSE(verify_inclusion(leaves[index], index, size, proof, Digest{}));
      for (const Leaves& other : spoilt(proof)) {
        ASSERT_FALSE(verify_inclusion(leaves[index], index, size, other, root))
            << index << " of " << size;
      }
    }
    ASSERT_FALSE(verify_inclusion(root, 0, 0, {}, root));
  }
}

TEST(ConsistencyProof, HoldsForItsTwoTreesOnly) {
  const Leaves leaves = some_leaves(70);
  for (std::size_t second = 1; second <= leaves.size(); ++second) {
    const TreeHead after = head_of(leaves, second);
    for (std::size_t first = 0; first <= second; ++first) {
      const TreeHead before = head_of(leaves, first);
      const Leaves proof = consistency_proof(first, second, hash_of(leaves));
      ASSERT_TRUE(verify_consistency(before, after, proof)) << first << " and " << second;
      ASSERT_FALSE(verify_consistency({first, Digest{}}, after, proof));
      if (first > 0) {
        ASSERT_FALSE(verify_consistency(before, {second, Digest{}}, proof));
      }
      if (first < second) {
        ASSERT_FALSE(verify_consistency(after, before, proof));
      }
      for (const Leaves& other : spoilt(proof)) {
        ASSERT_FALSE(verify_consistency(before, after, other)) << first << " and " << second;
      }
    }
  }
}

/// PATH of RFC 6962, section 2.1.1, word for word.
Leaves defined_path(std::size_t index, std::span<const Digest> leaves) {
  if (leaves.size() == 1) return {};
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  const auto left = leaves.first(split);
  const auto right = leaves.subspan(split);
  Leaves path = index < split ? defined_path(index, left) : defined_path(index - split, right);
  path.push_back(defined_root(index < split ? right : left));
  return path;
}

constexpr std::uint64_t kTile = ProofTree::kTile;

ProofTree tree_of(std::span<const Digest> leaves) {
  ProofTree tree;
  for (const Digest& leaf : leaves) tree.append(leaf);
  return tree;
}

ProofTile tile_of(const ProofTree& tree, std::span<const Digest> leaves, std::uint64_t index) {
  const std::uint64_t first = index / kTile * kTile;
  return tree.tile(first, leaves.subspan(first, std::min(kTile, leaves.size() - first)));
}

/// Sizes at which a tile, or a level of tiles, begins or ends, and some between.
std::vector<std::size_t> sizes_of_trees() {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 1; size <= 20; ++size) sizes.push_back(size);
  for (std::size_t tiles = 1; tiles <= 9; ++tiles) {
    for (const std::size_t size : {tiles * kTile - 1, tiles * kTile, tiles * kTile + 1}) {
      sizes.push_back(size);
    }
    sizes.push_back(tiles * kTile + 37 * tiles);
  }
  return sizes;
}

TEST(ProofTree, GivesTheProofsOfTheWholeTree) {
  const Leaves all = some_leaves(10 * kTile);
  for (const std::size_t size : sizes_of_trees()) {
    const auto leaves = std::span(all).first(size);
    const ProofTree tree = tree_of(leaves);
    const Digest root = defined_root(leaves);
    ASSERT_EQ(tree.root(), root);
    for (std::size_t first = 0; first < size; first += kTile) {
      const ProofTile tile = tile_of(tree, leaves, first);
      for (std::size_t index = first; index < std::min<std::size_t>(size, first + kTile); ++index) {
        const Leaves proof = tile.proof(index);
        ASSERT_TRUE(verify_inclusion(leaves[index], index, size, proof, root))
            << index << " of " << size;
        // Each takes hashing the tree, so not for all leaves of large ones.
        if (size > 3 * kTile && index % 29 != size % 29) continue;
        ASSERT_EQ(proof, defined_path(index, leaves)) << index << " of " << size;
      }
    }
  }
}

TEST(ProofTree, GivesThemInAnyOrderAndWithHoles) {
  const Leaves all = some_leaves(10 * kTile);
  std::mt19937 random(7);
  for (const std::size_t size : sizes_of_trees()) {
    const auto leaves = std::span(all).first(size);
    const ProofTree tree = tree_of(leaves);
    std::vector<ProofTile> tiles;
    for (std::size_t first = 0; first < size; first += kTile) {
      tiles.push_back(tile_of(tree, leaves, first));
    }
    for (int asked = 0; asked < 60; ++asked) {
      const std::size_t index = random() % size;
      ASSERT_EQ(tiles[index / kTile].proof(index), defined_path(index, leaves))
          << index << " of " << size;
    }
  }
}

TEST(ProofTree, ATileStaysOfTheTreeThatItWasTakenFrom) {
  const Leaves all = some_leaves(4 * kTile);
  const auto before = std::span(all).first(2 * kTile + 5);
  ProofTree tree = tree_of(before);
  const ProofTile tile = tile_of(tree, before, 2 * kTile);
  for (const Digest& leaf : std::span(all).subspan(before.size())) tree.append(leaf);
  EXPECT_EQ(tile.proof(2 * kTile + 4), defined_path(2 * kTile + 4, before));
  EXPECT_EQ(tile_of(tree, all, 2 * kTile).proof(2 * kTile + 4), defined_path(2 * kTile + 4, all));
}

}  // namespace
}  // namespace mgc::schema
