#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

enum class ExportFormat : std::uint8_t {
  jsonl,  ///< one JSON document a line, event_json(); exact
  csv,    ///< csv_line(); safe for spreadsheets
};

struct ExportOptions {
  db::EventQuery query;  ///< `limit` is not used: everything is exported
  ExportFormat format = ExportFormat::jsonl;
  std::filesystem::path dir;  ///< made when it is not there; one export each
};

struct ExportReport {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::filesystem::path file;
  bool was_complete = false;  ///< nothing was left to do
};

/// Writes the events of `options.query` into DIR/events.jsonl or DIR/events.csv, in order of lane
/// and event_id, and DIR/manifest.json beside it: the query, the ledger's newest block, counts, the
/// sequences of each node, and the SHA-256 of the file. Ends with the newest block of its
/// beginning; what comes later is for another export. The same store, query and block give the same
/// bytes.
///
/// Until it is complete the file has the suffix ".part", and DIR/export.state says how far it is;
/// the same call goes on from there after a kill. Flat memory.
///
/// @param progress  called now and then with the events so far.
/// @errors stop  the disk, DIR holds another export, `stop` was requested; as ComplianceReader.
[[nodiscard]] Result<ExportReport> export_events(db::ComplianceReader& reader,
                                                 const ExportOptions& options,
                                                 const std::function<void(std::uint64_t)>& progress,
                                                 const std::stop_token& stop);

}  // namespace mgc::audit
