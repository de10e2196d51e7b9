#include "db/pack_fate.hpp"

#include <utility>

#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {

PackFates::PackFates(std::unique_ptr<Session> session) : session_(std::move(session)) {}
PackFates::PackFates(PackFates&& other) noexcept = default;
PackFates::~PackFates() = default;

Result<PackFates> PackFates::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::read_only, Schema::mgccomp);
  if (!session) return session.error();
  return PackFates(std::move(*session));
}

Result<PackFate> PackFates::of(const std::string& node, std::uint64_t epoch, SequenceRange range,
                               ByteView sha256) {
  PackFate fate = PackFate::unknown;
  // The last stored pack that begins at or before the end of the range, if it reaches into it.
  const auto stored = session_->query(
      "SELECT p.first_sequence, p.sha256 FROM pack p JOIN node n ON n.node_id = p.node_id"
      " WHERE n.name = ?1 AND p.epoch = ?2 AND p.first_sequence ="
      " (SELECT max(q.first_sequence) FROM pack q WHERE q.node_id = n.node_id AND q.epoch = ?2"
      " AND q.first_sequence <= ?3) AND p.first_sequence + p.event_count > ?4",
      {node, epoch, range.last, range.first}, [&](const Row& row) {
        const bool same = row.number(0) == range.first && row.bytes(1) == sha256;
        fate = same ? PackFate::stored : PackFate::contradicted;
        return false;
      });
  if (!stored) return stored.error();
  if (fate != PackFate::unknown) return fate;
  const auto refused = session_->query_number(
      "SELECT min(d.dead_letter_id) FROM dead_letter d JOIN node n ON n.node_id = d.node_id"
      " WHERE n.name = ?1 AND d.epoch = ?2 AND d.first_sequence = ?3 AND d.sha256 = ?4"
      " AND d.reason LIKE 'contradicts stored packs%'",
      {node, epoch, range.first, Blob{sha256}});
  if (!refused) return refused.error();
  if (refused->has_value()) return PackFate::refused;
  const auto acknowledged = session_->query_number(
      "SELECT min(g.first_sequence) FROM gap g JOIN node n ON n.node_id = g.node_id"
      " WHERE n.name = ?1 AND g.epoch = ?2 AND g.first_sequence <= ?3 AND g.last_sequence >= ?4"
      " AND g.closed_at IS NULL AND g.acknowledged IS NOT NULL",
      {node, epoch, range.first, range.last});
  if (!acknowledged) return acknowledged.error();
  return acknowledged->has_value() ? PackFate::acknowledged : PackFate::unknown;
}

}  // namespace mgc::db
