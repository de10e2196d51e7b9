#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "bench/pipeline/workload.hpp"
#include "core/result.hpp"

namespace mgc::bench {

/// As bulk_load(), for a MariaDB server. `parameters` are what follows "mysql://".
[[nodiscard]] Result<std::chrono::duration<double>> load_data(std::string_view parameters,
                                                              std::span<const RowBatch> batches);

}  // namespace mgc::bench
