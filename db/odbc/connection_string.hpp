#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace mgc::db::odbc {

/// The "KEY=value;KEY={value; with anything}" of ODBC, in the order given. Keys in any case.
class ConnectionString {
 public:
  /// @errors stop  no value, a brace that is not closed. The text is never shown: it may hold a
  ///               password.
  [[nodiscard]] static Result<ConnectionString> parse(std::string_view text);

  [[nodiscard]] std::optional<std::string> find(std::string_view key) const;
  /// Takes the key out and returns its value.
  [[nodiscard]] std::optional<std::string> take(std::string_view key);
  /// Sets or replaces.
  void set(std::string_view key, std::string value);
  /// With braces where ODBC needs them.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace mgc::db::odbc
