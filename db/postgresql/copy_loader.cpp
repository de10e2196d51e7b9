#include "db/postgresql/copy_loader.hpp"

#include <fmt/format.h>

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

Result<void> CopyLoader::load_rooms(std::span<const NewRoomRow> rows) {
  return load("COPY room (room_id, uri, name) FROM STDIN (FORMAT binary)", rows);
}

Result<void> CopyLoader::load_people(std::span<const NewPersonRow> rows) {
  return load("COPY person (person_id, uri, name, email, external) FROM STDIN (FORMAT binary)",
              rows);
}

}  // namespace mgc::db::postgresql
