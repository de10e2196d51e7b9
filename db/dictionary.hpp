#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "db/name_ids.hpp"
#include "db/session.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// The ids of nodes, rooms and people, one for each distinct tuple that a lane has met. Most
/// look-ups end in memory, so that an event costs no statement for its room and its actor.
///
/// What was added in a transaction is forgotten when that transaction is rolled back; otherwise
/// later events would name rows that do not exist.
///
/// Threads: one owner. Memory: 2.5 times `bytes_max` of names at most.
/// Errors:  those of the session.
class Dictionary {
 public:
  explicit Dictionary(Session& session, std::size_t bytes_max = std::size_t{32} * 1024 * 1024)
      : session_(session), bytes_max_(bytes_max) {}

  /// Reads the rooms and people that are stored, the newest first and as many as there is memory
  /// for. If that was all of them, those that are not here are new, and learn() adds them without
  /// looking; only for engines to which a tuple that another lane adds meanwhile is no conflict.
  [[nodiscard]] Result<void> load();

  [[nodiscard]] Result<std::int64_t> node(std::string_view name);
  /// The ids of those that were met before, without a statement; 0 for the others.
  void known(std::span<const Name> names, std::span<std::int64_t> ids) const {
    known_.find_all(names, ids);
  }
  /// Their ids, in order, with a few statements instead of two for each: a batch that names
  /// thousands of new ones must not wait for thousands of answers.
  [[nodiscard]] Result<std::vector<std::int64_t>> learn(std::span<const schema::PersonView> people);
  [[nodiscard]] Result<std::vector<std::int64_t>> learn(std::span<const schema::RoomView> rooms);

  /// After COMMIT: what was added stays.
  void keep() { known_.keep(); }
  /// After a rollback, also one of an unknown COMMIT: what was added since keep() goes.
  void forget() { known_.forget(); }

  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  /// Those of one call of learn().
  template <typename View>
  struct Wanted {
    std::vector<View> views;        ///< each once
    std::vector<std::int64_t> ids;  ///< of the views; 0 = not yet
    NameIds places;                 ///< in the two above, counted from 1
  };

  void remember(const Name& name, std::int64_t id);
  template <typename View>
  [[nodiscard]] Result<void> load_all();
  template <typename View>
  [[nodiscard]] Result<std::vector<std::int64_t>> learn_all(std::span<const View> views);
  /// The ids of those that are stored and have none yet.
  template <typename View>
  [[nodiscard]] Result<void> find_all(Wanted<View>& wanted);
  /// Adds those that have no id yet.
  template <typename View>
  [[nodiscard]] Result<void> add_all(Wanted<View>& wanted);

  Session& session_;  // outlives this
  const std::size_t bytes_max_;
  NameIds known_;
  bool has_all_ = false;  ///< what is not in known_ is not stored, as far as this lane knows
};

}  // namespace mgc::db
