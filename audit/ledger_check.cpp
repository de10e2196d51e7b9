#include "audit/ledger_check.hpp"

#include <fmt/format.h>

#include <utility>

namespace mgc::audit {

using schema::bytes_of;
using schema::Digest;
using schema::digest_of;

void LedgerCheck::check_block(const db::BlockRow& row) {
  const std::string where = fmt::format("block {}", row.block);
  if (row.block != chain_.block + 1) {
    report_.add(where, fmt::format("it follows block {}", chain_.block));
  }
  if (row.first_event_id != chain_.events) {
    report_.add(where, fmt::format("its first event is {}; the blocks before hold {}",
                                   row.first_event_id, chain_.events));
  }
  if (row.previous_digest != bytes_of(chain_.digest)) {
    report_.add(where, "it does not name the digest of the block before");
  }
  const Digest digest = hasher_.block(digest_of(row.previous_digest), digest_of(row.root),
                                      {row.block, row.first_event_id, row.events, row.packs});
  if (row.digest != bytes_of(digest)) report_.add(where, "its digest does not match its row");
  // Judge the next block by what this one says: one edit is one finding, not one for each later
  // block.
  chain_ = {row.block, row.first_event_id + row.events, digest_of(row.digest), chain_.blocks + 1};
  ++report_.blocks;
}

void LedgerCheck::check_packs(const LedgerPiece& piece) {
  auto block = piece.blocks.begin();
  for (std::size_t i = 0; i < piece.packs.size(); ++i) {
    if (block != piece.blocks.end() && block->pack == i) open_block(*block++);
    check_pack(piece.packs[i]);
  }
}

void LedgerCheck::open_block(const LedgerPiece::Block& block) {
  close_block();
  open_ = block;
  if (!block.row || block.row->first_event_id == next_event_) return;
  report_.add(fmt::format("block {}", block.number),
              fmt::format("its first event is {}; the packs before hold {}",
                          block.row->first_event_id, next_event_));
}

void LedgerCheck::close_block() {
  if (!open_) return;
  const std::string where = fmt::format("block {}", open_->number);
  const std::uint64_t packs = open_roots_.size();
  const Digest root = hasher_.root(std::exchange(open_roots_, {}));
  if (const auto& row = open_->row) {
    if (row->root != bytes_of(root)) report_.add(where, "its root does not match its packs");
    if (row->packs != packs) {
      report_.add(where, fmt::format("it says {} packs; {} are stored", row->packs, packs));
    }
    edge_.block_digest = digest_of(row->digest);
  } else {
    report_.add(where, "its packs are stored and its row is missing");
  }
  edge_.block = open_->number;
  open_.reset();
  ++closed_blocks_;
  if (block_end_) block_end_(edge_);
}

void LedgerCheck::check_pack(const db::PackRow& row) {
  const auto add = [&](std::string what) {
    report_.add(fmt::format("pack {}/{}/{}", row.node, row.epoch, row.first_sequence),
                std::move(what));
  };
  if (row.first_event_id != next_event_) {
    add(fmt::format("its first event is {}; the packs before hold {}", row.first_event_id,
                    next_event_));
  }
  next_event_ = row.first_event_id + row.event_count;
  ++report_.packs;
  const auto stored = decoder_.decode_stored(row.body);
  // Of a pack with redacted events nobody has the bytes that were sent; its leaves are held against
  // the root, and the packs around it name its digest.
  const bool as_sent = !stored || stored->is_as_sent();
  const Digest sha256 = as_sent ? hasher_.sha256(row.body) : digest_of(row.sha256);
  if (row.sha256 != bytes_of(sha256)) add("its bytes were changed");
  if (!stored) {
    add("it cannot be read: " + stored.error().message);
    open_roots_.push_back(Digest{});
    return;
  }
  const schema::Pack& pack = stored->pack;
  const schema::PackHeader& header = pack.header();
  if (header.node != row.node || header.epoch != row.epoch ||
      header.first_sequence != row.first_sequence || header.event_count != row.event_count) {
    add("its row does not match its bytes: they are pack " + header.message_id());
  }
  leaves_.clear();
  for (std::size_t i = 0; i < pack.size(); ++i) leaves_.push_back(stored->leaf(hasher_, i));
  const Digest root = hasher_.root(leaves_);
  if (row.root != bytes_of(root)) add("its Merkle root does not match its events");
  open_roots_.push_back(root);
  append_entries(header, sha256);
  report_.events += pack.size() - stored->leaves.size();
  if (visit_) visit_({row, *stored, pack, sha256});
}

// What the pack says itself, where its row says something else: that is a finding already.
void LedgerCheck::append_entries(const schema::PackHeader& header, const Digest& sha256) {
  const auto& block = open_->row;
  schema::EntryHasher entries({.node = header.node,
                               .epoch = header.epoch,
                               .received_at = block ? block->received_at : UtcTime{},
                               .block = open_->number,
                               .pack_sha256 = sha256,
                               .sequence = header.first_sequence});
  for (const Digest& leaf : leaves_) edge_.events.append(entries.next(leaf));
}

void LedgerCheck::finish() {
  close_block();
  if (next_event_ != chain_.events) {
    report_.add("the ledger",
                fmt::format("the blocks hold {} events, the packs {}", chain_.events, next_event_));
  }
  if (closed_blocks_ != chain_.blocks) {
    report_.add("the ledger",
                fmt::format("{} blocks, and packs of {}", chain_.blocks, closed_blocks_));
  }
}

}  // namespace mgc::audit
