#pragma once

#include "audit/slice.hpp"

namespace mgc::audit {

/// What Mattermost's compliance export of type "csv" has in the archive of a batch: SLICE/posts.csv
/// and SLICE/metadata.json. Source: mattermost/mattermost, server/enterprise/message_export,
/// csv_export and shared, 10.5 and later (20 columns); files themselves are not exported.
///
/// The rows are the events in their order; before the first of a room is one row of type
/// "previously-joined" for everybody who was in it. Times are milliseconds since 1970. A room is a
/// channel, without a team and of no type; "Post Id" is ROOM-URI/CHAT-ID. "Post Type" is
///
///     message        CHAT, EDIT and DELETE; "Post Update Type" tells EditedNewMsg and Deleted. A
///                    DELETE has the text that was put in the place, if any, and not that of the
///                    post: "Post Message" is without the "delete " that Mattermost puts before it
///     enter, leave   JOIN, PART
///     attachment     FILEUPLOAD; the message is the file's name, as that of "filedownload"
///     others         the kind in lower case
///
/// Columns behind the 20 begin with "mgc_" and have what Mattermost has no column for, under the
/// names of event_fields(): mgc_content where the message is a file's name, and mgc_base64 as
/// ExactText says. Only the last is used for "previously-joined". All cells are as csv_cell() makes
/// them.
///
/// Threads: any. Errors: none.
[[nodiscard]] Result<std::vector<OutputFile>> mattermost_csv(const Slice& slice);

}  // namespace mgc::audit
