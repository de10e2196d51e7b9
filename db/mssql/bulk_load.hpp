#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "db/odbc/array_insert.hpp"
#include "db/session.hpp"

namespace mgc::db::mssql {

/// Appends packs by arrays of parameters; nullopt when all rows are in.
[[nodiscard]] std::optional<odbc::ArrayFailure> load_packs(const odbc::Connection& connection,
                                                           std::span<const NewPackRow> rows,
                                                           std::chrono::seconds timeout);

/// Appends events to event_<segment>, as load_packs().
[[nodiscard]] std::optional<odbc::ArrayFailure> load_events(const odbc::Connection& connection,
                                                            std::uint64_t segment,
                                                            std::span<const EventRow> rows,
                                                            std::chrono::seconds timeout);

}  // namespace mgc::db::mssql
