#include "schema/event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mgc::schema {
namespace {

constexpr std::array<std::string_view, kEventKindLast + 1> kKindNames = {
    "UNKNOWN(0)", "JOIN",   "PART",   "CHAT",   "BACKCHAT", "FILEUPLOAD", "FILEDOWNLOAD",
    "EDIT",       "DELETE", "PURGE",  "INVITE", "ROOM",     "MEMBERSHIP", "PERSON",
    "NOTICE",     "NODE",   "ACCESS", "HOLD",   "REMOVAL",  "REDACTION"};

}  // namespace

std::string kind_name(EventKind kind) {
  const auto number = static_cast<std::int32_t>(kind);
  if (number >= 0 && number <= kEventKindLast) {
    return std::string(kKindNames[static_cast<std::size_t>(number)]);
  }
  return fmt::format("UNKNOWN({})", number);
}

std::optional<EventKind> kind_from_name(std::string_view name) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
  for (std::int32_t number = 1; number <= kEventKindLast; ++number) {
    const std::string_view known = kKindNames[static_cast<std::size_t>(number)];
    if (std::ranges::equal(name, known, {}, upper)) return static_cast<EventKind>(number);
  }
  return std::nullopt;
}

}  // namespace mgc::schema
