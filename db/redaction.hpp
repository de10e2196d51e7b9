#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "db/duty_log.hpp"
#include "schema/duty.hpp"

namespace mgc::db {

/// One redaction: who asked for it, who approved it, and how far it is.
struct RedactionRow {
  schema::DutyEntry asked;
  std::string lane;
  std::int64_t lane_id = 0;
  std::uint64_t event_id = 0;
  std::optional<schema::DutyEntry> approved;  ///< by somebody else
  bool is_recorded = false;                   ///< both are events of the ledger
};

/// What a redacted event says in the place of its content.
[[nodiscard]] std::string redaction_notice(const schema::DutyEntry& asked,
                                           const schema::DutyEntry& approved);

/// Takes the content of single events away: somebody asks, somebody else approves, the service
/// makes events of both, and then the event's bytes are replaced by its leaf of the ledger.
///
/// Threads: one owner. Ownership: borrows the log. Errors: each call says.
class Redactions {
 public:
  explicit Redactions(DutyLog& log) : session_(log.session()) {}

  /// Notes who asks and why, with what stays known of the event. Returns the request's entry.
  /// @errors stop  no such event, its content is gone already, it says what was done with the
  ///               record, no rights; as those of the session.
  [[nodiscard]] Result<std::int64_t> request(const std::string& lane, std::uint64_t event_id,
                                             const std::string& reason, const DutyAuthor& author);
  /// Notes that somebody else approves, whoever the database says it is; nothing when somebody did.
  /// @errors stop  no such request, who asked may not approve, no rights.
  [[nodiscard]] Result<void> approve(std::int64_t request, const DutyAuthor& author);
  [[nodiscard]] Result<bool> is_recorded(std::int64_t request);
  /// Replaces the event's bytes, in one transaction; nothing when that was done before.
  /// @errors stop   a hold keeps the event, it is not approved, its segment is being indexed.
  ///         retry  somebody holds a lock, or changed the same pack or the holds meanwhile.
  [[nodiscard]] Result<void> apply(std::int64_t request);

  /// All of them, oldest first.
  [[nodiscard]] Result<std::vector<RedactionRow>> list();

 private:
  struct Evidence {
    std::int64_t lane_id = 0;
    std::uint64_t first_event_id = 0;
    Bytes body;
  };
  [[nodiscard]] Result<Evidence> evidence_of(const std::string& lane, std::uint64_t event_id);
  [[nodiscard]] Result<RedactionRow> find(std::int64_t request);

  Session& session_;
};

}  // namespace mgc::db
