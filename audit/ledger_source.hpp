#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// A run of a lane's packs in ledger order, with the rows that belong to them.
struct LedgerPiece {
  struct Block {
    std::size_t pack = 0;  ///< the first one of the piece that says that it is of this block
    std::uint64_t number = 0;
    std::optional<db::BlockRow> row;
  };
  std::vector<db::PackRow> packs;
  std::vector<Block> blocks;
  db::ProjectedRows projection;                ///< of the packs' events, where it is asked for
  std::vector<db::CheckpointRow> checkpoints;  ///< of the blocks up to here, and before the next
};

/// Reads the ledger of a lane piece by piece. Everything that needs the database for a check is in
/// the pieces, so that another thread can do the check.
///
/// Threads: one owner, that of the reader. Memory: a piece has kEvents events and kBytes of bodies,
///          or one pack; and at most kCheckpoints checkpoints.
/// Errors:  as ComplianceReader.
class LedgerSource {
 public:
  static constexpr std::uint64_t kEvents = 8'000;
  static constexpr std::size_t kBytes = std::size_t{4} << 20;
  static constexpr std::uint64_t kCheckpoints = 10'000;

  struct Parts {
    bool projection = false;
    bool checkpoints = false;
  };
  /// @param from  first event id of the first pack; ComplianceReader::kFirst = all.
  LedgerSource(db::ComplianceReader& reader, std::string lane, std::int64_t from, Parts parts)
      : reader_(reader), lane_(std::move(lane)), next_(from), parts_(parts) {}

  /// nullopt after the last one.
  [[nodiscard]] Result<std::optional<LedgerPiece>> next();

 private:
  [[nodiscard]] Result<void> read_packs(LedgerPiece& piece);
  [[nodiscard]] Result<void> read_blocks(LedgerPiece& piece);
  [[nodiscard]] Result<void> read_projection(LedgerPiece& piece);
  [[nodiscard]] Result<void> read_checkpoints(LedgerPiece& piece);

  db::ComplianceReader& reader_;
  const std::string lane_;
  std::int64_t next_;
  const Parts parts_;
  std::optional<std::uint64_t> block_;  ///< of the last pack
  std::optional<db::ProjectionReader> projection_;
  std::vector<db::CheckpointRow> ahead_;  ///< that the packs have not reached
  std::uint64_t last_checkpoint_ = 0;     ///< that was read
  bool packs_ended_ = false;
  bool ended_ = false;
};

}  // namespace mgc::audit
