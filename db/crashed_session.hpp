#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

class Session;

/// What is stored about a session that did not say that it stopped.
struct OpenSession {
  std::uint64_t first_sequence = 0;
  std::optional<std::uint64_t> next_start;  ///< sequence of the next start in the same epoch
  /// A later epoch was heard for a time in which this one was not: both may run, as after a copy.
  bool later_epoch_started = false;
  std::uint64_t max_seen = 0;                 ///< of the epoch
  std::optional<std::uint64_t> missing_from;  ///< the least sequence at or above first_sequence
                                              ///< that is missing
};

/// The last sequence of a session that crashed: its node started again and everything of it is
/// stored. nullopt while it may still run, or something of it is missing: a stop, for instance.
/// A pure function.
[[nodiscard]] std::optional<std::uint64_t> crashed_through(const OpenSession& session);

/// A session of a node that crashed and that may have left people joined.
struct CrashedSession {
  std::int64_t node_id = 0;
  std::string node;
  std::uint64_t epoch = 0;
  std::uint64_t session = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t through_sequence = 0;
  /// So many of those whom it left joined are closed already, the first in order of the uris of
  /// room and person.
  std::uint64_t closed_people = 0;
};

/// Finds in mgccomp the sessions that crashed, and reads what they recorded. Writes nothing:
/// mgccomp is written by one session only (ComplianceStore::close_people).
///
/// Threads: one owner. Memory: a row for each session that is open, one pack at a time.
/// Errors:  each call says; after one, open another source.
class CrashedSessionSource {
 public:
  /// @errors reconnect  the server cannot be reached.
  ///         stop  not initialised or of another version, no rights, bad DSN.
  [[nodiscard]] static Result<CrashedSessionSource> open(const std::string& mgccomp);
  CrashedSessionSource(CrashedSessionSource&&) noexcept;
  CrashedSessionSource& operator=(CrashedSessionSource&&) noexcept;
  ~CrashedSessionSource();

  /// Those that are not closed yet, the oldest of each node first.
  [[nodiscard]] Result<std::vector<CrashedSession>> find();

  /// Shows the session's events, in order, until `visit` returns false.
  /// @errors stop  a stored pack cannot be read: mgc audit verify says more.
  [[nodiscard]] Result<void> each_event(
      const CrashedSession& crashed,
      const std::function<bool(std::uint64_t sequence, const schema::EventView&)>& visit);

 private:
  struct Candidate;

  explicit CrashedSessionSource(std::unique_ptr<Session> session);
  [[nodiscard]] Result<std::vector<Candidate>> list_open();
  [[nodiscard]] Result<OpenSession> facts_of(const Candidate& candidate);

  std::unique_ptr<Session> session_;
};

}  // namespace mgc::db
