#include "db/odbc/connection_string.hpp"

#include <algorithm>

namespace mgc::db::odbc {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_key(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Error bad_string(std::string_view why) {
  return Error{Action::stop, "odbc://: " + std::string(why) +
                                 "; write odbc://Driver=NAME;Server=HOST;Database=NAME;UID=USER, "
                                 "with {braces} around a value that holds ; or }"};
}

/// Takes a value in braces, where }} stands for }.
Result<std::string> take_braced(std::string_view& rest) {
  std::string value;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] != '}') {
      value += rest[at];
    } else if (at + 1 < rest.size() && rest[at + 1] == '}') {
      value += rest[at++];
    } else {
      rest.remove_prefix(at + 1);
      return value;
    }
  }
  return bad_string("a brace is not closed");
}

}  // namespace

Result<ConnectionString> ConnectionString::parse(std::string_view text) {
  ConnectionString parsed;
  while (true) {
    while (!text.empty() && (text.front() == ';' || text.front() == ' ')) text.remove_prefix(1);
    if (text.empty()) return parsed;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return bad_string("a key without a value");
    const std::string_view key = trim(text.substr(0, equals));
    // A driver would end the key there, and read what follows as a key that was not checked here.
    if (key.find(';') != std::string_view::npos) return bad_string("a key without a value");
    text.remove_prefix(equals + 1);
    std::string value;
    if (text.starts_with('{')) {
      auto braced = take_braced(text);
      if (!braced) return braced.error();
      value = std::move(*braced);
      if (!text.empty() && text.front() != ';') return bad_string("text behind a brace");
    } else {
      const std::size_t end = std::min(text.find(';'), text.size());
      value = trim(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (parsed.find(key)) return bad_string("a key that is there twice");
    parsed.values_.emplace_back(key, std::move(value));
  }
}

std::optional<std::string> ConnectionString::find(std::string_view key) const {
  for (const auto& [name, value] : values_) {
    if (same_key(name, key)) return value;
  }
  return std::nullopt;
}

std::optional<std::string> ConnectionString::take(std::string_view key) {
  auto value = find(key);
  std::erase_if(values_, [&](const auto& entry) { return same_key(entry.first, key); });
  return value;
}

void ConnectionString::set(std::string_view key, std::string value) {
  for (auto& [name, old] : values_) {
    if (same_key(name, key)) {
      old = std::move(value);
      return;
    }
  }
  values_.emplace_back(key, std::move(value));
}

std::string ConnectionString::text() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    text += name + "=";
    if (value.find_first_of(";{}[]()?*=!@ \t\r\n") == std::string::npos) {
      text += value + ";";
      continue;
    }
    text += '{';
    for (const char c : value) text += c == '}' ? std::string("}}") : std::string(1, c);
    text += "};";
  }
  return text;
}

}  // namespace mgc::db::odbc
