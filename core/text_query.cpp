#include "core/text_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/utf8.hpp"
#include "core/words.hpp"

namespace mgc {
namespace {

using Kind = TextQuery::Kind;

constexpr char32_t kSpaces[] = {0x00A0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000};

bool is_space(char32_t point) {
  if (point <= ' ') return true;
  return (point >= 0x2000 && point <= 0x200A) ||
         std::ranges::find(kSpaces, point) != std::end(kSpaces);
}

/// Text editors make curly ones of those that are typed.
bool is_quote(char32_t point) {
  return point == '"' || point == 0x201C || point == 0x201D || point == 0x201E;
}

enum class TokenKind : std::uint8_t { end, open, close, minus, both, either, without, term };

struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t at = 0;
  std::string_view text;  ///< without quotation marks
};

Error fault(std::size_t at, std::string_view what) {
  return Error{Action::stop, fmt::format("byte {}: {}", at + 1, what)};
}

/// As much of `text` as a message has room for.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 40;
  if (text.size() <= kShown) return printable(text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return printable(text.substr(0, end)) + "...";
}

class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() && is_space(here().value)) at_ += here().bytes;
    Token token{TokenKind::end, at_, {}};
    if (at_ == text_.size()) return token;
    const CodePoint first = here();
    if (is_quote(first.value)) return quoted();
    if (first.value == '(' || first.value == ')' || first.value == '-') {
      ++at_;
      token.text = text_.substr(token.at, 1);
      token.kind = first.value == '(' ? TokenKind::open : TokenKind::close;
      if (first.value == '-') token.kind = TokenKind::minus;
      return token;
    }
    while (at_ < text_.size() && is_of_term(here().value)) at_ += here().bytes;
    token.text = text_.substr(token.at, at_ - token.at);
    token.kind = token.text == "AND"   ? TokenKind::both
                 : token.text == "OR"  ? TokenKind::either
                 : token.text == "NOT" ? TokenKind::without
                                       : TokenKind::term;
    return token;
  }

 private:
  [[nodiscard]] CodePoint here() const { return first_code_point(text_.substr(at_)); }
  static bool is_of_term(char32_t point) {
    return !is_space(point) && !is_quote(point) && point != '(' && point != ')';
  }
  Result<Token> quoted() {
    Token token{TokenKind::term, at_, {}};
    at_ += here().bytes;
    const std::size_t first = at_;
    while (at_ < text_.size() && !is_quote(here().value)) at_ += here().bytes;
    if (at_ == text_.size()) return fault(token.at, "the quotation mark is not closed");
    token.text = text_.substr(first, at_ - first);
    at_ += here().bytes;
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// Reads a query from its tokens, one of them ahead.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text) {}

  Result<TextQuery> run() {
    if (auto begun = advance(); !begun) return begun.error();
    auto query = read_group(0);
    if (!query) return query;
    if (token_.kind == TokenKind::close) return fault(token_.at, "no parenthesis is open");
    return query;
  }

 private:
  Result<void> advance() {
    auto next = tokens_.next();
    if (!next) return next.error();
    token_ = *next;
    return {};
  }
  [[nodiscard]] bool is_end_of_group() const {
    return token_.kind == TokenKind::end || token_.kind == TokenKind::close;
  }

  /// Up to the end or the parenthesis that closes it.
  Result<TextQuery> read_group(std::size_t depth) {
    if (depth > kTextQueryDepthMax) {
      return fault(token_.at, fmt::format("at most {} levels are wanted", kTextQueryDepthMax));
    }
    if (is_end_of_group()) return fault(token_.at, "a word or phrase is wanted");
    auto first = read_item(depth);
    if (!first || is_end_of_group()) return first;
    TextQuery group;
    group.kind = token_.kind == TokenKind::either ? Kind::any : Kind::all;
    group.parts.push_back(std::move(*first));
    while (!is_end_of_group()) {
      const Kind kind = token_.kind == TokenKind::either ? Kind::any : Kind::all;
      if (kind != group.kind) {
        return fault(token_.at, "AND and OR are mixed: put one of them into parentheses");
      }
      if (token_.kind == TokenKind::either || token_.kind == TokenKind::both) {
        if (auto passed = advance(); !passed) return passed.error();
      }
      auto item = read_item(depth);
      if (!item) return item;
      group.parts.push_back(std::move(*item));
    }
    return group;
  }

  Result<TextQuery> read_item(std::size_t depth) {
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::open: return read_parentheses(depth);
      case TokenKind::minus:
      case TokenKind::without: return read_exclusion(depth);
      case TokenKind::term: break;
      case TokenKind::end:
      case TokenKind::close: return fault(token.at, "a word or phrase is wanted");
      case TokenKind::both:
      case TokenKind::either:
        return fault(token.at, fmt::format("{} stands between two terms; as a word it is \"{}\"",
                                           token.text, token.text));
    }
    if (++terms_ > kTextQueryTermsMax) {
      return fault(token.at, fmt::format("at most {} terms are wanted", kTextQueryTermsMax));
    }
    auto phrase = read_phrase(token);
    if (!phrase) return phrase;
    if (auto passed = advance(); !passed) return passed.error();
    return phrase;
  }

  Result<TextQuery> read_parentheses(std::size_t depth) {
    const std::size_t opened = token_.at;
    if (auto passed = advance(); !passed) return passed.error();
    auto group = read_group(depth + 1);
    if (!group) return group;
    if (token_.kind != TokenKind::close) return fault(opened, "the parenthesis is not closed");
    if (auto passed = advance(); !passed) return passed.error();
    return group;
  }

  Result<TextQuery> read_exclusion(std::size_t depth) {
    const std::size_t at = token_.at;
    if (depth + 1 > kTextQueryDepthMax) {
      return fault(at, fmt::format("at most {} levels are wanted", kTextQueryDepthMax));
    }
    const bool is_minus = token_.kind == TokenKind::minus;
    if (auto passed = advance(); !passed) return passed.error();
    if (is_minus && token_.at != at + 1) {
      return fault(at, "- stands right before what is left out");
    }
    auto excluded = read_item(depth + 1);
    if (!excluded) return excluded;
    TextQuery query;
    query.kind = Kind::no;
    query.parts.push_back(std::move(*excluded));
    return query;
  }

  static Result<TextQuery> read_phrase(const Token& token) {
    std::string_view text = token.text;
    const std::size_t star = text.find('*');
    const bool is_prefix = star != std::string_view::npos;
    if (is_prefix && star + 1 != text.size()) {
      return fault(token.at, fmt::format("{}: * stands at the end", shown(text)));
    }
    if (is_prefix) text.remove_suffix(1);
    TextQuery phrase;
    phrase.kind = Kind::phrase;
    for (std::string& word : words_of(text)) phrase.words.push_back({std::move(word), false});
    if (phrase.words.empty()) {
      return fault(token.at, fmt::format("\"{}\": a letter or digit is wanted", shown(token.text)));
    }
    if (is_prefix) {
      // One more letter makes no other word where the last one goes on to the star.
      if (words_of(std::string(text) + 'x').size() != phrase.words.size()) {
        return fault(token.at, fmt::format("{}: * follows a letter or digit", shown(token.text)));
      }
      phrase.words.back().is_prefix = true;
    }
    return phrase;
  }

  Tokens tokens_;
  Token token_;
  std::size_t terms_ = 0;
};

std::string text_of_phrase(const std::vector<SoughtWord>& words) {
  std::string text;
  for (const SoughtWord& word : words) {
    if (!text.empty()) text += ' ';
    text += word.text;
    if (word.is_prefix) text += '*';
  }
  return words.size() == 1 ? text : '"' + text + '"';
}

}  // namespace

Result<TextQuery> parse_text_query(std::string_view text) {
  if (text.size() > kTextQueryBytesMax) {
    return Error{Action::stop,
                 fmt::format("{} bytes; at most {} are wanted", text.size(), kTextQueryBytesMax)};
  }
  if (!is_utf8(text)) return Error{Action::stop, "not UTF-8"};
  return Parser(text).run();
}

std::string text_of(const TextQuery& query) {
  if (query.kind == Kind::phrase) return text_of_phrase(query.words);
  std::string text;
  for (const TextQuery& part : query.parts) {
    const bool is_group = part.kind == Kind::all || part.kind == Kind::any;
    if (!text.empty()) text += query.kind == Kind::any ? " OR " : " ";
    text += is_group ? fmt::format("({})", text_of(part)) : text_of(part);
  }
  return query.kind == Kind::no ? '-' + text : text;
}

}  // namespace mgc
