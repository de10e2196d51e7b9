#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "schema/event.hpp"

namespace mgc::schema {

/// As Room, Person, ... of event.hpp, borrowed from the event's wire bytes: nothing is copied on
/// the hot path.
struct RoomView {
  std::string_view uri;
  std::string_view name;
  bool operator==(const RoomView&) const = default;
};
struct PersonView {
  std::string_view uri;
  std::string_view name;
  std::string_view email;
  bool external = false;
  bool operator==(const PersonView&) const = default;
};
struct FileView {
  std::string_view name;
  ByteView sha256;
  std::uint64_t size = 0;
  std::string_view url;
};
struct SourceView {
  std::string_view file;
  std::uint64_t line = 0;
  std::string_view encoding;
};
struct SyntheticView {
  std::string_view node;
  std::uint64_t epoch = 0;
  std::uint64_t session = 0;
  std::uint64_t through_sequence = 0;
  std::string_view reason;
  bool operator==(const SyntheticView&) const = default;
};
struct DutyView {
  std::int64_t entry = 0;
  std::int64_t of_entry = 0;
  std::string_view database_user, os_user, host;
  std::string_view command;
  std::string_view details;
  bool operator==(const DutyView&) const = default;
};

/// One event as read from the wire. Valid while the bytes that it was read from are.
struct EventView {
  EventKind kind = EventKind::unspecified;
  UtcTime occurred_at{};
  std::optional<RoomView> room;
  std::optional<PersonView> actor;
  std::optional<PersonView> target;
  std::string_view content;
  std::int64_t chat_id = 0;
  std::optional<FileView> file;
  bool is_action = false;
  std::int64_t purged_through = 0;
  std::optional<Watermark> watermark;
  std::optional<SourceView> source;
  std::optional<SyntheticView> synthetic;
  std::optional<DutyView> duty;
};

/// Serialises one event.
/// @errors reject  a limit of schema/limits.hpp is broken, or text is not UTF-8.
[[nodiscard]] Result<Bytes> encode_event(const Event& event);

/// Reads one event without copying it. Unknown fields are skipped and stay in the bytes.
///
/// @param wire  the bytes of one event, any bytes at all; the view borrows them.
/// @errors reject  malformed, too deep, a limit broken, text that is not UTF-8; with the reason.
/// @threads any.
[[nodiscard]] Result<EventView> view_event(ByteView wire);

}  // namespace mgc::schema
