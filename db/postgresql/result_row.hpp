#pragma once

#include <libpq-fe.h>

#include <map>
#include <string>

#include "db/session.hpp"

namespace mgc::db::postgresql {

/// A row of a result in binary format. Reads the types that statements of db/ have: int2, int4,
/// int8, numeric without a fraction (sum of int8), bool, text and bytea.
class ResultRow final : public Row {
 public:
  ResultRow(const PGresult* result, int row) : result_(result), row_(row) {}

  [[nodiscard]] bool is_null(int column) const override {
    return PQgetisnull(result_, row_, column) != 0;
  }
  [[nodiscard]] std::int64_t integer(int column) const override;
  [[nodiscard]] ByteView bytes(int column) const override;

 private:
  [[nodiscard]] ByteView raw(int column) const;

  const PGresult* result_;
  int row_;
  mutable std::map<int, std::string> decoded_;  // texts that hold escapes, which is seldom
};

/// A numeric without its fraction, as PostgreSQL sends it in binary; outside of int64 it wraps.
[[nodiscard]] std::int64_t integer_of_numeric(ByteView numeric);

}  // namespace mgc::db::postgresql
