#include "audit/formats/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "audit/csv.hpp"
#include "audit/event_json.hpp"

namespace mgc::audit {
namespace {

std::string json_line(const db::ComplianceEvent& event) {
  return event_json(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

Result<ExportFormat> lines(LineFormat form) { return ExportFormat{{}, {}, std::move(form)}; }

/// A format of several files without options.
[[maybe_unused]] Result<ExportFormat> files(SliceFormat write, bool wants_present) {
  return ExportFormat{{}, {}, FileFormat{std::move(write), wants_present}};
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
