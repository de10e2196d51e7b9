#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/ledger_edge.hpp"
#include "audit/ledger_source.hpp"
#include "audit/verify.hpp"
#include "schema/ledger_entry.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::audit {

/// A pack of the ledger, with what was recomputed from its bytes.
struct CheckedPack {
  const db::PackRow& row;
  const schema::StoredPack& stored;
  const schema::Pack& pack;      ///< of stored; redacted events are empty
  const schema::Digest& sha256;  ///< of the bytes that were sent
};

/// Recomputes the ledger of one lane from its packs: body hashes, Merkle roots, the chain of blocks
/// and the tree of ledger entries. What is not so is a finding, with the block or pack.
///
/// Threads: one owner. Memory: flat. Errors: none; the database is asked by LedgerSource.
class LedgerCheck {
 public:
  /// @param visit      each pack that can be read; may be empty, as the next.
  /// @param block_end  after the last pack of each block, with the edge behind it.
  LedgerCheck(LedgerEdge from, VerifyReport& report, std::function<void(const CheckedPack&)> visit,
              std::function<void(const LedgerEdge&)> block_end)
      : report_(report),
        visit_(std::move(visit)),
        block_end_(std::move(block_end)),
        edge_(std::move(from)),
        chain_{edge_.block, edge_.events.size(), edge_.block_digest},
        next_event_(edge_.events.size()) {}

  /// All blocks behind `from`, in order, before the first pack.
  void check_block(const db::BlockRow& row);
  void check_packs(const LedgerPiece& piece);
  /// After the last pack.
  void finish();

  [[nodiscard]] const LedgerEdge& edge() const { return edge_; }
  /// Of the blocks that check_block() has seen.
  [[nodiscard]] std::uint64_t last_block() const { return chain_.block; }

 private:
  /// The end of the chain of blocks, as their own rows say it.
  struct Chain {
    std::uint64_t block = 0;
    std::uint64_t events = 0;
    schema::Digest digest{};
    std::uint64_t blocks = 0;  ///< that were checked
  };

  void open_block(const LedgerPiece::Block& block);
  void close_block();
  void check_pack(const db::PackRow& row);
  void append_entries(const schema::PackHeader& header, const schema::Digest& sha256);

  VerifyReport& report_;
  const std::function<void(const CheckedPack&)> visit_;
  const std::function<void(const LedgerEdge&)> block_end_;
  schema::Hasher hasher_;
  schema::PackDecoder decoder_;
  LedgerEdge edge_;
  Chain chain_;
  std::uint64_t next_event_;                ///< event id that the next pack begins with
  std::optional<LedgerPiece::Block> open_;  ///< whose packs are being checked
  std::vector<schema::Digest> open_roots_;  ///< of its packs so far
  std::vector<schema::Digest> leaves_;      ///< of one pack
  std::uint64_t closed_blocks_ = 0;
};

}  // namespace mgc::audit
