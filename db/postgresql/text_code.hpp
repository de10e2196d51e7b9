#pragma once

#include <string>
#include <string_view>

namespace mgc::db::postgresql {

/// PostgreSQL's text cannot hold NUL, and a chat can. U+E000, a private character, begins an escape
/// in stored text: U+E000 U+E001 stands for NUL, U+E000 U+E002 for U+E000 itself. No letter or
/// digit is part of it, so that a search for one finds no escapes.

/// Appends the stored form of `text` to `out`. Nearly always that is a copy.
void append_encoded(std::string_view text, std::string& out);

/// True when `text` is its own stored form.
[[nodiscard]] bool is_plain(std::string_view text);

/// `stored` as it was before append_encoded(); `buffer` holds it when it differs.
[[nodiscard]] std::string_view decode(std::string_view stored, std::string& buffer);

}  // namespace mgc::db::postgresql
