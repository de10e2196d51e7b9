"""Reads actiance-xml back."""

import xml.etree.ElementTree

from read_back_events import TEXTS, compare, milliseconds, with_exact

MGC = "{urn:mgc:compliance-event:1}"
ACTIANCE_ELEMENTS = {"JOIN": "ParticipantEntered", "PART": "ParticipantLeft", "CHAT": "Message",
                     "NOTICE": "Message", "EDIT": "Message", "DELETE": "Message",
                     "FILEUPLOAD": "FileTransferStarted", "FILEDOWNLOAD": "FileTransferStarted"}


def read_actiance_xml(folder, expected):
    files = list(folder.iterdir())
    assert len(files) == 1, files
    root = xml.etree.ElementTree.parse(files[0]).getroot()
    events = [actiance_event(element, None) for element in root.findall(MGC + "Event")]
    assert all(event["room_uri"] == b"" for event in events)
    people = []
    for room in root.findall("Conversation"):
        names = [element.tag for element in room]
        assert names[:2] == ["RoomID", "StartTimeUTC"] and names[-1] == "EndTimeUTC", names
        own = actiance_room(room)
        events += own[0]
        people += [{"room": own[0][0]["room_uri"], **person} for person in own[1]]
    compare(sorted(events, key=lambda event: int(event["event_id"])), expected.events)
    for person in expected.present:
        assert person in people, person


def actiance_room(room):
    """The events of a conversation, and who entered without an event."""
    start, end = (int(room.findtext(name)) for name in ("StartTimeUTC", "EndTimeUTC"))
    events, people, there = [], [], set()
    for element in room[2:-1]:
        if element.tag == MGC + "Event":
            events.append(actiance_event(element, room))
            continue
        assert start <= int(element.findtext("DateTimeUTC")) <= end
        if element.tag == "FileTransferEnded":
            continue
        fields = with_exact({"actor_uri": element.get(MGC + "actor_uri", "")},
                            element.get(MGC + "base64", ""))
        who = fields["actor_uri"]
        if element.tag == "ParticipantEntered":
            there.add(who)
        elif element.tag == "ParticipantLeft":
            there.discard(who)
        else:
            assert who in there or who == b"", who
        if element.get(MGC + "event_id") is not None:
            events.append(actiance_event(element, room))
        elif element.tag == "ParticipantEntered":
            person = with_exact({"actor_uri": element.get(MGC + "actor_uri"),
                                 "actor_name": element.get(MGC + "actor_name", ""),
                                 "actor_email": element.findtext("CorporateEmailID")},
                                element.get(MGC + "base64", ""))
            people.append({name.removeprefix("actor_"): value for name, value in person.items()})
        else:
            assert element.tag == "ParticipantLeft", element.tag
    assert there <= {b""}, "somebody never leaves"
    return events, people


def actiance_event(element, room):
    fields = {name.removeprefix(MGC): value for name, value in element.attrib.items()}
    changed = fields.pop("base64", "")
    kind = fields["kind"]
    if room is not None:
        assert element.tag == ACTIANCE_ELEMENTS.get(kind, MGC + "Event"), (element.tag, kind)
        assert room.findtext("RoomID") == fields.get("room_uri", "")
    if element.tag in ("Message", MGC + "Event"):
        assert "content" not in fields
        fields["content"] = (element.text if element.tag != "Message" else
                             element.findtext("Content")) or ""
    if element.tag.startswith("FileTransfer"):
        assert element.findtext("FileName") == fields.get("file_name", "")
    event = with_exact({name: "" for name in TEXTS} | fields, changed)
    if element.tag != MGC + "Event":
        assert int(element.findtext("DateTimeUTC")) == milliseconds(event)
        assert element.findtext("LoginName") == fields.get("actor_uri", "")
    return event
