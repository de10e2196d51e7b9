#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "schema/ledger_entry.hpp"
#include "schema/pack.hpp"

namespace mgc::audit {

/// One event with its place in the ledger, as the stored packs have it.
struct EntryOfEvent {
  std::uint64_t event_id = 0;
  const schema::LedgerEntry& entry;
  const schema::Digest& leaf;  ///< hash of the entry
  ByteView event;              ///< the event's own bytes; empty = they were taken away
};

/// Reads the ledger entries of a lane from its packs, and believes the packs: whoever needs to know
/// compares the root of their tree.
///
/// Threads: one owner, that of the reader. Memory: one pack.
/// Errors:  as ComplianceReader; stop  a pack that cannot be read, or is not there.
class LedgerEntries {
 public:
  LedgerEntries(db::ComplianceReader& reader, std::string lane)
      : reader_(reader), lane_(std::move(lane)) {}

  /// Shows those of the events `first` to before `end`, in order. `visit` asks nothing of this.
  [[nodiscard]] Result<void> each(std::uint64_t first, std::uint64_t end,
                                  const std::function<Result<void>(const EntryOfEvent&)>& visit);

 private:
  using Visit = std::function<Result<void>(const EntryOfEvent&)>;
  [[nodiscard]] Result<void> show(const db::PackRow& row, std::uint64_t& next, std::uint64_t end,
                                  const Visit& visit);
  [[nodiscard]] Result<UtcTime> received_at(std::uint64_t block);
  [[nodiscard]] Error unreadable(std::uint64_t event_id) const;

  db::ComplianceReader& reader_;
  const std::string lane_;
  schema::PackDecoder decoder_;
  schema::Hasher hasher_;
  std::optional<db::BlockRow> block_;  ///< the last one that was asked for
};

}  // namespace mgc::audit
