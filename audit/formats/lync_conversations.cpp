#include "audit/formats/lync_conversations.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

namespace mgc::audit {

bool is_of_original(const db::ComplianceEvent& event) {
  constexpr std::array<std::string_view, 6> kKinds = {"JOIN",     "PART",       "CHAT",
                                                      "BACKCHAT", "FILEUPLOAD", "FILEDOWNLOAD"};
  return event.room_uri && std::ranges::find(kKinds, event.kind) != kKinds.end();
}

Conversations find_conversations(const Slice& slice, std::chrono::seconds interval, bool all) {
  Conversations found;
  using Key = std::tuple<std::string, std::string, std::int64_t>;
  std::map<Key, std::size_t> places;
  const std::int64_t width = std::chrono::microseconds(interval).count();
  for (const db::ComplianceEvent& event : slice.events) {
    if (!all && !is_of_original(event)) continue;
    if (!event.room_uri) {
      found.outside.push_back(&event);
      continue;
    }
    const std::int64_t at = to_micros(event.occurred_at);
    const std::int64_t bucket = at / width - (at % width < 0 ? 1 : 0);
    const Key key = {*event.room_uri, event.room_name.value_or(""), bucket};
    const auto place = places.try_emplace(key, found.rooms.size()).first->second;
    if (place == found.rooms.size())
      found.rooms.push_back({std::get<0>(key), std::get<1>(key), {}});
    found.rooms[place].events.push_back(&event);
  }
  return found;
}

}  // namespace mgc::audit
