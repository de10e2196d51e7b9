#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "audit/export_format.hpp"
#include "audit/export_writer.hpp"

namespace mgc::audit {

/// Writes one file, which has the suffix ".part" until it is whole. Flat memory.
///
/// @param progress  called now and then with the events so far.
[[nodiscard]] std::unique_ptr<ExportWriter> make_line_writer(
    OpenExport open, const LineFormat& format, std::function<void(std::uint64_t)> progress);

}  // namespace mgc::audit
