#include "db/import_positions.hpp"

#include <utility>

#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {

ImportPositions::ImportPositions(std::unique_ptr<Session> session) : session_(std::move(session)) {}
ImportPositions::ImportPositions(ImportPositions&&) noexcept = default;
ImportPositions& ImportPositions::operator=(ImportPositions&&) noexcept = default;
ImportPositions::~ImportPositions() = default;

Result<ImportPositions> ImportPositions::open(const std::string& mgccomp) {
  auto session = open_schema(mgccomp, OpenMode::look_up, Schema::mgccomp);
  if (!session) return session.error();
  return ImportPositions(std::move(*session));
}

Result<ImportPosition> ImportPositions::find(std::string_view node, std::uint64_t epoch) {
  const auto node_id = session_->query_number("SELECT node_id FROM node WHERE name = ?1", {node});
  if (!node_id) return node_id.error();
  ImportPosition position;
  if (!*node_id) return position;
  const auto through = session_->query_number(
      "SELECT contiguous_through FROM node_position WHERE node_id = ?1 AND epoch = ?2",
      {**node_id, epoch});
  if (!through) return through.error();
  if (!*through || **through == 0) return position;
  position.through = static_cast<std::uint64_t>(**through);
  const auto found = session_->query(
      "SELECT sha256, first_sequence + event_count FROM pack WHERE node_id = ?1 AND epoch = ?2"
      " AND first_sequence = (SELECT max(first_sequence) FROM pack WHERE node_id = ?1"
      " AND epoch = ?2 AND first_sequence <= ?3)",
      {**node_id, epoch, position.through}, [&](const Row& row) {
        if (row.number(1) == position.through + 1) position.last_sha256 = Bytes(row.bytes(0));
        return false;
      });
  if (!found) return found.error();
  return position;
}

}  // namespace mgc::db
