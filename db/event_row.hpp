#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.hpp"
#include "db/event_names.hpp"
#include "schema/event_view.hpp"

namespace mgc::db {

/// One row of event_<segment>, ready to be loaded. Borrows its text.
struct EventRow {
  std::uint64_t event_id = 0;
  std::int32_t kind = 0;
  std::int64_t occurred_at = 0;  ///< UTC microseconds since 1970
  EventNames names;
  std::string_view content;
  std::int64_t chat_id = 0;
  std::optional<std::string_view> file_name;
  std::optional<ByteView> file_sha256;
  std::int64_t node_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t sequence = 0;
  std::uint64_t block = 0;
};

/// What `event` itself says of its row; all ids and places are still 0. Borrows from the event.
[[nodiscard]] inline EventRow row_of(const schema::EventView& event) {
  EventRow row;
  row.kind = static_cast<std::int32_t>(event.kind);
  row.occurred_at = to_micros(event.occurred_at);
  row.content = event.content;
  row.chat_id = event.chat_id;
  if (event.file) {
    row.file_name = event.file->name;
    if (!event.file->sha256.empty()) row.file_sha256 = event.file->sha256;
  }
  return row;
}

}  // namespace mgc::db
