#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.hpp"
#include "db/dictionary.hpp"
#include "db/event_names.hpp"
#include "db/name_ids.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// The ids of the names of many events. Names that were never met are gathered, and learnt all at
/// once at the end.
///
/// Threads: one owner. Ownership: borrows the events and where their ids go; both stay where they
///          are until learn().
/// Errors:  those of the dictionary.
class NameLookup {
 public:
  explicit NameLookup(Dictionary& dictionary) : dictionary_(dictionary) {}

  /// The ids of `event` go to `ids`; those that are not 0 are known already.
  void add(const schema::EventView& event, EventNames& ids);
  /// Finds the ids of what was added that the dictionary knows; cheapest for a few hundred events.
  void find_known();
  /// Whether names that were added have no id yet.
  [[nodiscard]] bool has_unknown() const { return !rooms_.views.empty() || !people_.views.empty(); }
  /// Finds or stores the others, with a few statements.
  [[nodiscard]] Result<void> learn();

 private:
  /// A name without an id. One of `room` and `person` is set.
  struct Wanted {
    const schema::RoomView* room = nullptr;
    const schema::PersonView* person = nullptr;
    std::int64_t* id = nullptr;
  };
  template <typename View>
  struct Unknown {
    std::vector<View> views;
    std::vector<std::int64_t*> ids;
  };

  void want(const Name& name, Wanted wanted);
  template <typename View>
  [[nodiscard]] Result<void> learn(Unknown<View>& unknown);

  Dictionary& dictionary_;
  std::vector<Name> names_;  ///< since find_known(), as the next two
  std::vector<Wanted> wanted_;
  std::vector<std::int64_t> found_;
  Unknown<schema::RoomView> rooms_;
  Unknown<schema::PersonView> people_;
};

}  // namespace mgc::db
