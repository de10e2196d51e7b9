#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mgc::producer {

/// True for the first character of a channel name: '#', '&' (local), '!' (safe), '+' (no modes).
[[nodiscard]] bool is_channel(std::string_view word);

/// A nick as it was written: without mode prefixes (@ + % & ~ !), colour codes, spaces around it,
/// and without the space that the Ubuntu logs put behind each ']' ("bur[n] er" is bur[n]er; IRC
/// nicks hold no space).
[[nodiscard]] std::string clean_nick(std::string_view written);

/// True for one word that can be a nick: 1 to 64 bytes without spaces or any of <>,:;!@*"/.
[[nodiscard]] bool is_nick(std::string_view word);

/// "sip:nick@domain"; what may not stand in the user part of a SIP URI (RFC 3261, section 25.1) is
/// percent-encoded. A nick that is a "sip:" uri already stays as it is.
[[nodiscard]] std::string person_uri(std::string_view nick, std::string_view domain);

/// "ma-chan://domain/room": `room` without one leading '#', percent-encoded (RFC 3986, segment).
/// A room that is a "ma-chan://" uri already stays as it is.
[[nodiscard]] std::string room_uri(std::string_view room, std::string_view domain);

/// The room that a log's own path names: "#chan" from "#chan.20060305.log" or from the folder
/// "#chan/2006-03-05.log" (ZNC), else the file's name without date and extensions. Empty when the
/// name holds only a date.
[[nodiscard]] std::string room_from_path(std::string_view path);
/// True when room_from_path() found a '#'.
[[nodiscard]] bool path_names_channel(std::string_view path);

}  // namespace mgc::producer
