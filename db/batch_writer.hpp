#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "db/admission.hpp"
#include "db/compliance_store.hpp"
#include "db/dictionary.hpp"
#include "db/node_position.hpp"
#include "db/node_session.hpp"
#include "db/pack_ends.hpp"
#include "db/projector.hpp"
#include "db/segment_limits.hpp"
#include "db/session.hpp"
#include "schema/ledger.hpp"

namespace mgc::db {

/// Writes one batch into a transaction that its caller has begun and will commit.
///
/// Threads: one owner. Ownership: borrows everything for the time of one batch.
/// Errors:  those of the session; the caller rolls back.
class BatchWriter {
 public:
  /// @param limits  at which the batch begins the next segment.
  /// @param ends    those of the batches before it.
  BatchWriter(Session& session, Dictionary& dictionary, const PackEnds& ends, std::int64_t lane_id,
              const SegmentLimits& limits, const BatchRecord& batch)
      : session_(session),
        dictionary_(dictionary),
        ends_(ends),
        lane_id_(lane_id),
        limits_(limits),
        batch_(batch),
        node_sessions_(session),
        projector_(dictionary) {}

  [[nodiscard]] Result<CommitCounts> write();
  /// After write(): those of this batch.
  [[nodiscard]] PackEnds::Ends take_ends() { return std::move(new_ends_); }

 private:
  struct NodeState {
    std::int64_t node_id = 0;
    NodePosition position;
    std::optional<NodePosition> stored;  ///< in its row, before this batch
    std::int64_t stored_at = 0;          ///< when that row was changed last
    PackEnd contiguous_end;              ///< where it is known
    PackEnd newest_end;                  ///< of the pack that this batch stored last
    PackEnd refused;                     ///< of the pack that contradicted last
    bool changed = false;
  };
  /// The end of the ledger, as stored, and what this batch adds to it.
  struct Head {
    std::uint64_t block = 0;  ///< the block that is being written
    std::uint64_t first_event_id = 0;
    schema::Digest previous{};
    std::int64_t least_occurred_at = 0;
    std::int64_t greatest_occurred_at = 0;
  };

  [[nodiscard]] Result<void> read_head();
  [[nodiscard]] Result<NodeState*> node_state(const schema::PackHeader& header);
  enum class Gaps : std::uint8_t { all, that_hold_receipts };
  /// The open gap with the least last sequence that is at least `from`.
  [[nodiscard]] Result<std::optional<SequenceRange>> open_gap(std::int64_t node_id,
                                                              std::uint64_t epoch,
                                                              std::uint64_t from, Gaps which);
  [[nodiscard]] Result<std::vector<SequenceRange>> open_gaps(const NodeState& node,
                                                             std::uint64_t epoch,
                                                             SequenceRange range);
  [[nodiscard]] Result<void> add_pack(const PackRecord& pack);
  /// Of the pack with the same key, of this batch or stored before; empty when there is none.
  [[nodiscard]] Result<std::string> stored_sha256(const schema::PackHeader& header,
                                                  std::int64_t node_id);
  [[nodiscard]] Result<AdmissionFacts> facts_of(const PackRecord& pack, const NodeState& node,
                                                const PositionChange& change);
  /// Of the pack that ends with `sequence`, stored or a dead letter; empty when there is none.
  [[nodiscard]] Result<Bytes> sha256_before(const NodeState& node, std::uint64_t epoch,
                                            std::uint64_t sequence);
  /// Whether the pack with this SHA-256 contradicted what is stored, and is kept beside it.
  [[nodiscard]] Result<bool> was_refused(std::int64_t node_id, std::uint64_t epoch,
                                         ByteView sha256);
  /// What the stored pack that begins with `sequence` says of the one before it.
  [[nodiscard]] Result<Bytes> named_by(std::int64_t node_id, std::uint64_t epoch,
                                       std::uint64_t sequence);
  /// Those that were found before, if they still hold; otherwise empty.
  [[nodiscard]] std::span<const EventNames> names_of(const PackRecord& pack) const;
  void store_pack(const PackRecord& pack, std::int64_t node_id);
  void note_time(std::int64_t occurred_at, bool first);

  [[nodiscard]] Result<void> write_gaps(const PositionChange& change, SequenceRange range,
                                        std::int64_t node_id, std::uint64_t epoch);
  [[nodiscard]] Result<void> fill_gap(const PositionChange& change, SequenceRange range,
                                      std::int64_t node_id, std::uint64_t epoch);
  [[nodiscard]] Result<void> insert_gap(std::int64_t node_id, std::uint64_t epoch,
                                        SequenceRange range, std::int64_t first_seen_at,
                                        std::optional<std::string_view> acknowledged);
  /// Keeps a letter, and lets receipts go past the sequences of the pack that it was.
  [[nodiscard]] Result<void> keep_letter(const DeadLetterRecord& letter);
  [[nodiscard]] Result<void> acknowledge(const DeadLetterRecord& letter, NodeState& node);
  /// Of the pack that is kept as a dead letter and ends with `sequence`; empty when there is none.
  [[nodiscard]] Result<Bytes> letter_before(std::int64_t node_id, std::uint64_t epoch,
                                            std::uint64_t sequence);
  [[nodiscard]] Result<void> add_dead_letter(const DeadLetterRecord& letter,
                                             const schema::PackHeader* header,
                                             std::int64_t node_id);
  [[nodiscard]] Result<void> insert_letter(std::string_view message_id, std::string_view reason,
                                           ByteView raw, const schema::PackHeader* header,
                                           std::int64_t node_id);
  [[nodiscard]] Result<void> write_positions();
  [[nodiscard]] Result<void> insert_position(const NodeState& node, std::uint64_t epoch);
  [[nodiscard]] Result<void> move_position(const NodeState& node, std::uint64_t epoch);
  [[nodiscard]] Result<void> load_rows();
  [[nodiscard]] Result<void> write_block(std::uint64_t segment);

  /// The last block of the ledger, once this batch is written.
  [[nodiscard]] std::uint64_t last_block() const {
    return counts_.packs_stored > 0 ? head_.block : head_.block - 1;
  }
  [[nodiscard]] std::int64_t now() const { return to_micros(batch_.received_at); }

  Session& session_;
  Dictionary& dictionary_;
  const PackEnds& ends_;
  const std::int64_t lane_id_;
  const SegmentLimits& limits_;
  const BatchRecord& batch_;
  NodeSessions node_sessions_;  ///< what the stored packs say of them

  schema::Hasher hasher_;
  Head head_;
  std::map<std::pair<std::string_view, std::uint64_t>, NodeState> nodes_;  ///< by name and epoch
  std::vector<schema::Digest> roots_;                                      ///< of the stored packs
  std::vector<NewPackRow> packs_;                                          ///< of the batch
  Projector projector_;                                                    ///< of their events
  PackEnds::Ends new_ends_;
  CommitCounts counts_;
};

}  // namespace mgc::db
