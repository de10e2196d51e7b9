#include "audit/formats/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "audit/csv.hpp"
#include "audit/event_json.hpp"
#include "audit/formats/actiance_xml.hpp"
#include "audit/formats/edrm_xml.hpp"
#include "audit/formats/globalrelay_eml.hpp"
#include "audit/formats/mattermost_csv.hpp"
#include "audit/formats/rsmf.hpp"

namespace mgc::audit {
namespace {

std::string json_line(const db::ComplianceEvent& event) {
  return event_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Result<ExportFormat> lines(LineFormat form) { return ExportFormat{{}, {}, std::move(form)}; }

/// A format of several files, which say who was in a room, without options.
Result<ExportFormat> files(SliceFormat write) {
  return ExportFormat{{}, {}, FileFormat{std::move(write), true}};
}

}  // namespace

std::span<const FormatEntry> formats() {
  using Options = FormatOptions;
  static const std::vector<FormatEntry> kFormats = {
      {"jsonl", "exact",
       [](const Options&) {
         return lines({"events.jsonl", "", json_line});
       }},
      {"csv", "for spreadsheets, no cell is a formula",
       [](const Options&) {
         return lines({"events.csv", csv_header(), csv_line});
       }},
      {"lync-xml", "as the compliance adapter of Lync Server wrote it",
       [](const Options& options) { return make_lync_xml(options.lync_xml); }},
      {"actiance-xml", "FileDump, for Actiance and Smarsh",
       [](const Options&) { return files(actiance_xml); }},
      {"globalrelay-eml", "a mail for each room and slice, for Global Relay",
       [](const Options&) {
         return files([](const Slice& slice) { return globalrelay_eml(slice); });
       }},
      {"mattermost-csv", "as Mattermost's compliance export",
       [](const Options&) { return files(mattermost_csv); }},
      {"rsmf", "Relativity's short message format",
       [](const Options&) { return files([](const Slice& slice) { return rsmf(slice); }); }},
      {"edrm-xml", "load files, EDRM XML and Concordance DAT, with natives",
       [](const Options&) { return files([](const Slice& slice) { return edrm_xml(slice); }); }},
  };
  return kFormats;
}

Result<ExportFormat> make_format(std::string_view name, const FormatOptions& options) {
  const auto entry = std::ranges::find(formats(), name, &FormatEntry::name);
  if (entry == formats().end())
    return Error{Action::stop, fmt::format("there is no format '{}'", name)};
  auto format = entry->make(options);
  if (format) format->name = name;
  return format;
}

}  // namespace mgc::audit
