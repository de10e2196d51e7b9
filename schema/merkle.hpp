#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "schema/ledger.hpp"

namespace mgc::schema {

/// The right edge of a tree: the roots of its perfect subtrees, largest first. Leaves can be
/// appended to it without those before them, so a ledger is hashed on from where it was left.
///
/// Threads: one owner. Memory: a digest for each bit of the size. Errors: none.
/// Source: RFC 6962, section 2.1.
class CompactRange {
 public:
  CompactRange() = default;
  /// The edge of a tree of `size` leaves; nullopt when its edge has another number of nodes.
  /// Whether they are those of a certain tree says root().
  [[nodiscard]] static std::optional<CompactRange> of(std::uint64_t size,
                                                      std::vector<Digest> nodes);

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<Digest>& nodes() const { return nodes_; }
  /// Of the tree without leaves: the SHA-256 of nothing.
  [[nodiscard]] Digest root() const;

 private:
  Hasher hasher_;
  std::uint64_t size_ = 0;
  std::vector<Digest> nodes_;
};

/// The hash of the subtree over the leaves `begin` to before `end`, as the proofs below ask for it:
/// a subtree of the tree, perfect or at its right edge.
using SubtreeHash = std::function<Digest(std::uint64_t begin, std::uint64_t end)>;

/// What proves that a leaf is in a tree, from the leaf's sibling to a child of the root.
/// @param index  below `size`.
/// @source RFC 6962, section 2.1.1.
[[nodiscard]] std::vector<Digest> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                  const SubtreeHash& hash);
/// @param leaf   hashed already. @source RFC 9162, section 2.1.3.2.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Digest> proof, const Digest& root);

/// What proves that the tree of `first` leaves is the beginning of the tree of `second`.
/// @param first  at most `second`. @source RFC 6962, section 2.1.2.
[[nodiscard]] std::vector<Digest> consistency_proof(std::uint64_t first, std::uint64_t second,
                                                    const SubtreeHash& hash);

/// A tree, as its size and root say it.
struct TreeHead {
  std::uint64_t size = 0;
  Digest root{};
  bool operator==(const TreeHead&) const = default;
};
/// @source RFC 9162, section 2.1.4.2.
[[nodiscard]] bool verify_consistency(const TreeHead& first, const TreeHead& second,
                                      std::span<const Digest> proof);

/// The proofs of the leaves in one tile of a ProofTree. Its nodes are hashed once for all of them.
///
/// Threads: read by any. Memory: 16 KiB. Errors: none.
class ProofTile {
 public:
  /// The place of its first leaf in the tree.
  [[nodiscard]] std::uint64_t first() const { return first_; }
  /// @param index  a leaf of the tile, by its place in the tree.
  [[nodiscard]] std::vector<Digest> proof(std::uint64_t index) const;

 private:
  friend class ProofTree;
  ProofTile(std::uint64_t first, std::span<const Digest> leaves, std::vector<Digest> above);

  std::uint64_t first_;
  /// [k][i]: over the leaves from i * 2^k, which are 2^k, or fewer at the end.
  std::vector<std::vector<Digest>> levels_;
  std::vector<Digest> above_;  ///< what proves that the tile is in the tree
};

/// A tree for proofs, in a small part of its leaves' memory: of every full tile of 256 leaves only
/// the hash is kept, and what is above it. The leaves of one tile are given back for its proofs.
///
/// Threads: one owner. Memory: a quarter of a byte for each leaf. Errors: none.
class ProofTree {
 public:
  static constexpr std::uint64_t kTile = 256;

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return edge_.size(); }
  [[nodiscard]] Digest root() const { return edge_.root(); }
  /// The tile that begins with leaf `first`, a multiple of kTile, for proofs in the tree as it is.
  /// @param leaves  of the tile, all that there are.
  [[nodiscard]] ProofTile tile(std::uint64_t first, std::span<const Digest> leaves) const;

 private:
  [[nodiscard]] Digest hash_of_tiles(std::uint64_t begin, std::uint64_t end) const;

  CompactRange edge_;
  std::vector<Digest> open_;                 ///< leaves of the last tile while it is not full
  std::vector<std::vector<Digest>> levels_;  ///< [k][i]: over 2^k tiles from tile i * 2^k
};

}  // namespace mgc::schema
