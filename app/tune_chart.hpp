#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "app/tune_run.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// Draws events a second against the 99th percentile, one line for each size of packs, and a ring
/// around the knee; the same picture as SVG or PNG, as the name of `file` ends.
/// @errors stop  the file cannot be written.
[[nodiscard]] Result<void> draw_tune_chart(const std::filesystem::path& file,
                                           std::span<const TuneResult> results,
                                           const TunePoint& knee, const std::string& title);

}  // namespace mgc::app
