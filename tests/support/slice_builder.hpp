#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/slice.hpp"

namespace mgc::test {

inline constexpr std::int64_t kSliceBegin = 1'141'525'320'000'000;  ///< 2006-03-05T02:22:00Z

/// Builds the slice 3 of lane "compliance", event after event, a second and a half apart.
class SliceBuilder {
 public:
  SliceBuilder() {
    slice_.lane = "compliance";
    slice_.number = 3;
  }

  db::ComplianceEvent& add(const std::string& kind, const std::string& content = "") {
    const std::uint64_t place = slice_.events.size();
    db::ComplianceEvent event;
    event.lane = slice_.lane;
    event.event_id = 3000 + place;
    event.kind = kind;
    event.occurred_at = utc_from_micros(kSliceBegin + static_cast<std::int64_t>(place) * 1'500'250);
    event.received_at = event.occurred_at + std::chrono::seconds(1);
    event.room_uri = "ma-chan://example.org/ubuntu";
    event.room_name = "#ubuntu";
    event.actor_uri = "sip:anna@example.org";
    event.actor_name = "Anna";
    event.actor_email = "anna@example.org";
    event.content = content;
    event.node = "node-1";
    event.epoch = 2;
    event.sequence = 41 + place;
    event.block = 7;
    event.segment = 1;
    slice_.events.push_back(std::move(event));
    return slice_.events.back();
  }
  db::ComplianceEvent& post(const std::string& content) {
    auto& event = add("CHAT", content);
    event.chat_id = static_cast<std::int64_t>(slice_.events.size());
    return event;
  }
  SliceBuilder& has_present(const std::string& name) {
    slice_.present["ma-chan://example.org/ubuntu"].push_back(
        {"sip:" + name + "@example.org", name, name + "@example.org",
         utc_from_micros(kSliceBegin - 60'000'000)});
    return *this;
  }
  [[nodiscard]] audit::Slice& slice() { return slice_; }

 private:
  audit::Slice slice_;
};

}  // namespace mgc::test
