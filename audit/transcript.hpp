#pragma once

#include <optional>
#include <string>

#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// One event as a line that a person reads, for instance
/// "2006-03-05T02:22:00.000000Z #ubuntu CHAT dejx: what did you do?". Harmless for a terminal:
/// control characters and bidirectional overrides are shown as escapes. An imported one says so.
[[nodiscard]] std::string transcript_line(const db::ComplianceEvent& event);

/// Parts of that line: what a room or a person is called, "-" where there is none; and the content
/// with the name of a file.
[[nodiscard]] std::string shown_name(const std::optional<std::string>& name,
                                     const std::optional<std::string>& uri);
[[nodiscard]] std::string shown_content(const db::ComplianceEvent& event);

}  // namespace mgc::audit
