#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.hpp"
#include "db/postgresql/connection.hpp"
#include "db/session.hpp"

namespace mgc::db::postgresql {

/// Runs statements with parameters; those that come again stay prepared on the server.
///
/// Threads: one owner. Cost: one round trip; two when a statement is new.
class Statements {
 public:
  explicit Statements(Connection& connection) : connection_(connection) {}

  /// `sql` has parameters ?1, ?2 ...; the result is in binary format.
  Result<ResultPtr> run(std::string_view sql, std::span<const Value> values, Step step);
  /// As run(), for a statement that will not come again.
  Result<ResultPtr> run_once(std::string_view sql, std::span<const Value> values, Step step);

 private:
  Connection& connection_;
  std::unordered_map<std::string, std::string> names_;  // by the statement and its types
  std::string key_;
  std::uint64_t prepared_ = 0;
};

}  // namespace mgc::db::postgresql
