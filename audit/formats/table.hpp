#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "audit/export_format.hpp"
#include "audit/formats/lync_xml.hpp"
#include "core/result.hpp"

namespace mgc::audit {

/// What an auditor chooses beside a format's name.
struct FormatOptions {
  LyncXmlOptions lync_xml;
};

/// A format that --format can name.
struct FormatEntry {
  std::string_view name;
  std::string_view meaning;  ///< for --help, a few words
  /// Gives `options` and `form`. @errors stop  an option is not what it should be.
  std::function<Result<ExportFormat>(const FormatOptions&)> make;
};

/// All of them, in the order in which they are told.
[[nodiscard]] std::span<const FormatEntry> formats();

/// @errors stop  there is none of that name; as FormatEntry::make.
[[nodiscard]] Result<ExportFormat> make_format(std::string_view name,
                                               const FormatOptions& options = {});

}  // namespace mgc::audit
