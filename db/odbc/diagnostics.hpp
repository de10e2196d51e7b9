#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sql.h>

namespace mgc::db::odbc {

/// One record of what the driver or the server said about a failed call.
struct Diagnostic {
  std::string sqlstate;     ///< five characters, "23000"
  std::int32_t native = 0;  ///< the server's own number
  std::string message;      ///< UTF-8; may quote values: never log it as it is
  std::int64_t row = 0;     ///< of an array of parameters, from 1; 0 or less = of none
};

/// What a failed call left on its handle, worst first as the driver orders them; never empty.
///
/// Not all of it is about errors: a server may have sent remarks before ("01000").
[[nodiscard]] std::vector<Diagnostic> read_diagnostics(SQLSMALLINT handle_type, SQLHANDLE handle);

/// The first record that is an error, or the first of all.
[[nodiscard]] const Diagnostic& main_diagnostic(const std::vector<Diagnostic>& diagnostics);

}  // namespace mgc::db::odbc
