#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace mgc::db {

class Session;

/// A checkpoint as it is stored.
struct CheckpointRow {
  std::uint64_t number = 0;  ///< 1, 2, 3 ... within the lane
  std::string note;          ///< with its signature
  Bytes edge;                ///< nodes of the tree, from which the next one goes on
  UtcTime signed_at{};
};

/// A row of dead_letter, without its bytes.
struct LetterFacts {
  std::int64_t id = 0;
  UtcTime received_at{};
  std::string message_id, reason;
  Bytes sha256;
  std::optional<std::string> node;
  std::optional<std::uint64_t> epoch, first_sequence;
};

/// Every table with rows that verify counts.
enum class CountedTable : std::uint8_t { event, pack, block, checkpoint, dead_letter };

/// What stands beside the packs of a ledger, and what a check of it asks for besides. Reads only.
///
/// Threads: one owner, that of the session. Errors: those of the session.
class LedgerRows {
 public:
  explicit LedgerRows(Session& session) : session_(session) {}

  /// Those above `after`, in order; at most `limit`.
  [[nodiscard]] Result<std::vector<CheckpointRow>> checkpoints(const std::string& lane,
                                                               std::uint64_t after,
                                                               std::uint64_t limit);
  /// The one with the greatest number.
  [[nodiscard]] Result<std::optional<CheckpointRow>> last_checkpoint(const std::string& lane);

  /// The dead letters of a lane in the order of their ids, until `visit` returns false.
  [[nodiscard]] Result<void> each_letter(const std::string& lane,
                                         const std::function<bool(const LetterFacts&)>& visit);
  /// Its bytes; empty when there is none of that id.
  [[nodiscard]] Result<Bytes> letter_bytes(std::int64_t id);

  /// First event id of the pack that holds an event, as the packs' rows say it; nullopt when no
  /// pack begins there or before.
  [[nodiscard]] Result<std::optional<std::int64_t>> pack_with(const std::string& lane,
                                                              std::uint64_t event_id);
  /// All rows, of every lane and of none.
  [[nodiscard]] Result<std::uint64_t> count(CountedTable table);

 private:
  Session& session_;
};

/// Adds checkpoints.
///
/// Threads: one owner. Errors: reconnect  open another one. retry  a lock. stop  no rights, another
///          version of the schema.
class CheckpointWriter {
 public:
  [[nodiscard]] static Result<CheckpointWriter> open(const std::string& dsn);
  CheckpointWriter(CheckpointWriter&&) noexcept;
  CheckpointWriter& operator=(CheckpointWriter&&) noexcept;
  ~CheckpointWriter();

  /// @errors stop  also when the lane has one of that number: another program signs it too.
  [[nodiscard]] Result<void> add(const std::string& lane, const CheckpointRow& row);

 private:
  explicit CheckpointWriter(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
