#pragma once

#include <string>
#include <string_view>

#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// One cell, in quotes where RFC 4180 wants them. What a spreadsheet would take for a formula, and
/// what begins with an apostrophe, has an apostrophe before it: to read a cell back, one leading
/// apostrophe is taken away.
[[nodiscard]] std::string csv_cell(std::string_view text);

/// The names of the columns, those of the view `compliance_event`; with the end of the line.
[[nodiscard]] std::string csv_header();

/// One event; with the end of the line. What an event does not have is an empty cell.
[[nodiscard]] std::string csv_line(const db::ComplianceEvent& event);

}  // namespace mgc::audit
