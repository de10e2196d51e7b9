#pragma once

#include "audit/slice.hpp"

namespace mgc::audit {

/// The XML `FileDump` that FaceTime, Actiance and Smarsh import: SLICE.xml, valid against
/// audit/xsd/filedump.xsd. The vendor's own schema is not public. Sources: the sample transform in
/// MicrosoftDocs/OfficeDocs-SkypeForBusiness, configure-compliance.md (which elements there are,
/// and their order by event), and mattermost/mattermost, server/enterprise/message_export,
/// actiance_export, 10.5 and later (what is in them, MessageId, UserType, UpdatedType).
///
/// A room is a Conversation: Perspective is its name, RoomID its uri; in it are in order of the
/// events, with times in milliseconds since 1970,
///
///     ParticipantEntered    JOIN; and, without being an event, everybody who was there before
///     ParticipantLeft       PART; and, without being an event, everybody who is left at the end
///     Message               CHAT and NOTICE; EDIT and DELETE with UpdatedType EditedNewMsg and
///                           Deleted. A DELETE has the text that was put in the place, if any, so
///                           that it is without the "delete " that Mattermost puts before it
///     FileTransferStarted,  FILEUPLOAD, FILEDOWNLOAD: recorded when they are done, so both, and
///       FileTransferEnded   Completed; the first is the event
///     mgc:Event             all other kinds: FileDump has no element for them, and as a Message
///                           what somebody searched for would be what he said. Its text is the
///                           event's content. Events of no room follow the conversations
///
/// Who posts into a room in which he is not has entered it, as Mattermost does it: archives know
/// people by that. LoginName is the person's uri, which stays when a name or an address changes or
/// is not told; CorporateEmailID is the address as the event has it.
///
/// Attributes of the namespace urn:mgc:compliance-event:1 make an element an event: what FileDump
/// has no place for, under the names of event_fields(), and `base64` as ExactText says. An element
/// without mgc:event_id is not an event. mgc:content is there where the element has no content.
///
/// Threads: any. Errors: none.
[[nodiscard]] Result<std::vector<OutputFile>> actiance_xml(const Slice& slice);

}  // namespace mgc::audit
