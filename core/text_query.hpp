#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace mgc {

/// A word that a text is looked through for, in lower case as words_of() gives it, or how one
/// begins.
struct SoughtWord {
  std::string text;
  bool is_prefix = false;
  bool operator==(const SoughtWord&) const = default;
};

/// A condition on a text, by its words (core/words.hpp) alone: what stands between two words is no
/// difference. As it is made it holds for every text.
struct TextQuery {
  enum class Kind : std::uint8_t {
    phrase,  ///< `words` follow each other; no more than the last one is a prefix
    all,     ///< every one of `parts` holds
    any,     ///< one of `parts` holds at least
    no,      ///< `parts`, which is one, does not hold
  };
  Kind kind = Kind::all;
  std::vector<SoughtWord> words;  ///< of a phrase, one at least
  std::vector<TextQuery> parts;   ///< of the others
  bool operator==(const TextQuery&) const = default;

  [[nodiscard]] bool wants_everything() const { return kind == Kind::all && parts.empty(); }
};

inline constexpr std::size_t kTextQueryBytesMax = 4096;
inline constexpr std::size_t kTextQueryTermsMax = 64;
inline constexpr std::size_t kTextQueryDepthMax = 16;

/// Reads what an auditor types:
///
///     kernel panic      both words, in any order and place
///     "kernel panic"    these words, one behind the other; so are the words of foo_bar or don't
///     kern*  "oops ker*"  a word that begins so, alone or at the end of a phrase
///     -panic  NOT panic   without
///     oops OR panic     one of them; AND and OR are only mixed with parentheses
///     (oops OR panic) -(test OR "dry run")
///
/// AND, OR and NOT are in capitals; as words they are in quotation marks, which may be curly ones.
///
/// @param text  any bytes.
/// @errors stop  not UTF-8, more than 4096 bytes, 64 terms or 16 levels, nothing that is asked for,
///               or not of this form; with the byte where it is not, counted from 1.
[[nodiscard]] Result<TextQuery> parse_text_query(std::string_view text);

/// The query as parse_text_query() reads it back, where it keeps to its limits.
[[nodiscard]] std::string text_of(const TextQuery& query);

}  // namespace mgc
