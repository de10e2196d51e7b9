#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "consumer/lookout.hpp"
#include "consumer/seal_policy.hpp"
#include "consumer/writer.hpp"
#include "core/clock.hpp"
#include "core/guarded.hpp"
#include "core/result.hpp"
#include "db/segment_upkeep.hpp"
#include "db/session.hpp"

namespace mgc::consumer {

struct SegmentKeeperOptions {
  std::string mgccomp;
  db::LaneHolder of;
  std::uint64_t unsealed_max = 32;
  std::chrono::milliseconds interval{500};  ///< between two looks
};

/// Has the next segment made before it is needed, and full ones sealed, so that batches never wait
/// for a table or an index. Database servers do it in a session of its own; SQLite takes one
/// writer, so there the writer does it: between two batches what takes milliseconds, and when
/// nothing is in hand the rest, a piece at a time.
///
/// Threads:   owns one with a database server; the functions by the writer.
/// Ownership: a session that lasts, with a database server. Its end is waited for no longer than a
///            connection is made: a statement that runs is ended with its connection.
/// Errors:    none to the caller; as Lookout. The record does not need what fails here.
class SegmentKeeper {
 public:
  SegmentKeeper(SegmentKeeperOptions options, Writer& writer, const Clock& clock);

  /// After each batch that was stored.
  /// @param full  the batch was, so more was waiting.
  void after_batch(bool full);
  /// When nothing is in hand, and for as long as that is so.
  void when_idle(const std::function<bool()>& still_idle);

 private:
  struct Nothing {};
  using Pages = Lookout<Nothing>::Pages;

  [[nodiscard]] Result<void> look(bool last, const std::stop_token& stop);
  [[nodiscard]] Result<void> tend(db::Session& session, const std::stop_token& stop);

  const SegmentKeeperOptions options_;
  Writer& writer_;
  const Clock& clock_;
  const bool one_writer_;
  Guarded<SealPolicy> policy_;
  std::unique_ptr<db::Session> session_;     // of the thread
  std::optional<Lookout<Nothing>> lookout_;  // last: its thread uses everything above
};

}  // namespace mgc::consumer
