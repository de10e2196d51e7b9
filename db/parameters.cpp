#include "db/parameters.hpp"

#include <charconv>

namespace mgc::db {
namespace {

/// Copies `sql` to `text` and calls `replace` with N for each parameter ?N outside of quotes.
template <typename Replace>
void rewrite(std::string_view sql, std::string& text, Replace replace) {
  text.reserve(sql.size());
  char quote = 0;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (quote != 0) {
      // A doubled quote inside a text closes and opens it again, which comes to the same.
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '?') {
      int number = 0;
      const char* end = sql.data() + sql.size();
      const auto read = std::from_chars(sql.data() + at + 1, end, number);
      if (read.ec == std::errc{}) {
        replace(number);
        at = static_cast<std::size_t>(read.ptr - sql.data()) - 1;
        continue;
      }
    }
    text += c;
  }
}

}  // namespace

PositionalSql to_positional(std::string_view sql) {
  PositionalSql positional;
  rewrite(sql, positional.text, [&](int number) {
    positional.text += '?';
    positional.order.push_back(number);
  });
  return positional;
}

std::string with_mark(std::string_view sql, char mark) {
  std::string text;
  rewrite(sql, text, [&](int number) { text += mark + std::to_string(number); });
  return text;
}

}  // namespace mgc::db
