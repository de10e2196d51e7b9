#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/time.hpp"

namespace mgc::schema {

/// What happened; the numbers are those of the wire (schema/proto/mgc/v1/event.proto). Open: a
/// value without a name here is legal and is shown as UNKNOWN(n).
enum class EventKind : std::int32_t {
  unspecified = 0,
  join = 1,
  part = 2,
  chat = 3,
  backchat = 4,
  file_upload = 5,
  file_download = 6,
  edit = 7,
  deletion = 8,
  purge = 9,
  invite = 10,
  room = 11,
  membership = 12,
  person = 13,
  notice = 14,
  node = 15,
  access = 16,  ///< this and the next three: made by the service alone (schema/duty.hpp)
  hold = 17,
  removal = 18,
  redaction = 19,
};
inline constexpr std::int32_t kEventKindLast = 19;

/// A chat room. `uri` is required, for instance "ma-chan://example.org/ubuntu".
struct Room {
  std::string uri;   ///< 1 to 1,024 bytes of UTF-8
  std::string name;  ///< 0 to 1,024 bytes of UTF-8
};

/// A person as known when the event happened. `uri` is required, for instance
/// "sip:anna@example.org".
struct Person {
  std::string uri;        ///< 1 to 1,024 bytes of UTF-8
  std::string name;       ///< display name, 0 to 1,024 bytes of UTF-8
  std::string email;      ///< 0 to 1,024 bytes of UTF-8
  bool external = false;  ///< of another organisation (federated)
};

/// A file that was moved; its content is not part of the event.
struct File {
  std::string name;        ///< as the person saw it; data, never a path to open
  Bytes sha256;            ///< 32 bytes, or empty when not known
  std::uint64_t size = 0;  ///< bytes
  std::string url;         ///< where the node keeps it, 0 to 4,096 bytes
};

/// A node's statement of how far it has come.
struct Watermark {
  std::uint64_t last_sequence = 0;  ///< last sequence recorded when this was made; 0 = none
  bool stopping = false;            ///< the last event of a clean stop
  bool starting = false;            ///< the first event of a start
  std::uint64_t session = 0;        ///< random for each start; 0 = the node does not say
};

/// Why the service made an event in the place of a node that crashed.
struct Synthetic {
  std::string node;  ///< the one that crashed
  std::uint64_t epoch = 0;
  std::uint64_t session = 0;
  std::uint64_t through_sequence = 0;  ///< its last event that the service knew
  std::string reason;                  ///< for people, 0 to 1,024 bytes of UTF-8
};

/// The row of a table of duties that an event was made of (schema/duty.hpp).
struct Duty {
  std::int64_t entry = 0;
  std::int64_t of_entry = 0;  ///< 0 = none
  std::string database_user, os_user, host;
  std::string command;
  std::string details;  ///< a JSON document
};

/// The line of a log that a replayed event was made from.
struct Source {
  std::string file;        ///< base name
  std::uint64_t line = 0;  ///< 1 = first line
  std::string encoding;    ///< how the line's bytes were read; empty = UTF-8
};

/// One recorded activity, as a chat server fills it in. A plain value.
struct Event {
  EventKind kind = EventKind::unspecified;
  UtcTime occurred_at{};  ///< by the node's clock; years 1 to 9999
  std::optional<Room> room;
  std::optional<Person> actor;
  std::optional<Person> target;     ///< the other person, for the kinds that name one
  std::string content;              ///< UTF-8, at most 1 MiB
  std::int64_t chat_id = 0;         ///< number of the post in its room; 0 = not a post
  std::optional<File> file;         ///< uploads and downloads
  bool is_action = false;           ///< said in the third person ("/me waves")
  std::int64_t purged_through = 0;  ///< PURGE: UTC microseconds since 1970, inclusive
  std::optional<Watermark> watermark;
  std::optional<Source> source;
  std::optional<Synthetic> synthetic;  ///< events that the service made, never those of a node
  std::optional<Duty> duty;            ///< as synthetic
};

/// "JOIN", "PART", "CHAT", ... as auditors see it; "UNKNOWN(n)" for a number without a name.
[[nodiscard]] std::string kind_name(EventKind kind);

/// The kind that is called `name` ("CHAT", any case); nullopt when there is none.
[[nodiscard]] std::optional<EventKind> kind_from_name(std::string_view name);

}  // namespace mgc::schema
