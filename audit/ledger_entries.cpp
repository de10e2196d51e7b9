#include "audit/ledger_entries.hpp"

#include <fmt/format.h>

#include "core/utf8.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::audit {

using schema::digest_of;

Error LedgerEntries::unreadable(std::uint64_t event_id) const {
  return Error{Action::stop,
               fmt::format("lane '{}': the pack of event {} is not there or cannot be read; mgc "
                           "audit verify says more",
                           printable(lane_), event_id)};
}

Result<UtcTime> LedgerEntries::received_at(std::uint64_t block) {
  if (!block_ || block_->block != block) {
    auto row = reader_.block(lane_, block);
    if (!row) return row.error();
    if (!*row) {
      return Error{Action::stop,
                   fmt::format("lane '{}' has no block {}; mgc audit verify says more",
                               printable(lane_), block)};
    }
    block_ = std::move(*row);
  }
  return block_->received_at;
}

Result<void> LedgerEntries::each(std::uint64_t first, std::uint64_t end, const Visit& visit) {
  if (first >= end) return {};
  const auto begin = reader_.ledger().pack_with(lane_, first);
  if (!begin) return begin.error();
  if (!*begin) return unreadable(first);
  std::uint64_t next = first;
  Result<void> shown;
  const auto read = reader_.each_pack_from(lane_, **begin, [&](const db::PackRow& row) {
    shown = show(row, next, end, visit);
    return shown && next < end;
  });
  if (!read) return read;
  if (!shown) return shown;
  if (next < end) return unreadable(next);
  return {};
}

Result<void> LedgerEntries::show(const db::PackRow& row, std::uint64_t& next, std::uint64_t end,
                                 const Visit& visit) {
  const auto stored = decoder_.decode_stored(row.body);
  const bool holds_it =
      stored && row.first_event_id <= next && next - row.first_event_id < stored->pack.size();
  if (!holds_it) return unreadable(next);
  const schema::Pack& pack = stored->pack;
  // Of a pack with events whose bytes are gone, the row alone has the sum of what was sent.
  const auto sent = stored->is_as_sent() ? hasher_.sha256(row.body) : digest_of(row.sha256);
  const auto received = received_at(row.block);
  if (!received) return received.error();
  const schema::PackHeader& header = pack.header();
  const std::uint64_t skipped = next - row.first_event_id;
  schema::LedgerEntry entry{.node = header.node,
                            .epoch = header.epoch,
                            .received_at = *received,
                            .block = row.block,
                            .pack_sha256 = sent,
                            .sequence = header.first_sequence + skipped};
  schema::EntryHasher leaves(entry);
  for (std::size_t i = skipped; i < pack.size() && next < end; ++i, ++next, ++entry.sequence) {
    entry.event_leaf = stored->leaf(hasher_, i);
    const schema::Digest leaf = leaves.next(entry.event_leaf);
    if (auto visited = visit({next, entry, leaf, pack.event(i)}); !visited) return visited;
  }
  return {};
}

}  // namespace mgc::audit
