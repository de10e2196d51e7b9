#include "db/postgresql/copy_loader.hpp"

#include <fmt/format.h>

#include "db/name_rows.hpp"

namespace mgc::db::postgresql {
namespace {

constexpr std::size_t kPieceBytes = 256UL << 10U;

}  // namespace

template <typename Row>
Result<void> CopyLoader::load(const std::string& copy, std::span<const Row> rows) {
  if (const auto begun = connection_.run(copy); !begun) return begun.error();
  rows_.begin();
  for (const Row& row : rows) {
    rows_.add(row);
    if (rows_.bytes().size() < kPieceBytes) continue;
    if (const auto sent = connection_.put(rows_.bytes()); !sent) return sent.error();
    rows_.clear();
  }
  rows_.end();
  if (const auto sent = connection_.put(rows_.bytes()); !sent) return sent.error();
  return connection_.end_copy();
}

Result<void> CopyLoader::load_packs(std::span<const NewPackRow> rows) {
  return load(
      "COPY pack (node_id, epoch, first_sequence, event_count, lane_id, block, first_event_id,"
      " body, sha256, root) FROM STDIN (FORMAT binary)",
      rows);
}

Result<void> CopyLoader::load_events(std::uint64_t segment, std::span<const EventRow> rows) {
  return load(fmt::format("COPY event_{} (event_id, kind, occurred_at, room_id, actor_id,"
                          " target_id, content, chat_id, file_name, file_sha256, node_id, epoch,"
                          " sequence, block) FROM STDIN (FORMAT binary)",
                          segment),
              rows);
}

template <typename View>
Result<void> CopyLoader::load_names(std::span<const NewNameRow<View>> rows) {
  using Table = NameTable<View>;
  return load(fmt::format("COPY {} ({}, {}) FROM STDIN (FORMAT binary)", Table::kTable, Table::kId,
                          Table::kColumns),
              rows);
}
template Result<void> CopyLoader::load_names(std::span<const NewNameRow<schema::RoomView>> rows);
template Result<void> CopyLoader::load_names(std::span<const NewNameRow<schema::PersonView>> rows);

}  // namespace mgc::db::postgresql
