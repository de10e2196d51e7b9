#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "audit/export_format.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// What the original's Set-CsPersistentChatComplianceConfiguration chose, under its names; and
/// whether what the original did not have is left out.
struct LyncXmlOptions {
  bool one_chat_room_per_output_file = false;
  bool add_chat_room_details = false;
  bool add_user_details = false;
  bool create_file_attachments_manifest = false;
  std::chrono::seconds run_interval{900};  ///< a conversation is what is in one room within it
  std::string custom_configuration;        ///< file of an XSLT 1.0 stylesheet; empty = none
  bool extension = true;                   ///< edits, deletions and all else that is recorded

  bool operator==(const LyncXmlOptions&) const = default;
};

inline constexpr std::chrono::seconds kRunIntervalMin{60};
inline constexpr std::chrono::seconds kRunIntervalMax{30 * 86'400};

/// "hh:mm:ss" or "d.hh:mm:ss", as the original writes a TimeSpan.
/// @errors stop  it is none, or not between one minute and 30 days.
[[nodiscard]] Result<std::chrono::seconds> parse_run_interval(std::string_view text);
[[nodiscard]] std::string format_run_interval(std::chrono::seconds interval);

/// The XML of the original's adapter, as audit/xsd/lync-xml.xsd describes it, or what the
/// stylesheet makes of it.
/// @errors stop  the stylesheet cannot be used.
[[nodiscard]] Result<ExportFormat> make_lync_xml(const LyncXmlOptions& options);

/// The text of audit/xsd/lync-xml.xsd.
[[nodiscard]] std::string_view lync_xml_schema();

}  // namespace mgc::audit
