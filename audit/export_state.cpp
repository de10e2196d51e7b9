#include "audit/export_state.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "schema/ledger.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

json ends_json(const std::vector<LaneEnd>& ends) {
  json all = json::array();
  for (const LaneEnd& end : ends) {
    all.push_back(
        {{"lane", end.lane}, {"block", end.block}, {"events", end.events}, {"digest", end.digest}});
  }
  return all;
}

json state_ends_json(const std::vector<LaneEnd>& ends) {
  json all = ends_json(ends);
  for (std::size_t i = 0; i < ends.size(); ++i) all[i]["from"] = ends[i].from;
  return all;
}

json coverage_json(const ExportState& state) {
  json all = json::array();
  for (const auto& [key, coverage] : state.coverage) {
    all.push_back({{"node", key.first},
                   {"epoch", key.second},
                   {"first_sequence", coverage.first_sequence},
                   {"last_sequence", coverage.last_sequence},
                   {"events", coverage.events}});
  }
  return all;
}

std::string document_text(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace

void ExportState::count(const db::ComplianceEvent& event) {
  ++events;
  Coverage& covered = coverage[{event.node, event.epoch}];
  if (covered.events++ == 0) covered.first_sequence = covered.last_sequence = event.sequence;
  covered.first_sequence = std::min(covered.first_sequence, event.sequence);
  covered.last_sequence = std::max(covered.last_sequence, event.sequence);
}

void ExportState::begin_lane(std::size_t index) {
  lane = index;
  through.reset();
  if (!has_ended() && ends[lane].from > 0) through = ends[lane].from - 1;
}

json file_json(const ExportedFile& file) {
  return {{"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}};
}

json query_json(const db::EventQuery& query) {
  json document = json::object();
  if (query.room) document["room"] = *query.room;
  if (query.person) document["person"] = *query.person;
  if (query.since) document["since"] = format_utc(*query.since);
  if (query.until) document["until"] = format_utc(*query.until);
  if (query.text) document["text"] = *query.text;
  if (!query.words.empty()) document["words"] = query.words;
  if (!query.content.wants_everything()) document["content"] = text_of(query.content);
  if (query.node) document["node"] = *query.node;
  if (query.file_name) document["file_name"] = *query.file_name;
  if (query.file_sha256) document["file_sha256"] = schema::to_hex(*query.file_sha256);
  for (const schema::EventKind kind : query.kinds)
    document["kinds"].push_back(schema::kind_name(kind));
  if (query.with_duties) document["duties"] = true;
  if (query.after_event_id) document["after"] = *query.after_event_id;
  return document;
}

std::string state_text(const ExportState& state) {
  return document_text({{"format", state.format},
                        {"options", state.options},
                        {"query", state.query},
                        {"ledger", state_ends_json(state.ends)},
                        {"lane", state.lane},
                        {"through", state.through ? json(*state.through) : json(nullptr)},
                        {"bytes", state.bytes},
                        {"files", state.files},
                        {"listed", state.listed},
                        {"renames", state.renames},
                        {"events", state.events},
                        {"taken", state.taken},
                        {"coverage", coverage_json(state)}});
}

Result<ExportState> read_state(const std::string& text) {
  try {
    const json document = json::parse(text);
    ExportState state;
    state.format = document.at("format");
    state.options = document.at("options");
    state.query = document.at("query");
    for (const json& end : document.at("ledger")) {
      state.ends.push_back(
          {end.at("lane"), end.at("block"), end.at("events"), end.at("digest"), end.at("from")});
    }
    state.lane = document.at("lane");
    if (const json& through = document.at("through"); !through.is_null())
      state.through = through.get<std::uint64_t>();
    state.bytes = document.at("bytes");
    state.files = document.at("files");
    state.listed = document.at("listed");
    state.renames = document.at("renames");
    state.events = document.at("events");
    state.taken = document.at("taken");
    for (const json& one : document.at("coverage")) {
      state.coverage[{one.at("node"), one.at("epoch")}] = {
          one.at("first_sequence"), one.at("last_sequence"), one.at("events")};
    }
    return state;
  } catch (const json::exception& fault) {
    return Error{Action::stop, fmt::format("no state of an export: {}", fault.what())};
  }
}

std::string manifest_text(const ExportState& state, const json& files, const json& notes) {
  json document = {{"manifest", 1},
                   {"format", state.format},
                   {"options", state.options},
                   {"query", state.query},
                   {"ledger", ends_json(state.ends)},
                   {"events", state.events},
                   {"coverage", coverage_json(state)},
                   {"files", files}};
  if (!notes.empty()) document["checkpoints"] = notes;
  return document_text(document);
}

}  // namespace mgc::audit
