#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/result.hpp"
#include "db/postgresql/connection.hpp"
#include "db/postgresql/copy_rows.hpp"
#include "db/session.hpp"

namespace mgc::db::postgresql {

/// The hot path: COPY ... FROM STDIN (FORMAT binary), with one buffer that is sent in pieces and
/// kept for the next batch.
///
/// Threads: one owner. Errors: as Session::load_packs(); duplicate keys are stop.
/// Cost: flat memory, one round trip per call.
class CopyLoader {
 public:
  explicit CopyLoader(Connection& connection) : connection_(connection) {}

  Result<void> load_packs(std::span<const NewPackRow> rows);
  Result<void> load_events(std::uint64_t segment, std::span<const EventRow> rows);
  template <typename View>
  Result<void> load_names(std::span<const NewNameRow<View>> rows);

 private:
  template <typename Row>
  Result<void> load(const std::string& copy, std::span<const Row> rows);

  Connection& connection_;
  CopyRows rows_;
};

}  // namespace mgc::db::postgresql
