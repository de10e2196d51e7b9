#pragma once

#include <concepts>
#include <cstddef>

namespace mgc::db::postgresql {

/// Writes `value` in network order, the order of PostgreSQL's binary formats, to sizeof(T) bytes.
template <std::unsigned_integral T>
void store_be(T value, char* out) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out[i] = static_cast<char>(value & 0xFFU);
    value = static_cast<T>(value >> 8U);
  }
}

template <std::unsigned_integral T>
[[nodiscard]] T load_be(const char* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(static_cast<T>(value << 8U) | static_cast<unsigned char>(bytes[i]));
  }
  return value;
}

}  // namespace mgc::db::postgresql
