#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// Where a lane ends for an export: its newest block when the export began.
struct LaneEnd {
  std::string lane;
  std::uint64_t block = 0;
  std::uint64_t events = 0;  ///< of the lane, through that block
  std::string digest;        ///< hexadecimal
  std::uint64_t from = 0;    ///< where it begins: the first event id that was not exported before

  bool operator==(const LaneEnd&) const = default;
};

/// The events of one node and epoch that are in an export.
struct Coverage {
  std::uint64_t first_sequence = 0, last_sequence = 0, events = 0;

  bool operator==(const Coverage&) const = default;
};

/// A file of an export, as its manifest lists it.
struct ExportedFile {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;  ///< hexadecimal
};
[[nodiscard]] nlohmann::json file_json(const ExportedFile& file);

/// How far an export is; what its manifest says when it is complete.
struct ExportState {
  std::string format;
  nlohmann::json options;
  nlohmann::json query;
  std::vector<LaneEnd> ends;             ///< in order of lane
  std::size_t lane = 0;                  ///< of `ends`, where it goes on
  std::optional<std::uint64_t> through;  ///< the last event id of that lane that was read
  std::uint64_t bytes = 0;               ///< of the one file that count, or of all
  std::uint64_t files = 0;               ///< that are whole, where there are several
  std::uint64_t listed = 0;              ///< bytes of the list of those that count
  std::vector<std::string> renames;  ///< files of the last slice: whole, and perhaps still aside
  std::uint64_t events = 0;
  /// Events that said, when it began, that something was removed or redacted.
  std::uint64_t taken = 0;
  std::map<std::pair<std::string, std::uint64_t>, Coverage> coverage;  ///< by node and epoch

  void count(const db::ComplianceEvent& event);
  /// Goes on at the beginning of lane `index` of `ends`, which may be behind the last.
  void begin_lane(std::size_t index);
  [[nodiscard]] bool has_ended() const { return lane >= ends.size(); }
};

/// An EventQuery without what is set for a page.
[[nodiscard]] nlohmann::json query_json(const db::EventQuery& query);

[[nodiscard]] std::string state_text(const ExportState& state);
/// @errors stop  it is none; with what is wrong.
[[nodiscard]] Result<ExportState> read_state(const std::string& text);
/// The text of manifest.json. `files` are file_json(); `notes` the checkpoints that its events are
/// proven with, in the order of the lanes; empty = they are not.
[[nodiscard]] std::string manifest_text(const ExportState& state, const nlohmann::json& files,
                                        const nlohmann::json& notes = {});

}  // namespace mgc::audit
