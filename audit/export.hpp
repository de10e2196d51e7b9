#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "audit/export_format.hpp"
#include "core/result.hpp"
#include "db/compliance_reader.hpp"

namespace mgc::audit {

struct ExportOptions {
  db::EventQuery query;  ///< `limit` is not used: everything is exported
  ExportFormat format;
  std::filesystem::path dir;  ///< made when it is not there; one export each
  /// Kept checkpoints, with which it ends, and with which each event is proven; empty = neither.
  std::filesystem::path checkpoints = {};
};

struct ExportReport {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
  std::filesystem::path file;  ///< the one file; the directory where there may be several
  bool was_complete = false;   ///< nothing was left to do
};

/// Writes the events of `options.query` into the file or files of the format, in order of lane and
/// event_id, and DIR/manifest.json beside them: the query, the ledger's newest block, counts, the
/// sequences of each node, and the SHA-256 of each file. Ends with the newest block of its
/// beginning; what comes later is for another export. The same store, query and block give the same
/// bytes.
///
/// Until it is complete DIR/export.state says how far it is; the same call goes on from there after
/// a kill. What is not whole yet has the suffix ".part" or ".new". Memory: that of the format's
/// writer, line_export.hpp or slice_export.hpp.
///
/// @param progress  called now and then with the events so far.
/// @errors stop  the disk, DIR holds another export, `stop` was requested, the format cannot hold
///               an event; as ComplianceReader.
[[nodiscard]] Result<ExportReport> export_events(db::ComplianceReader& reader,
                                                 const ExportOptions& options,
                                                 const std::function<void(std::uint64_t)>& progress,
                                                 const std::stop_token& stop);

}  // namespace mgc::audit
