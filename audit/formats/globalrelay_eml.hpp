#pragma once

#include "audit/slice.hpp"

namespace mgc::audit {

struct GlobalRelayOptions {
  /// X-GlobalRelay-MsgType, as agreed with the archive. "Mattermost" is the only value that is
  /// published, and what is written has the shape of its messages.
  std::string message_type = "Mattermost";
  /// Of one message, at most. The archive takes 250 MiB; other mail servers less.
  std::size_t max_bytes = std::size_t{32} << 20;
  /// In To, at most; the smallest limit that RFC 5321, section 4.5.3.1.8, allows is 100.
  std::size_t max_recipients = 1000;
};

/// Mails for archives that take chats by mail, as Global Relay: SLICE/room-NNNN-part-NNNN.eml, one
/// or several for each room. Source: mattermost/mattermost, server/enterprise/message_export,
/// global_relay_export, 10.5 and later: headers, order and classes of the HTML.
///
/// From is who acts first, To everybody who was in the room when the mail begins, came into it or
/// acted; mailbox_of() says which addresses they have. The plain text is transcript_line() of each
/// event. In the HTML a table has the participants, and each event is an `li` of class "message"
/// in the order of events; its text has the fields that people read, and its attributes
/// `data-mgc-NAME` all but the content, under the names of event_fields(), with `data-mgc-base64`
/// as ExactText says. The content is the text of `bdi` of class "message": no override of the
/// direction reaches out of it.
///
/// A mail ends before it is larger than `max_bytes`. Who is in To beyond `max_recipients` gets a
/// mail with the next participants, no events, and the first one's Message-ID in References.
///
/// Threads: any.
/// @errors stop  an event or a person that is too large for half of `max_bytes`; 32 MiB are enough
///               for every event that a node can record.
[[nodiscard]] Result<std::vector<OutputFile>> globalrelay_eml(
    const Slice& slice, const GlobalRelayOptions& options = {});

}  // namespace mgc::audit
