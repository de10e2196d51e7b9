#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "audit/removal.hpp"
#include "audit/verify.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"
#include "schema/duty.hpp"
#include "schema/event_view.hpp"
#include "schema/merkle.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::audit {

/// What the ledgers say was taken out of a lane: the content of segments whose time was over,
/// and of single events. Bytes that are gone without such an event are a finding.
///
/// Threads: one owner, but read() where the reader is used. Memory: an entry for each removal and
/// redaction.
class Taken {
 public:
  /// Reads the packs of the service's own node, in all `lanes`. What they say is believed; whoever
  /// walks the ledger checks them as all others. @errors as ComplianceReader.
  [[nodiscard]] static Result<Taken> read(db::DutyBook& book, const std::vector<std::string>& lanes,
                                          const std::string& lane);

  /// A removal covers the event: no row of it is stored.
  [[nodiscard]] bool is_removed(std::uint64_t event_id) const;
  /// What the row of a redacted event has to say; nullptr when no event of the ledger says that it
  /// is redacted. Borrowed.
  [[nodiscard]] const schema::EventView* redacted(std::uint64_t event_id) const;

  /// The next pack in ledger order, whole or not. Each event without its bytes has to be one that
  /// is_removed() or redacted().
  void check(const db::PackRow& row, const schema::StoredPack& pack, VerifyReport& report);
  /// After the last pack: whether what was removed hashes to what the ledger says.
  void finish(VerifyReport& report);

 private:
  struct Removed {
    std::uint64_t event_id = 0;  ///< of the event that says so
    Removal says;
    schema::CompactRange roots;  ///< of the packs, as they are
  };
  /// A redacted event as its request says it, with the texts that `view` borrows.
  struct Redacted {
    std::string notice;
    std::string leaf;  ///< hexadecimal
    std::deque<std::string> texts;
    schema::EventView view;
  };

  void learn(std::uint64_t first_event_id, const schema::StoredPack& pack);
  void learn_redaction(const schema::EventView& event);
  void pair_redactions();

  std::string lane_;
  std::vector<Removed> removals_;
  std::map<std::int64_t, schema::DutyEntry> asked_, approved_;  ///< by their entry
  std::map<std::uint64_t, Redacted> redacted_;                  ///< by event id
};

}  // namespace mgc::audit
