#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/checkpoint_log.hpp"
#include "audit/checkpoint_rows.hpp"
#include "audit/ledger_edge.hpp"
#include "audit/signed_note.hpp"
#include "audit/verify.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// A lane through its newest checkpoint.
struct SignedLane {
  std::string lane;
  std::uint64_t number = 0;  ///< 0: nothing is stored that could be signed
  std::uint64_t events = 0;
  bool is_new = false;  ///< this round made it
};

struct SignReport {
  std::vector<SignedLane> lanes;
  VerifyReport checked;  ///< with a finding, its lane is not signed
};

/// Signs checkpoints: recomputes what came since the last one from the stored packs, and states it
/// in the table `checkpoint` and then in a directory. It signs only what continues the last
/// checkpoint in both places.
///
/// Threads: one owner. Memory: flat.
/// Errors:  as ComplianceReader, CheckpointWriter and CheckpointLog; another round may go well
/// after
///          those that are not stop.
class CheckpointSigner {
 public:
  struct Options {
    std::string mgccomp;
    std::filesystem::path dir;
    std::vector<VerifierKey> old_keys;  ///< whose checkpoints are gone on from, too
  };
  CheckpointSigner(Options options, SigningKey key, const Clock& clock);

  /// One round over all lanes.
  /// @param progress  called now and then with the events of this round so far; may be empty.
  [[nodiscard]] Result<SignReport> sign(const std::function<void(std::uint64_t)>& progress);

 private:
  /// The last checkpoint of a lane; its edge is where the ledger is read from.
  using Last = std::optional<StoredCheckpoint>;

  [[nodiscard]] Result<SignedLane> sign_lane(db::ComplianceReader& reader, const std::string& lane,
                                             VerifyReport& report);
  [[nodiscard]] Result<CheckpointLog*> log_of(const std::string& lane);
  /// Brings the directory up to the table. nullopt, and a finding, when one contradicts the other.
  [[nodiscard]] Result<std::optional<Last>> last_of(db::ComplianceReader& reader,
                                                    const std::string& lane, CheckpointLog& log,
                                                    VerifyReport& report);
  [[nodiscard]] Result<void> follow(db::ComplianceReader& reader, const std::string& lane,
                                    std::uint64_t through, CheckpointLog& log,
                                    VerifyReport& report);
  [[nodiscard]] Result<LedgerEdge> recompute(db::ComplianceReader& reader, const std::string& lane,
                                             const Last& last, VerifyReport& report);
  [[nodiscard]] Result<void> keep(const std::string& lane, const Checkpoint& checkpoint,
                                  const schema::CompactRange& edge, CheckpointLog& log);

  const Options options_;
  const SigningKey key_;
  const Clock& clock_;
  std::vector<VerifierKey> keys_;
  std::map<std::string, CheckpointLog> logs_;  ///< by lane
  std::optional<db::CheckpointWriter> writer_;
  std::function<void(std::uint64_t)> progress_;
};

}  // namespace mgc::audit
