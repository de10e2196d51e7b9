#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "db/postgresql/connection.hpp"
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

 private:
  Result<void> begin(const std::string& copy);
  Result<void> end_row();
  Result<void> end();

  void begin_row(std::uint16_t columns);
  void add_null();
  void add_integer(std::int64_t value);
  void add_small(std::int32_t value);
  void add_id(std::int64_t id);  ///< 0 = NULL
  void add_bytes(ByteView bytes);
  void add_text(std::string_view text);
  void add_size(std::size_t size);

  Connection& connection_;
  std::string buffer_;
};

}  // namespace mgc::db::postgresql
