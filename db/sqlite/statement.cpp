#include "db/sqlite/statement.hpp"

#include <variant>

namespace mgc::db::sqlite {

int Statement::bind(std::span<const Value> values) {
  int parameter = 0;
  for (const Value& value : values) {
    ++parameter;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value.state())) {
      code = bind_integer(parameter, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value.state())) {
      code = bind_text(parameter, *text);
    } else if (const auto* blob = std::get_if<Blob>(&value.state())) {
      code = bind_blob(parameter, blob->bytes);
    } else {
      code = bind_null(parameter);
    }
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace mgc::db::sqlite
