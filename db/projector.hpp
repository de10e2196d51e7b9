#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "db/dictionary.hpp"
#include "db/event_row.hpp"
#include "db/name_ids.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// Where the events of a pack go.
struct PackPlace {
  std::uint64_t first_event_id = 0;
  std::int64_t node_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t block = 0;
};

/// The rows of a batch's events: what an event says, with ids for its names. Names that were never
/// met are gathered, and learnt all at once when the batch is complete.
///
/// Threads: one owner. Ownership: rows borrow from the events, whose packs outlive this.
/// Errors:  those of the dictionary.
class Projector {
 public:
  explicit Projector(Dictionary& dictionary) : dictionary_(dictionary) {}

  void reserve(std::size_t events) { rows_.reserve(events); }
  void add(std::span<const schema::EventView> events, const PackPlace& place);
  /// After it, rows() are complete.
  [[nodiscard]] Result<void> learn_names();
  [[nodiscard]] std::span<const EventRow> rows() const { return rows_; }

 private:
  /// Where the id of a name goes.
  struct Place {
    std::size_t row = 0;
    std::int64_t EventRow::*id = nullptr;
  };
  /// Names whose ids are not known yet.
  template <typename View>
  struct Unknown {
    void add(const View& view, Place place) {
      views.push_back(view);
      places.push_back(place);
    }
    std::vector<View> views;
    std::vector<Place> places;
  };

  /// Of the rows of `events`, which begin with `first`.
  void look_names_up(std::span<const schema::EventView> events, std::size_t first);
  void add_name(const Name& name, Place place);
  void note_unknown(const schema::EventView& event, Place place);
  template <typename View>
  [[nodiscard]] Result<void> learn(const Unknown<View>& unknown);

  Dictionary& dictionary_;
  std::vector<EventRow> rows_;
  std::vector<Name> names_;        ///< of one pack
  std::vector<Place> places_;      ///< of names_
  std::vector<std::int64_t> ids_;  ///< of names_
  Unknown<schema::RoomView> rooms_;
  Unknown<schema::PersonView> people_;
};

}  // namespace mgc::db
