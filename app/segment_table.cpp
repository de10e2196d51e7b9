#include "app/segment_table.hpp"

#include <fmt/format.h>

#include "app/table.hpp"
#include "core/utf8.hpp"

namespace mgc::app {

nlohmann::json segments_json(const std::vector<db::SegmentStatus>& segments) {
  nlohmann::json list = nlohmann::json::array();
  for (const db::SegmentStatus& one : segments) {
    list.push_back({{"lane", one.lane},
                    {"segment", one.segment},
                    {"state", one.state},
                    {"events", one.events},
                    {"opened_at", format_utc(one.opened_at)},
                    {"sealed_at", one.sealed_at ? nlohmann::json(format_utc(*one.sealed_at))
                                                : nlohmann::json(nullptr)}});
  }
  return list;
}

std::string segment_table(const std::vector<db::SegmentStatus>& segments) {
  std::vector<std::vector<std::string>> lines;
  for (auto one = segments.begin(); one != segments.end(); ++one) {
    auto last = one;
    std::uint64_t events = one->events;
    const auto follows = [&](const db::SegmentStatus& next) {
      return one->state == "sealed" && next.state == "sealed" && next.lane == one->lane;
    };
    while (last + 1 != segments.end() && follows(*(last + 1))) events += (++last)->events;
    lines.push_back({printable(one->lane),
                     last == one ? std::to_string(one->segment)
                                 : fmt::format("{} ... {}", one->segment, last->segment),
                     last == one ? one->state : fmt::format("{} {}", last - one + 1, one->state),
                     with_commas(events), format_utc(one->opened_at),
                     last->sealed_at ? format_utc(*last->sealed_at) : ""});
    one = last;
  }
  return table({"lane", "segment", "state", "events", "since", "sealed"}, lines);
}

}  // namespace mgc::app
