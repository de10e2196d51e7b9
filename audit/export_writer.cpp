#include "audit/export_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "audit/export_file.hpp"
#include "core/failpoint.hpp"
#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

Result<void> write_lane(const OpenExport& open, ExportWriter& writer, const std::stop_token& stop) {
  const LaneEnd& end = open.state.ends[open.state.lane];
  db::EventQuery query = open.query;
  if (const auto& through = open.state.through)
    query.after_event_id = std::max(query.after_event_id.value_or(0), *through);
  query.before_event_id = std::min(query.before_event_id.value_or(end.events), end.events);
  Result<void> written;
  auto read = open.reader.each_hit(end.lane, query, [&](const db::ComplianceEvent& event) {
    written = writer.write(event);
    return written && !stop.stop_requested();
  });
  if (!read) return read;
  return written;
}

}  // namespace

Result<void> OpenExport::save() const {
  if (auto saved = write_file(state_file, state_text(state)); !saved) return saved;
  if (reach_failpoint("export.saved") == Failure::error)
    return Error{Action::stop, "failure point export.saved"};
  return {};
}

Result<std::vector<LaneEnd>> find_ends(db::ComplianceReader& reader) {
  const auto lanes = reader.lanes();
  if (!lanes) return lanes.error();
  std::vector<LaneEnd> ends;
  for (const std::string& lane : *lanes) {
    const auto last = reader.last_block(lane);
    if (!last) return last.error();
    if (!*last) continue;
    const db::BlockRow& block = **last;
    ends.push_back(
        {lane, block.block, block.first_event_id + block.events, schema::to_hex(block.digest), 0});
  }
  std::ranges::sort(ends, {}, &LaneEnd::lane);
  return ends;
}

Result<void> check_ends(const OpenExport& open) {
  for (const LaneEnd& end : open.state.ends) {
    const auto block = open.reader.block(end.lane, end.block);
    if (!block) return block.error();
    if (*block && schema::to_hex((*block)->digest) == end.digest) continue;
    return Error{
        Action::stop,
        fmt::format("{}: block {} of lane '{}' is not the one that this export began with; "
                    "is it another store?",
                    open.state_file.string(), end.block, end.lane)};
  }
  return {};
}

Result<void> write_lanes(const OpenExport& open, ExportWriter& writer,
                         const std::stop_token& stop) {
  ExportState& state = open.state;
  for (; !state.has_ended(); state.begin_lane(state.lane + 1)) {
    if (auto written = write_lane(open, writer, stop); !written) return written;
    if (stop.stop_requested()) return {};
    if (auto ended = writer.end_lane(); !ended) return ended;
  }
  return {};
}

}  // namespace mgc::audit
