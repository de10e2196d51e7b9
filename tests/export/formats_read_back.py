#!/usr/bin/env python3
"""Reads the export formats back with the standard library, which this project did not write.

  formats_read_back.py --writer PROGRAM

PROGRAM writes slices of ordinary events and of events that are made to be misread. Each event has
to be in each format once, with every field byte for byte; the same slice has the same files in
another time zone and another language.
"""

import argparse
import base64
import csv
import datetime
import email
import email.policy
import html.parser
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
# What an event may be without; the formats leave out what is empty.
TEXTS = ("room_uri", "room_name", "actor_uri", "actor_name", "actor_email", "content", "file_name",
         "file_sha256", "node")


def as_bytes(value):
    """A value of slice.json as the formats have it: text; none and empty are the same."""
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, dict):
        return base64.b64decode(value["base64"], validate=True)
    return str(value).encode()


class Slice:
    def __init__(self, folder):
        with (folder / "slice.json").open(encoding="utf-8") as file:
            read = json.load(file)
        self.events = [{name: as_bytes(value) for name, value in event.items()}
                       for event in read["events"]]
        self.present = [{name: as_bytes(value) for name, value in person.items()}
                        for person in read["present"]]


def with_exact(fields, changed):
    """Text fields as bytes; those of `changed`, NAME=BASE64 joined by ';', as they were."""
    event = {name: value.encode() for name, value in fields.items()}
    for one in filter(None, changed.split(";")):
        name, coded = one.split("=", 1)
        assert "\ufffd" in fields[name], (name, fields[name][:80])
        event[name] = base64.b64decode(coded, validate=True)
    return event


def compare(found, expected):
    """All events once, in order of their ids."""
    ids = [int(event["event_id"]) for event in found]
    assert sorted(set(ids)) == sorted(ids), "an event is there twice"
    assert ids == [int(event["event_id"]) for event in expected], "not the events of the slice"
    for one, other in zip(found, expected, strict=True):
        for name in other.keys() | one.keys():
            assert one.get(name) == other.get(name), (
                other["event_id"], name, one.get(name, b"absent")[:200], other.get(name)[:200])


def milliseconds(event):
    """Since 1970, of a time as YYYY-MM-DDTHH:MM:SS.ffffffZ; the year 1 is beyond timestamp()."""
    when = datetime.datetime.strptime(event["occurred_at"].decode(), "%Y-%m-%dT%H:%M:%S.%fZ")
    return (when - datetime.datetime(1970, 1, 1)) // datetime.timedelta(milliseconds=1)


# ---- mattermost-csv ------------------------------------------------------------------------------

MATTERMOST_TYPES = {"CHAT": "message", "EDIT": "message", "DELETE": "message", "JOIN": "enter",
                    "PART": "leave", "FILEUPLOAD": "attachment"}


