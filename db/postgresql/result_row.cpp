#include "db/postgresql/result_row.hpp"

#include "core/assert.hpp"
#include "db/postgresql/bound_values.hpp"
#include "db/postgresql/network_order.hpp"
#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {

ByteView ResultRow::raw(int column) const {
  return {PQgetvalue(result_, row_, column),
          static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t ResultRow::integer(int column) const {
  if (is_null(column)) return 0;
  const ByteView value = raw(column);
  switch (PQftype(result_, column)) {
    case kInt8: return static_cast<std::int64_t>(load_be<std::uint64_t>(value.data()));
    case kInt4: return static_cast<std::int32_t>(load_be<std::uint32_t>(value.data()));
    case kInt2: return static_cast<std::int16_t>(load_be<std::uint16_t>(value.data()));
    case kBool: return value.front() == 0 ? 0 : 1;
    case kNumeric: return integer_of_numeric(value);
    default: MGC_ASSERT(false);  // a statement of ours reads a text as a number
  }
  return 0;
}

ByteView ResultRow::bytes(int column) const {
  if (is_null(column)) return {};
  const ByteView value = raw(column);
  const Oid type = PQftype(result_, column);
  if (type != kText && type != kVarchar) return value;
  return decode(value, decoded_[column]);
}

std::int64_t integer_of_numeric(ByteView numeric) {
  // Four int16 (digits, weight of the first, sign, scale), then the digits to the base of 10000.
  MGC_ASSERT(numeric.size() >= 8);
  const auto digits = load_be<std::uint16_t>(numeric.data());
  const auto weight = static_cast<std::int16_t>(load_be<std::uint16_t>(numeric.data() + 2));
  const bool negative = load_be<std::uint16_t>(numeric.data() + 4) == 0x4000;
  MGC_ASSERT(numeric.size() >= 8U + 2U * digits);
  std::uint64_t value = 0;
  for (int i = 0; i <= weight; ++i) {
    value *= 10000;
    if (i < digits) value += load_be<std::uint16_t>(numeric.data() + 8 + 2 * i);
  }
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

}  // namespace mgc::db::postgresql
