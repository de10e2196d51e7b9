#pragma once

#include <optional>
#include <string_view>

#include "producer/replay/statement.hpp"

namespace mgc::producer {

/// Reads the phrases with which IRC programs tell what happened in a channel: joined, left, quit,
/// kicked, renamed, topic, modes, invited. The programs and their themes differ in brackets and
/// word order only, and themes are mixed freely, so all formats read the same phrases.
///
/// @param text  what stands behind the marker of a server line ("-!-", "***", "-->", "===").
/// @return      the statement without its time, or nullopt when it is no such phrase.
[[nodiscard]] std::optional<Statement> read_irc_phrase(std::string_view text);

/// A post, an action or a notice of `written_nick`, which is cleaned. nullopt when that is no name.
[[nodiscard]] std::optional<Statement> said_by(std::string_view written_nick,
                                               std::string_view content);

/// "-nick- text", "-nick:#room- text", "-nick(user@host)- text" as a NOTICE of that nick.
[[nodiscard]] std::optional<Statement> read_spoken_notice(std::string_view line);

/// A line of the channel or of the log itself: NOTICE, nobody's.
[[nodiscard]] Statement plain_notice(std::string_view text);

}  // namespace mgc::producer
