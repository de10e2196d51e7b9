#include "audit/removal.hpp"

#include "audit/event_json.hpp"

namespace mgc::audit {
namespace {

using nlohmann::json;

void read(const json& details, const char* key, std::uint64_t& into) {
  const auto found = details.find(key);
  if (found != details.end() && found->is_number_unsigned()) into = found->get<std::uint64_t>();
}

void read(const json& details, const char* key, std::string& into) {
  const auto found = details.find(key);
  if (found != details.end() && found->is_string()) into = found->get<std::string>();
}

}  // namespace

std::optional<Removal> read_removal(const schema::EventView& event) {
  if (event.kind != schema::EventKind::removal || !event.duty) return std::nullopt;
  Removal removal;
  const json details = parse_flat(std::string(event.duty->details));
  if (!details.is_object()) return removal;
  read(details, "lane", removal.lane);
  read(details, "first_event_id", removal.first_event_id);
  read(details, "last_event_id", removal.last_event_id);
  read(details, "root", removal.root);
  return removal;
}

}  // namespace mgc::audit
