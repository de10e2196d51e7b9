#include "schema/merkle.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/assert.hpp"

namespace mgc::schema {
namespace {

/// Where a tree of `leaves` > 1 splits: the largest power of two that is smaller.
std::uint64_t split_of(std::uint64_t leaves) { return std::bit_floor(leaves - 1); }

/// Walks both paths of a verification up to where the left one is at the end of its subtree.
void skip_left(std::uint64_t& node, std::uint64_t& last) {
  while ((node & 1U) == 0 && node != 0) {
    node >>= 1U;
    last >>= 1U;
  }
}

}  // namespace

std::optional<CompactRange> CompactRange::of(std::uint64_t size, std::vector<Digest> nodes) {
  if (std::cmp_not_equal(std::popcount(size), nodes.size())) return std::nullopt;
  CompactRange range;
  range.size_ = size;
  range.nodes_ = std::move(nodes);
  return range;
}

void CompactRange::append(const Digest& leaf) {
  nodes_.push_back(leaf);
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    const Digest right = nodes_.back();
    nodes_.pop_back();
    nodes_.back() = hasher_.node(nodes_.back(), right);
  }
  ++size_;
}

Digest CompactRange::root() const {
  Hasher hasher;
  if (nodes_.empty()) return hasher.sha256({});
  Digest root = nodes_.back();
  for (auto left = nodes_.rbegin() + 1; left != nodes_.rend(); ++left) {
    root = hasher.node(*left, root);
  }
  return root;
}

std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                    const SubtreeHash& hash) {
  MGC_ASSERT(index < size);
  std::vector<Digest> proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + split_of(end - begin);
    if (index < middle) {
      proof.push_back(hash(middle, end));
      end = middle;
    } else {
      proof.push_back(hash(begin, middle));
      begin = middle;
    }
  }
  std::ranges::reverse(proof);
  return proof;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  Hasher hasher;
  Digest hash = leaf;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      hash = hasher.node(sibling, hash);
      skip_left(node, last);
    } else {
      hash = hasher.node(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && hash == root;
}

std::vector<Digest> consistency_proof(std::uint64_t first, std::uint64_t second,
                                      const SubtreeHash& hash) {
  MGC_ASSERT(first <= second);
  std::vector<Digest> proof;
  if (first == 0 || first == second) return proof;
  std::uint64_t begin = 0;
  std::uint64_t end = second;
  while (first != end) {
    const std::uint64_t middle = begin + split_of(end - begin);
    if (first <= middle) {
      proof.push_back(hash(middle, end));
      end = middle;
    } else {
      proof.push_back(hash(begin, middle));
      begin = middle;
    }
  }
  // What is left is a part of the first tree, and its root where nothing is to the left of it.
  if (begin > 0) proof.push_back(hash(begin, end));
  std::ranges::reverse(proof);
  return proof;
}

bool verify_consistency(const TreeHead& first, const TreeHead& second,
                        std::span<const Digest> proof) {
  if (first.size > second.size) return false;
  if (first.size == second.size) return first.root == second.root && proof.empty();
  if (first.size == 0) return first.root == CompactRange().root() && proof.empty();
  std::uint64_t node = first.size - 1;
  std::uint64_t last = second.size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  Digest start = first.root;  // a perfect first tree is in the second as it is
  if (!std::has_single_bit(first.size)) {
    if (proof.empty()) return false;
    start = proof.front();
    proof = proof.subspan(1);
  }
  Hasher hasher;
  Digest before = start;
  Digest after = start;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      before = hasher.node(sibling, before);
      after = hasher.node(sibling, after);
      skip_left(node, last);
    } else {
      after = hasher.node(after, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && before == first.root && after == second.root;
}

void ProofTree::append(const Digest& leaf) {
  edge_.append(leaf);
  open_.push_back(leaf);
  if (open_.size() < kTile) return;
  Hasher hasher;
  Digest full = hasher.root(std::exchange(open_, {}));
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(full);
    const std::size_t count = levels_[level].size();
    if (count % 2 != 0) return;
    full = hasher.node(levels_[level][count - 2], levels_[level][count - 1]);
  }
}

Digest ProofTree::hash_of_tiles(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t tiles = end - begin;
  const std::uint64_t full = size() / kTile;
  if (begin == full) return Hasher().root(open_);
  if (end <= full && std::has_single_bit(tiles)) {
    return levels_[static_cast<std::size_t>(std::countr_zero(tiles))][begin / tiles];
  }
  const std::uint64_t middle = begin + split_of(tiles);
  return Hasher().node(hash_of_tiles(begin, middle), hash_of_tiles(middle, end));
}

ProofTile ProofTree::tile(std::uint64_t first, std::span<const Digest> leaves) const {
  MGC_ASSERT(first < size() && first % kTile == 0);
  MGC_ASSERT(leaves.size() == std::min(kTile, size() - first));
  // A tree splits where tiles end, as long as it has more than one: above them it is one of tiles.
  const std::uint64_t tiles = (size() + kTile - 1) / kTile;
  return {first, leaves,
          inclusion_proof(first / kTile, tiles, [this](std::uint64_t begin, std::uint64_t end) {
            return hash_of_tiles(begin, end);
          })};
}

ProofTile::ProofTile(std::uint64_t first, std::span<const Digest> leaves, std::vector<Digest> above)
    : first_(first), levels_(1, {leaves.begin(), leaves.end()}), above_(std::move(above)) {
  Hasher hasher;
  while (levels_.back().size() > 1) {
    const std::vector<Digest>& below = levels_.back();
    std::vector<Digest> level;
    for (std::size_t i = 0; i < below.size(); i += 2) {
      level.push_back(i + 1 < below.size() ? hasher.node(below[i], below[i + 1]) : below[i]);
    }
    levels_.push_back(std::move(level));
  }
}

std::vector<Digest> ProofTile::proof(std::uint64_t index) const {
  const std::uint64_t leaves = levels_.front().size();
  MGC_ASSERT(index >= first_ && index - first_ < leaves);
  std::vector<Digest> proof =
      inclusion_proof(index - first_, leaves, [this](std::uint64_t begin, std::uint64_t end) {
        // A part that is not perfect is at the end, where its node is that of a perfect one.
        const auto level = static_cast<std::size_t>(std::bit_width(end - begin - 1));
        return levels_[level][begin >> level];
      });
  proof.insert(proof.end(), above_.begin(), above_.end());
  return proof;
}

}  // namespace mgc::schema
