#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "audit/formats/lync_xml.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// The original's settings of its adapter, as flags.
struct LyncXmlFlags {
  audit::LyncXmlOptions options;
  std::string run_interval = "00:15:00";
};

void add_lync_xml_flags(CLI::App& command, LyncXmlFlags& flags);

/// @errors stop  --RunInterval is no TimeSpan.
[[nodiscard]] Result<audit::LyncXmlOptions> read_lync_xml_flags(const LyncXmlFlags& flags);

}  // namespace mgc::app
