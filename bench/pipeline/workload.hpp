#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_store.hpp"
#include "db/session.hpp"

namespace mgc::bench {

/// The rows of one transaction; they borrow from the packs.
struct RowBatch {
  std::vector<schema::RoomView> rooms;  ///< that no batch before it had, as for people
  std::vector<schema::PersonView> people;
  std::vector<db::NewPackRow> packs;
  std::vector<db::EventRow> events;
};

/// The packs of an outbox, expanded and hashed, in memory.
/// @errors stop  not an outbox, or in use by a node.
[[nodiscard]] Result<std::vector<db::PackRecord>> read_outbox_packs(
    const std::filesystem::path& outbox);

/// The rows that the compliance service would store for `packs`, `events_max` events a transaction.
/// Ids of rooms and people are counted up from 1 as they come, as an empty database does.
[[nodiscard]] std::vector<RowBatch> make_rows(const std::vector<db::PackRecord>& packs,
                                              std::size_t events_max);

}  // namespace mgc::bench
