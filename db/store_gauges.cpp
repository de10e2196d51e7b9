#include "db/store_gauges.hpp"

#include <utility>

#include "db/node_status.hpp"
#include "db/schema_version.hpp"
#include "db/session.hpp"

namespace mgc::db {
namespace {

Result<std::uint64_t> count(Session& session, std::string_view sql) {
  const auto number = session.query_number(sql);
  if (!number) return number.error();
  return static_cast<std::uint64_t>(number->value_or(0));
}

Result<std::vector<StoreGauges::Lane>> read_lanes(Session& session) {
  std::vector<std::int64_t> ids;
  std::vector<StoreGauges::Lane> lanes;
  const auto listed =
      session.query("SELECT lane_id, name FROM lane ORDER BY name", {}, [&](const Row& row) {
        ids.push_back(row.integer(0));
        lanes.push_back({row.text(1)});
        return true;
      });
  if (!listed) return listed.error();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto last =
        session.query_number("SELECT max(block) FROM block WHERE lane_id = ?1", {ids[i]});
    if (!last) return last.error();
    lanes[i].block = static_cast<std::uint64_t>(last->value_or(0));
  }
  return lanes;
}

Result<StoreGauges> read_all(Session& session) {
  StoreGauges gauges;
  auto lanes = read_lanes(session);
  if (!lanes) return lanes.error();
  gauges.lanes = std::move(*lanes);
  const auto nodes = read_nodes_heard(session);
  if (!nodes) return nodes.error();
  for (const NodeStatusRow& node : *nodes) {
    if (node.received_at) gauges.nodes.push_back({node.node, *node.received_at, node.stopped});
  }
  const struct {
    std::string_view sql;
    std::uint64_t& into;
  } counts[] = {
      {"SELECT count(*) FROM gap WHERE closed_at IS NULL AND acknowledged IS NULL",
       gauges.open_gaps},
      {"SELECT count(*) FROM gap WHERE closed_at IS NULL AND acknowledged IS NOT NULL",
       gauges.acknowledged_gaps},
      {"SELECT count(*) FROM dead_letter", gauges.dead_letters},
  };
  for (const auto& one : counts) {
    const auto number = count(session, one.sql);
    if (!number) return number.error();
    one.into = *number;
  }
  return gauges;
}

}  // namespace

StoreGaugesReader::StoreGaugesReader(std::unique_ptr<Session> session)
    : session_(std::move(session)) {}
StoreGaugesReader::StoreGaugesReader(StoreGaugesReader&&) noexcept = default;
StoreGaugesReader& StoreGaugesReader::operator=(StoreGaugesReader&&) noexcept = default;
StoreGaugesReader::~StoreGaugesReader() = default;

Result<StoreGaugesReader> StoreGaugesReader::open(const std::string& dsn) {
  auto session = open_schema(dsn, OpenMode::look_up, Schema::mgccomp);
  if (!session) return session.error();
  return StoreGaugesReader(std::move(*session));
}

Result<StoreGauges> StoreGaugesReader::read() {
  if (const auto begun = session_->begin_snapshot(); !begun) return begun.error();
  const Transaction transaction(*session_);
  return read_all(*session_);
}

}  // namespace mgc::db
