#include "db/postgresql/text_code.hpp"

namespace mgc::db::postgresql {
namespace {

constexpr std::string_view kEscape = "\xEE\x80\x80";  // U+E000
constexpr std::string_view kNul = "\xEE\x80\x81";     // U+E001
constexpr std::string_view kSelf = "\xEE\x80\x82";    // U+E002

}  // namespace

bool is_plain(std::string_view text) {
  return text.find('\0') == std::string_view::npos && text.find(kEscape) == std::string_view::npos;
}

void append_encoded(std::string_view text, std::string& out) {
  if (is_plain(text)) {
    out += text;
    return;
  }
  while (!text.empty()) {
    if (text.front() == '\0') {
      out.append(kEscape).append(kNul);
      text.remove_prefix(1);
    } else if (text.starts_with(kEscape)) {
      out.append(kEscape).append(kSelf);
      text.remove_prefix(kEscape.size());
    } else {
      out += text.front();
      text.remove_prefix(1);
    }
  }
}

std::string_view decode(std::string_view stored, std::string& buffer) {
  std::size_t at = stored.find(kEscape);
  if (at == std::string_view::npos) return stored;
  buffer.clear();
  while (at != std::string_view::npos) {
    buffer += stored.substr(0, at);
    stored.remove_prefix(at + kEscape.size());
    if (stored.starts_with(kNul)) {
      buffer += '\0';
      stored.remove_prefix(kNul.size());
    } else {
      // Also a lone one, which only a change by hand can have put there.
      buffer += kEscape;
      if (stored.starts_with(kSelf)) stored.remove_prefix(kSelf.size());
    }
    at = stored.find(kEscape);
  }
  buffer += stored;
  return buffer;
}

}  // namespace mgc::db::postgresql
