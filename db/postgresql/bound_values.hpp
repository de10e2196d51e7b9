#pragma once

#include <libpq-fe.h>

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "db/session.hpp"

namespace mgc::db::postgresql {

/// Types of pg_type, which never change.
inline constexpr Oid kBool = 16;
inline constexpr Oid kBytea = 17;
inline constexpr Oid kName = 19;
inline constexpr Oid kInt8 = 20;
inline constexpr Oid kInt2 = 21;
inline constexpr Oid kInt4 = 23;
inline constexpr Oid kText = 25;
inline constexpr Oid kVarchar = 1043;
inline constexpr Oid kNumeric = 1700;

/// The parameters of one call in the form of libpq: binary, each with its type. Borrows texts and
/// bytes of the values.
class BoundValues {
 public:
  explicit BoundValues(std::span<const Value> values);

  [[nodiscard]] int size() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const Oid* types() const { return types_.data(); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }
  /// One letter for each type: a statement is prepared for the types of its parameters.
  [[nodiscard]] const std::string& signature() const { return signature_; }

 private:
  void add(Oid type, char letter, const char* value, std::size_t size);

  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
  std::string signature_;
  std::deque<std::array<char, 8>> numbers_;  // deques: what is pointed to stays where it is
  std::deque<std::string> encoded_;
};

}  // namespace mgc::db::postgresql
