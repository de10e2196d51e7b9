#pragma once

#include <chrono>
#include <span>
#include <string>

#include "bench/pipeline/workload.hpp"
#include "core/result.hpp"

namespace mgc::bench {

/// Loads `batches` into the empty tables of the mgccomp `dsn` by the engine's own bulk path, one
/// transaction for each, as durable as the service's: COPY BINARY for PostgreSQL, prepared inserts
/// for SQLite, LOAD DATA LOCAL for MariaDB, whose text is made before the clock starts. Returns how
/// long it took, with every commit.
/// @errors those of the database.
[[nodiscard]] Result<std::chrono::duration<double>> bulk_load(const std::string& dsn,
                                                              std::span<const RowBatch> batches);

}  // namespace mgc::bench
