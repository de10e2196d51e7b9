#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mgc {

/// The words of a text, for searches. A word is a longest run of letters and digits. Beyond ASCII
/// everything counts as one but spaces, punctuation, symbols, private use and what is not UTF-8; so
/// scripts without spaces between words have words as long as a phrase. Case is no difference, for
/// the letters of Latin, Greek, Cyrillic and Armenian; accents are one. No letter beyond ASCII has
/// one of ASCII for its other case, so what is ASCII of a word is found without Unicode.
/// No library's definition: these change with its version, and segments that were indexed by an
/// older one would no longer give what a search asks them for.

/// The words of `text` as often as they occur, in lower case.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace mgc
