#include "audit/hold_check.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "db/holds.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

/// What the details say is held; nullopt when they say nothing that can be read.
std::optional<db::HoldScope> scope_in(const std::string& details) {
  const json document = json::parse(details, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const auto text = [&](const char* key) -> std::optional<std::string> {
    if (!document.contains(key) || !document.at(key).is_string()) return std::nullopt;
    return document.at(key).get<std::string>();
  };
  db::HoldScope scope{text("room"), text("person"), std::nullopt, std::nullopt};
  if (const auto since = text("since")) scope.since = parse_utc(*since);
  if (const auto until = text("until")) scope.until = parse_utc(*until);
  return scope;
}

}  // namespace

Result<void> check_holds(db::DutyBook& book, VerifyReport& report) {
  const auto holds = db::list_holds(book.session());
  if (!holds) return holds.error();
  for (const db::HoldRow& hold : *holds) {
    if (scope_in(hold.added.details) == hold.scope) continue;
    report.add(fmt::format("hold {}", hold.added.entry),
               "it keeps something else than its details say");
  }
  return {};
}

}  // namespace mgc::audit
