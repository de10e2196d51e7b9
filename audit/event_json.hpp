#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "db/compliance_reader.hpp"

namespace mgc::audit {

/// The document of a text of somebody else; discarded when it is none, or has values within more
/// than kJsonDepthMax others, on which a walk through it could end the process.
inline constexpr int kJsonDepthMax = 8;
[[nodiscard]] nlohmann::json parse_flat(const std::string& text);
/// The text `key` of an object that anybody may have written; empty when it is none.
[[nodiscard]] std::string text_in(const nlohmann::json& object, const char* key);

/// An event with the names of the view `compliance_event`, `synthetic` for those that the service
/// recorded itself, and `imported` for those of `mgc audit import`. Bytes that are not UTF-8 are
/// for whoever dumps it to replace.
[[nodiscard]] nlohmann::json event_json(const db::ComplianceEvent& event);

/// `document` as text that is harmless for a terminal: what printable() shows as an escape is one
/// of JSON's own here, so that nothing of it is changed but bytes that are not UTF-8.
///
/// @param indent  blanks of a level; -1 = all in one line.
[[nodiscard]] std::string json_text(const nlohmann::json& document, int indent = -1);

}  // namespace mgc::audit
