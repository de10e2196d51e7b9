#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "consumer/decode.hpp"
#include "core/clock.hpp"
#include "db/names_ahead.hpp"

namespace mgc::consumer {

/// Has the names of records found in a database session of its own, before the writer needs them.
/// What cannot be found now is left for the writer, who finds it in his transaction.
///
/// Threads: one owner (the thread that prepares records).
/// Errors:  none; trouble with the database is logged, and tried again a second later.
class NameFinder {
 public:
  /// @param session_number  of the writer (Writer::session_number()); outlives this. When it
  /// changes
  ///                        everything that was found is forgotten: the database may be another.
  NameFinder(std::string dsn, std::function<std::uint64_t()> session_number, const Clock& clock)
      : dsn_(std::move(dsn)), session_number_(std::move(session_number)), clock_(clock) {}

  void find(std::span<DecodedRecord> records);

 private:
  [[nodiscard]] Result<void> find_in_session(std::span<db::PackRecord* const> packs);

  const std::string dsn_;
  const std::function<std::uint64_t()> session_number_;
  const Clock& clock_;
  std::unique_ptr<db::NamesAhead> names_;
  std::uint64_t source_ = 0;  ///< the number that the writer's session had before names_ was opened
  SteadyTime try_at_{};       ///< after a failure
};

}  // namespace mgc::consumer
