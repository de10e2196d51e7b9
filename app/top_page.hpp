#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"

namespace mgc::app {

/// One endpoint as it was at one time.
struct Reading {
  SteadyTime at{};
  Result<std::vector<MetricSample>> samples = Error{Action::reconnect, "not read yet"};
};

/// One endpoint now, and as it was before, for rates.
struct Watched {
  std::string url;
  Reading before;
  Reading now;
};

/// What `mgc top` shows: one table for each kind of process, and above them what is wrong.
/// `colour`: trouble is red. Text of others is made printable. Pure.
[[nodiscard]] std::string top_text(const std::vector<Watched>& endpoints, UtcTime now, bool colour);

/// The same for scripts: of each endpoint its error or its samples (without buckets) by name and
/// labels, as they are written in Prometheus, and what grew, a second.
[[nodiscard]] nlohmann::json top_json(const std::vector<Watched>& endpoints);

}  // namespace mgc::app
