#include "db/node_status.hpp"

#include <utility>

#include "db/session.hpp"
#include "schema/stored_pack.hpp"

namespace mgc::db {
namespace {

/// A node in its latest epoch.
struct LatestEpoch {
  std::int64_t node_id = 0;
  NodeStatusRow row;
};

Result<std::vector<LatestEpoch>> list_nodes(Session& session) {
  std::vector<LatestEpoch> nodes;
  const auto listed = session.stream(
      "SELECT p.node_id, node.name, p.epoch, p.max_seen FROM node_position AS p"
      " JOIN node ON node.node_id = p.node_id ORDER BY node.name, p.epoch",
      {}, [&](const Row& row) {
        LatestEpoch one{row.integer(0), {}};
        one.row.node = row.text(1);
        one.row.epoch = row.number(2);
        one.row.sequence = row.number(3);
        if (schema::is_service_node(one.row.node) || schema::is_import_node(one.row.node)) {
          return true;
        }
        if (!nodes.empty() && nodes.back().node_id == one.node_id) nodes.pop_back();
        nodes.push_back(std::move(one));
        return true;
      });
  if (!listed) return listed.error();
  return nodes;
}

Result<void> read_session(Session& session, LatestEpoch& node) {
  NodeStatusRow& into = node.row;
  return session.query(
      "SELECT session, heard_at, received_at, ending, last_sequence, through_sequence"
      " FROM node_session WHERE node_id = ?1 AND epoch = ?2 AND last_sequence ="
      " (SELECT max(last_sequence) FROM node_session WHERE node_id = ?1 AND epoch = ?2)",
      {node.node_id, into.epoch}, [&](const Row& row) {
        into.session = row.number(0);
        into.heard_at = utc_from_micros(row.integer(1));
        into.received_at = utc_from_micros(row.integer(2));
        into.stopped = row.text(3) == "stopped" && row.number(5) >= row.number(4);
        return false;
      });
}

Result<void> count_open_gaps(Session& session, LatestEpoch& node) {
  const auto gaps = session.query_number(
      "SELECT count(*) FROM gap WHERE node_id = ?1 AND closed_at IS NULL", {node.node_id});
  if (!gaps) return gaps.error();
  node.row.open_gaps = static_cast<std::uint64_t>(gaps->value_or(0));
  return {};
}

/// From the last pack backwards, until one holds more than watermarks.
Result<void> find_last_event(Session& session, LatestEpoch& node) {
  std::size_t searched = 0;
  Result<void> readable;
  const auto look = [&](const Row& row) {
    const auto stored = schema::decode_stored_pack(row.bytes(0));
    if (!stored) {
      readable = Error{Action::stop, stored.error().message + "; mgc audit verify says more"};
      return false;
    }
    for (std::size_t index = stored->pack.size(); index > 0 && !node.row.last_event_at; --index) {
      if (stored->is_redacted(index - 1)) continue;
      const auto event = schema::view_event(stored->pack.event(index - 1));
      if (event && event->kind != schema::EventKind::node) {
        node.row.last_event_at = event->occurred_at;
      }
    }
    return !node.row.last_event_at && ++searched < NodeStatusRow::kPacksSearched;
  };
  // In windows, so that no engine makes the answer of a busy node's whole life.
  constexpr std::uint64_t kWindow = 1'000;
  bool more = true;
  for (std::uint64_t last = node.row.sequence; more && last > 0;) {
    const std::uint64_t first = last > kWindow ? last - kWindow + 1 : 1;
    const auto read = session.stream(
        "SELECT body FROM pack WHERE node_id = ?1 AND epoch = ?2 AND first_sequence >= ?3"
        " AND first_sequence <= ?4 ORDER BY first_sequence DESC",
        {node.node_id, node.row.epoch, first, last},
        [&](const Row& row) { return more = look(row); });
    if (!read) return read;
    if (!readable) return readable;
    last = first - 1;
    searched += 1;  // an empty window counts too: a hole may be as wide as the numbers are
    more = more && searched < NodeStatusRow::kPacksSearched;
  }
  return {};
}

}  // namespace

Result<std::vector<NodeStatusRow>> read_node_status(Session& session) {
  auto nodes = list_nodes(session);
  if (!nodes) return nodes.error();
  std::vector<NodeStatusRow> rows;
  for (LatestEpoch& node : *nodes) {
    if (auto read = read_session(session, node); !read) return read.error();
    if (auto counted = count_open_gaps(session, node); !counted) return counted.error();
    if (auto found = find_last_event(session, node); !found) return found.error();
    rows.push_back(std::move(node.row));
  }
  return rows;
}

Result<std::vector<NodeStatusRow>> read_nodes_heard(Session& session) {
  auto nodes = list_nodes(session);
  if (!nodes) return nodes.error();
  std::vector<NodeStatusRow> rows;
  for (LatestEpoch& node : *nodes) {
    if (auto read = read_session(session, node); !read) return read.error();
    rows.push_back(std::move(node.row));
  }
  return rows;
}

}  // namespace mgc::db
