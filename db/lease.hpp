#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.hpp"
#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "db/session.hpp"

namespace mgc::db {

/// The right to write one lane, as a row of the table `lane`. The fence number changes with the
/// holder, so a holder that slept through the end of its lease is found out by its old number.
///
/// Threads: one owner. Errors: those of the session.
class Lease {
 public:
  Lease(Session& session, const StoreOptions& options, const Clock& clock)
      : session_(session), options_(options), clock_(clock) {}

  /// Takes or renews it, in a transaction of its own; makes the lane when it is not there yet.
  /// False while somebody else holds it.
  [[nodiscard]] Result<bool> take();
  [[nodiscard]] Result<void> drop();
  /// Inside the batch's transaction; renews it too. @errors stop  it was never taken, or somebody
  /// else has it.
  [[nodiscard]] Result<void> check();

  [[nodiscard]] const std::string& holder() const { return holder_; }
  /// The last take() found another holder whose lease had expired.
  [[nodiscard]] bool was_taken_over() const { return taken_over_; }
  [[nodiscard]] std::int64_t lane_id() const { return lane_id_; }

 private:
  struct LaneRow {
    std::int64_t lane_id = 0;
    std::string holder;  ///< empty = nobody
    std::int64_t fence = 0;
    std::int64_t lease_until = 0;
  };
  [[nodiscard]] Result<std::optional<LaneRow>> read();
  [[nodiscard]] Result<LaneRow> make_lane();
  [[nodiscard]] bool is_mine(const LaneRow& lane) const;
  [[nodiscard]] bool is_free(const LaneRow& lane) const;

  Session& session_;             // outlives this
  const StoreOptions& options_;  // outlives this
  const Clock& clock_;           // outlives this
  std::string holder_;           ///< who held it when it was last looked at
  std::int64_t lane_id_ = 0;     ///< 0 until it was taken
  std::int64_t fence_ = 0;       ///< 0 while it is not ours
  bool taken_over_ = false;
};

}  // namespace mgc::db