def read_mattermost_csv(folder, expected):
    folders = list(folder.iterdir())
    assert len(folders) == 1, folders
    assert {file.name for file in folders[0].iterdir()} == {"posts.csv", "metadata.json"}
    raw = (folders[0] / "posts.csv").read_bytes()
    assert b"\0" not in raw and b"\x1b" not in raw
    with (folders[0] / "posts.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    events, present = [], []
    for row in rows:
        assert None not in row and None not in row.values(), row
        for name, cell in row.items():
            assert cell.lstrip()[:1] not in ("=", "+", "-", "@"), (name, cell[:80])
            row[name] = cell[1:] if cell.startswith("'") else cell
        (events if row["mgc_event_id"] else present).append(row)
    for row in present:
        assert row["Post Type"] == "previously-joined", row
    people = [with_exact({"room_uri": row["Channel Id"], "actor_uri": row["User Id"],
                          "actor_name": row["Username"], "actor_email": row["User Email"],
                          "room_name": row["Channel Name"]}, row["mgc_base64"])
              for row in present]
    assert sorted((one["room_uri"], one["actor_uri"], one["actor_name"], one["actor_email"])
                  for one in people) == sorted(
        (one["room"], one["uri"], one["name"], one["email"]) for one in expected.present)
    compare([mattermost_event(row) for row in events], expected.events)
    for row, event in zip(events, expected.events, strict=True):
        kind = event["kind"].decode()
        assert row["Post Type"] == MATTERMOST_TYPES.get(kind, kind.lower()), row
        assert int(row["Post Creation Time"]) == milliseconds(event), row
    with (folders[0] / "metadata.json").open(encoding="utf-8") as file:
        metadata = json.load(file)
    assert metadata["MessagesCount"] == sum(
        event["kind"] == b"CHAT" and event["room_uri"] != b"" for event in expected.events)


def mattermost_event(row):
    fields = {name[4:]: value for name, value in row.items() if name.startswith("mgc_")}
    changed = fields.pop("base64")
    if fields["kind"] in ("FILEUPLOAD", "FILEDOWNLOAD"):
        assert row["Post Message"] == fields["file_name"]
    else:
        assert fields["content"] == ""
        fields["content"] = row["Post Message"]
    assert row["Channel Name"] == row["Channel Display Name"]
    fields |= {"room_uri": row["Channel Id"], "room_name": row["Channel Name"],
               "actor_uri": row["User Id"], "actor_email": row["User Email"],
               "actor_name": row["Username"]}
    return with_exact(fields, changed)


# ---- actiance-xml --------------------------------------------------------------------------------

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
        login = element.findtext("LoginName")
        assert start <= int(element.findtext("DateTimeUTC")) <= end
        if element.tag == "ParticipantEntered":
            there.add(login)
        elif element.tag == "ParticipantLeft":
            there.discard(login)
        else:
            assert login in there or login == "", login
        if element.get(MGC + "event_id") is not None:
            events.append(actiance_event(element, room))
        elif element.tag == "ParticipantEntered":
            person = with_exact({"actor_uri": element.get(MGC + "actor_uri"),
                                 "actor_name": element.get(MGC + "actor_name", ""),
                                 "actor_email": element.findtext("CorporateEmailID")},
                                element.get(MGC + "base64", ""))
            people.append({name.removeprefix("actor_"): value for name, value in person.items()})
        else:
            assert element.tag in ("ParticipantLeft", "FileTransferEnded"), element.tag
    assert not there, "somebody never leaves"
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
        login = fields.get("actor_email") or fields.get("actor_uri", "")
        assert element.findtext("LoginName") == login
    return event


# ---- globalrelay-eml -----------------------------------------------------------------------------

def read_mail(file):
    """A message, with what a mail server could trip over."""
    raw = file.read_bytes()
    for line in raw.split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line and len(line) <= 998, line[:80]
        assert line != b"." and not line.startswith(b"From "), line[:80]
        assert all(0x20 <= byte < 0x7F or byte == 0x09 for byte in line), line[:80]
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    for part in mail.walk():
        assert not part.defects, part.defects
    for name in ("From", "Date", "Message-ID", "Subject", "MIME-Version"):
        assert len(mail.get_all(name)) == 1, name
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert len(mail["From"].addresses) == 1, mail["From"]
    return mail


class MailHtml(html.parser.HTMLParser):
    """The events and the participants of a mail; fails where a post has become markup."""

    TAGS = {"html", "body", "h1", "h2", "div", "ul", "li", "b", "bdi", "table", "tr", "td", "span"}

    def __init__(self, text):
        super().__init__()
        self.events, self.people, self.inside, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.inside, self.inside

    def handle_starttag(self, tag, attrs):
        assert tag in self.TAGS, tag
        attributes = dict(attrs)
        self.inside.append((tag, attributes.get("class")))
        self.text = ""
        if self.inside[-1] == ("li", "message"):
            self.events.append({name.removeprefix("data-mgc-"): value
                                for name, value in attributes.items() if name != "class"})
        elif self.inside[-1] == ("tr", "participant-row"):
            self.people.append({"base64": attributes.get("data-mgc-base64", "")})

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        opened, style = self.inside.pop()
        assert opened == tag, (opened, tag)
        if (opened, style) == ("bdi", "message"):
            self.events[-1]["content"] = self.text
        elif opened == "bdi" and self.inside[-1][0] == "td":
            self.people[-1][self.inside[-1][1]] = self.text

    def handle_comment(self, data):
        raise AssertionError("a comment")

    handle_decl = handle_pi = unknown_decl = handle_comment


def read_globalrelay_eml(folder, expected):
    events, people, ids = [], [], set()
    for file in sorted(folder.rglob("*.eml")):
        mail = read_mail(file)
        assert mail["Message-ID"] not in ids, "two mails with one id"
        ids.add(mail["Message-ID"])
        assert mail.get_content_type() == "multipart/alternative"
        plain, shown = mail.iter_parts()
        assert (plain.get_content_type(), shown.get_content_type()) == ("text/plain", "text/html")
        found = MailHtml(shown.get_content().replace("\r\n", "\n"))
        lines = plain.get_content().split("\r\n")[:-1]
        assert [line.split()[0] for line in lines] == [one["event_id"] for one in found.events]
        to = [] if mail["To"] is None else mail["To"].addresses
        assert len(to) == len(found.people), (len(to), len(found.people))
        for address in to:
            assert re.fullmatch(r"[A-Za-z0-9._!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9.-]+",
                                address.addr_spec), address
        here = [mail_event(one) for one in found.events]
        events += here
        for one in found.people:
            person = with_exact({"actor_uri": one["userid"], "actor_name": one["username"],
                                 "actor_email": one["email"]}, one["base64"])
            people.append({"room": here[0]["room_uri"]} | {
                name.removeprefix("actor_"): value for name, value in person.items()})
        assert {one["actor_uri"] for one in here} - {b""} <= {one["uri"] for one in people}
    compare(sorted(events, key=lambda event: int(event["event_id"])), expected.events)
    for person in expected.present:
        assert person in people, person


def mail_event(fields):
    changed = fields.pop("base64", "")
    return with_exact({name: "" for name in TEXTS} | fields, changed)


# ---- all of them ---------------------------------------------------------------------------------

FORMATS = {"actiance-xml": read_actiance_xml, "globalrelay-eml": read_globalrelay_eml,
           "mattermost-csv": read_mattermost_csv}


def written(writer, out, **environment):
    subprocess.run([writer, str(out)], check=True, env=os.environ | environment)
    return {str(file.relative_to(out)): file.read_bytes()
            for file in sorted(out.rglob("*")) if file.is_file()}


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writer", required=True)
    arguments = parser.parse_args(argv[1:])
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        files = written(arguments.writer, scratch / "a", TZ="UTC", LC_ALL="C")
        again = written(arguments.writer, scratch / "b", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
        assert files.keys() == again.keys()
        for name in files:
            assert files[name] == again[name], f"{name} is another one when it is made again"
        for folder in sorted((scratch / "a").iterdir()):
            expected = Slice(folder)
            assert {one.name for one in folder.iterdir()} == {"slice.json", *FORMATS}
            for name, read in FORMATS.items():
                for file in (folder / name).rglob("*"):
                    relative = file.relative_to(folder / name).as_posix()
                    assert NAME.fullmatch(relative), relative
                read(folder / name, expected)
                print(f"{folder.name}: {len(expected.events)} events read back from {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
