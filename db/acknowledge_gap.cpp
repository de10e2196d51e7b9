#include "db/acknowledge_gap.hpp"

#include <fmt/format.h>

#include <optional>

#include "core/utf8.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

constexpr int kTries = 20;
constexpr std::size_t kReasonBytesMax = 1'000;

Error refuse(const GapOfNode& gap, const char* why) {
  return Error{Action::reject,
               fmt::format("sequences {} to {} of node {}, epoch {}: {}; mgc audit gaps lists the "
                           "open ones",
                           gap.range.first, gap.range.last, printable(gap.node), gap.epoch, why)};
}

class Acknowledgement {
 public:
  Acknowledgement(Session& session, const GapOfNode& gap, const std::string& reason)
      : session_(session), gap_(gap), reason_(reason) {}

  /// @errors retry  a service moved the position meanwhile.
  Result<NodePosition> write() {
    if (const auto begun = session_.begin(); !begun) return begun.error();
    Transaction transaction(session_);
    const auto node_id =
        session_.query_number("SELECT node_id FROM node WHERE name = ?1", {gap_.node});
    if (!node_id) return node_id.error();
    if (!*node_id) return refuse(gap_, "no event of that node is stored");
    const auto before = position(**node_id);
    if (!before) return before.error();
    if (!*before) return refuse(gap_, "no event of that epoch is stored");
    if (const auto marked = mark(**node_id); !marked) return marked.error();
    const auto after = move(**node_id, **before);
    if (!after) return after;
    if (const auto committed = transaction.commit(); !committed) return committed.error();
    return after;
  }

 private:
  Result<std::optional<NodePosition>> position(std::int64_t node_id) {
    std::optional<NodePosition> found;
    const auto read = session_.query(
        "SELECT contiguous_through, max_seen FROM node_position WHERE node_id = ?1 AND epoch = ?2",
        {node_id, gap_.epoch}, [&](const Row& row) {
          found = NodePosition{row.number(0), row.number(1)};
          return false;
        });
    if (!read) return read.error();
    return found;
  }

  Result<void> mark(std::int64_t node_id) {
    const auto marked = session_.execute(
        "UPDATE gap SET acknowledged = ?5 WHERE node_id = ?1 AND epoch = ?2 AND first_sequence = ?3"
        " AND last_sequence = ?4 AND closed_at IS NULL AND acknowledged IS NULL",
        {node_id, gap_.epoch, gap_.range.first, gap_.range.last, reason_});
    if (!marked) return marked.error();
    if (*marked == 0) return refuse(gap_, "no open gap has just these, or it was acknowledged");
    return {};
  }

  Result<NodePosition> move(std::int64_t node_id, const NodePosition& before) {
    const auto next = session_.query_number(
        "SELECT min(first_sequence) FROM gap WHERE node_id = ?1 AND epoch = ?2"
        " AND first_sequence > ?3 AND closed_at IS NULL AND acknowledged IS NULL",
        {node_id, gap_.epoch, gap_.range.last});
    if (!next) return next.error();
    std::vector<SequenceRange> open = {gap_.range};
    if (*next) {
      const auto first = static_cast<std::uint64_t>(**next);
      open.push_back({first, first});
    }
    const NodePosition after = place_range(before, open, gap_.range).position;
    const auto moved = session_.execute(
        "UPDATE node_position SET contiguous_through = ?3, updated_at = updated_at + 1"
        " WHERE node_id = ?1 AND epoch = ?2"
        " AND contiguous_through = ?4 AND max_seen = ?5",
        {node_id, gap_.epoch, after.contiguous_through, before.contiguous_through,
         before.max_seen});
    if (!moved) return moved.error();
    if (*moved == 0) return Error{Action::retry, "a service stores packs of the node just now"};
    return after;
  }

  Session& session_;
  const GapOfNode& gap_;
  const std::string& reason_;
};

}  // namespace

Result<NodePosition> acknowledge_gap(const std::string& dsn, const GapOfNode& gap,
                                     const std::string& reason) {
  if (reason.empty() || reason.size() > kReasonBytesMax || !is_utf8(reason)) {
    return Error{Action::reject, "a reason of 1 to 1,000 bytes of UTF-8 is wanted"};
  }
  if (gap.range.first < 1 || gap.range.last < gap.range.first) {
    return refuse(gap, "that is no range");
  }
  auto session = open_schema(dsn, OpenMode::read_write, Schema::mgccomp);
  if (!session) return session.error();
  for (int tried = 1;; ++tried) {
    auto after = Acknowledgement(**session, gap, reason).write();
    if (after || after.error().action != Action::retry || tried == kTries) return after;
  }
}

}  // namespace mgc::db
