#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "db/dictionary.hpp"
#include "db/event_row.hpp"
#include "db/name_lookup.hpp"
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

/// The rows of a batch's events: what an event says, with ids for its names.
///
/// Threads: one owner. Ownership: rows borrow from the events, whose packs outlive this.
/// Errors:  those of the dictionary.
class Projector {
 public:
  explicit Projector(Dictionary& dictionary) : lookup_(dictionary) {}

  /// Before add(): how many there will be at most.
  void reserve(std::size_t events) { rows_.reserve(events); }
  /// @param names  of each event, where they were found before; otherwise empty.
  void add(std::span<const schema::EventView> events, const PackPlace& place,
           std::span<const EventNames> names);
  /// After it, rows() are complete.
  [[nodiscard]] Result<void> learn_names() { return lookup_.learn(); }
  [[nodiscard]] std::span<const EventRow> rows() const { return rows_; }

 private:
  std::vector<EventRow> rows_;  // never moves: names are looked up into it
  NameLookup lookup_;
};

}  // namespace mgc::db
