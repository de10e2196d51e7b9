#pragma once

#include <sql.h>

#include <cstdint>

namespace mgc::db::odbc {

/// A number in the form of a pointer, as ODBC wants attributes and sizes.
[[nodiscard]] inline SQLPOINTER as_pointer(std::uintptr_t number) {
  return reinterpret_cast<SQLPOINTER>(number);  // NOLINT(performance-no-int-to-ptr)
}

}  // namespace mgc::db::odbc
