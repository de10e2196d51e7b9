#pragma once

#include "audit/slice.hpp"

namespace mgc::audit {

struct RsmfOptions {
  std::string platform = "Persistent Chat";  ///< X-RSMF-Application, and of the conversation
  std::size_t max_events = 10'000;           ///< of one file; what Relativity recommends
  /// Of what is in one file, at most, about; an event alone may be larger. Relativity takes 2 GB.
  std::size_t max_bytes = std::size_t{1} << 30;
};

/// Relativity's short message format 2.0: SLICE/room-NNNN-part-NNNN.rsmf, a mail with the
/// transcript and one attachment rsmf.zip, which has rsmf_manifest.json. One file for each room and
/// UTC day, or several. Sources: help.relativity.com, "Creating an RSMF file", "Processing an RSMF
/// file"; relativitydev/rsmf-validator-samples, rsmf_schema_2_0_0.json.
///
/// A room is a conversation of type "channel"; its participants are who was in it just before the
/// first event of the file; who has no name is shown by the uri. `eventcollectionid` is the same
/// for all files of a room. The types of events are
///
///     message     CHAT, NOTICE; FILEUPLOAD, its body is the file's name; EDIT, with who edited and
///                 when in `edits`, where somebody did, and DELETE with `deleted`: the body is the
///                 new text. They are events of their own: the post that they change may be in
///                 another file, and `chat_id` in `custom` names it
///     join, leave, history   JOIN, PART, BACKCHAT
///     unknown     all others; the body of FILEDOWNLOAD is the file's name
///
/// The body is else the event's content. Files are not in the zip, as the store has none. `custom`
/// of an event has all its fields that are not empty, under the names of event_fields(), without
/// the content where that is the body; and `base64` as ExactText says: JSON has every character,
/// but not bytes that are not UTF-8.
///
/// Threads: any. Errors: none.
[[nodiscard]] Result<std::vector<OutputFile>> rsmf(const Slice& slice,
                                                   const RsmfOptions& options = {});

}  // namespace mgc::audit
