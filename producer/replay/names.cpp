#include "producer/replay/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "producer/replay/log_time.hpp"
#include "producer/replay/scan.hpp"

namespace mgc::producer {
namespace {

constexpr std::string_view kModePrefixes = "@+%&~!";
constexpr std::string_view kUnreservedMarks = "-_.!~*'()";

/// Encodes every byte but letters, digits and `allowed`.
std::string percent_encode(std::string_view text, std::string_view allowed) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || (c != '\0' && allowed.find(c) != std::string_view::npos)) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
}

std::string_view without_extensions(std::string_view name) {
  constexpr std::array<std::string_view, 9> kExtensions = {
      ".gz", ".log", ".txt", ".weechatlog", ".jsonl", ".ndjson", ".json", ".irc", ".raw"};
  for (bool cut = true; cut;) {
    cut = false;
    for (const std::string_view extension : kExtensions) {
      if (name.size() > extension.size() &&
          equal_ignoring_case(name.substr(name.size() - extension.size()), extension)) {
        name.remove_suffix(extension.size());
        cut = true;
      }
    }
  }
  return name;
}

/// Cuts the date and one separator on either side of it out of `name`.
std::string without_date(std::string_view name) {
  const auto date = find_date_in_name(name);
  if (!date) return std::string(name);
  const auto is_separator = [](char c) { return c == '.' || c == '_' || c == '-' || c == ' '; };
  std::string_view before = name.substr(0, date->begin);
  std::string_view after = name.substr(date->begin + date->size);
  while (!before.empty() && is_separator(before.back())) before.remove_suffix(1);
  if (before.empty()) {
    while (!after.empty() && is_separator(after.front())) after.remove_prefix(1);
  }
  return std::string(before) + std::string(after);
}

std::optional<std::string> channel_in(std::string_view name) {
  const std::size_t at = name.find('#');
  if (at == std::string_view::npos) return std::nullopt;
  std::string channel = without_date(without_extensions(name.substr(at)));
  if (channel.find_first_not_of('#') == std::string::npos) return std::nullopt;
  return lower(channel);
}

/// The channel of the file's name, else of the folder that it is in.
std::optional<std::string> channel_of_path(std::string_view path) {
  const std::string_view file = base_name(path);
  if (auto channel = channel_in(file)) return channel;
  if (file.size() == path.size()) return std::nullopt;
  return channel_in(base_name(path.substr(0, path.size() - file.size() - 1)));
}

}  // namespace

bool is_channel(std::string_view word) {
  return word.size() >= 2 && (word[0] == '#' || word[0] == '&' || word[0] == '!' || word[0] == '+');
}

std::string clean_nick(std::string_view written) {
  std::string bare = without_colours(written);
  std::string_view nick = trim(bare);
  while (nick.size() > 1 && kModePrefixes.find(nick.front()) != std::string_view::npos) {
    nick.remove_prefix(1);
  }
  std::string out;
  for (const char c : nick) {
    if (c != ' ' || !out.ends_with(']')) out.push_back(c);
  }
  return out;
}

bool is_nick(std::string_view word) {
  constexpr std::string_view kNever = " \t<>,:;!@*\"/";
  return !word.empty() && word.size() <= 64 &&
         word.find_first_of(kNever) == std::string_view::npos && !word.ends_with('.');
}

std::string person_uri(std::string_view nick, std::string_view domain) {
  if (nick.starts_with("sip:") || nick.starts_with("sips:")) return std::string(nick);
  // The user part's "user-unreserved" characters beside the unreserved ones.
  const std::string allowed = std::string(kUnreservedMarks) + "&=+$,;?/";
  return "sip:" + percent_encode(nick, allowed) + "@" + std::string(domain);
}

std::string room_uri(std::string_view room, std::string_view domain) {
  if (room.starts_with("ma-chan://")) return std::string(room);
  if (room.size() > 1 && room.starts_with('#')) room.remove_prefix(1);
  const std::string allowed = std::string(kUnreservedMarks) + "&=+$,;:@";
  return "ma-chan://" + std::string(domain) + "/" + percent_encode(room, allowed);
}

std::string room_from_path(std::string_view path) {
  if (auto channel = channel_of_path(path)) return *channel;
  return without_date(without_extensions(base_name(path)));
}

bool path_names_channel(std::string_view path) { return channel_of_path(path).has_value(); }

}  // namespace mgc::producer
