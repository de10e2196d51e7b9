#!/usr/bin/env python3
"""Exports a store as lync-xml and reads it back with Python's own XML parser.

  lync_xml.py --mgc PROGRAM --log FILE...

The store is of a real log, of posts that are made to be misread, and of one event of each kind that
the original had or lost. Every event that `mgc audit search` shows has to be in the files with all
that lync-xml tells of it; an export that is done again has the same bytes.
"""

import calendar
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import read_back

ORIGINAL = ("JOIN", "PART", "CHAT", "BACKCHAT", "FILEUPLOAD", "FILEDOWNLOAD")
SHA256 = "0123456789abcdef" * 4
KINDS = [{"kind": "JOIN"}, {"kind": "CHAT", "content": "frist", "chat_id": 1},
         {"kind": "EDIT", "content": "first\r\n\x02", "chat_id": 1},
         {"kind": "DELETE", "content": "", "chat_id": 1},
         {"kind": "BACKCHAT", "content": "last 25"},
         {"kind": "FILEUPLOAD", "file": {"name": "a\x01/../b.txt", "sha256": SHA256, "size": 3}},
         {"kind": "FILEDOWNLOAD", "file": {"name": "=cmd.exe", "size": 3}},
         {"kind": "PURGE"}, {"kind": "ROOM", "content": "new topic"},
         {"kind": "INVITE", "target": "berta"}, {"kind": "NOTICE", "content": "backup at noon"},
         {"kind": "PART", "content": "bye \x1b[2J"}]
STYLESHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="/"><FileDump><xsl:apply-templates select="//Message"/></FileDump>
  </xsl:template>
  <xsl:template match="Message"><Message id="{generate-id()}" room="{../../Channel/@name}"
    ><LoginName><xsl:value-of select="Sender/@UserName"/></LoginName><Content
    ><xsl:value-of select="@content"/></Content></Message></xsl:template>
</xsl:stylesheet>"""


def statements():
    for second, statement in enumerate(KINDS):
        yield {"time": f"2020-01-02T00:00:{second:02}Z", "room": "/../../room\x07 & <b>",
               "actor": "anna", "actor_email": "anna@mail.example.org", **statement}


def text(element, name):
    """An attribute, by the rule that lync-xml.xsd gives."""
    value = element.get(name)
    if name not in element.get("escaped", "").split():
        return value
    pieces = re.split(r"\\(\\|u[0-9A-F]{4}|x[0-9A-F]{2})", value)
    assert "\\" not in "".join(pieces[::2]), value
    out = b""
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            out += piece.encode()
        elif piece == "\\":
            out += b"\\"
        elif piece[0] == "u":
            out += chr(int(piece[1:], 16)).encode()
        else:
            out += bytes([int(piece[1:], 16)])
    return out.decode()


def ticks(when):
    """Microseconds since 1970 of a time as `search` writes it."""
    seconds = calendar.timegm(time.strptime(when[:19], "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int(when[20:26])


def without_sip(uri):
    return uri.removeprefix("sip:") if uri is not None else None


def told_by(hit, details):
    """What lync-xml has to tell of a hit."""
    is_file = hit["kind"] in ("FILEUPLOAD", "FILEDOWNLOAD") and hit["file_name"] is not None
    numbered = hit["kind"] == "CHAT" or hit["kind"] not in ORIGINAL
    named = details and hit["room_name"]
    return {"event_id": hit["event_id"], "kind": hit["kind"],
            "content": hit["file_name"] if is_file else hit["content"],
            "id": hit["chat_id"] if numbered else 0, "sha256": hit["file_sha256"],
            "room": hit["room_uri"], "room_name": hit["room_name"] if named else hit["room_uri"],
            "name": hit["actor_name"] or without_sip(hit["actor_uri"]),
            "uri": without_sip(hit["actor_uri"]),
            "email": (hit["actor_email"] or None) if details else None,
            "micros": ticks(hit["occurred_at"])}


def read_event(element, channel):
    sender, when = element.find("Sender"), element.find("DateTimeUTC")
    micros = ticks(when.get("string"))
    assert int(when.get("since1970")) == micros // 1000, when.attrib
    assert int(when.get("long")) == 621355968000000000 + micros * 10, when.attrib
    event_id = element.get("eventId")
    return {"event_id": int(event_id) if event_id is not None else None,
            "kind": element.get("type"), "content": text(element, "content"),
            "id": int(element.get("id")), "sha256": element.get("sha256"),
            "room": text(channel, "uri") if channel is not None else None,
            "room_name": text(channel, "name") if channel is not None else None,
            "name": text(sender, "UserName") if sender is not None else None,
            "uri": text(sender, "uri") if sender is not None else None,
            "email": text(sender, "email") if sender is not None else None, "micros": micros}


def read_file(file):
    events, root = [], ElementTree.parse(file).getroot()
    for conversation in root.findall("Conversation"):
        channel, told = conversation.find("Channel"), conversation.find("Messages")
        told = [read_event(one, channel) for one in told]
        first = conversation.find("FirstMessage")
        if first is not None:
            of_original = [one for one in told if one["kind"] in ORIGINAL]
            assert read_event(first, channel) == of_original[0]
        times = [one["micros"] for one in told]
        for name, wanted in (("StartTimeUTC", min(times)), ("EndTimeUTC", max(times))):
            assert ticks(conversation.find(name).get("string")) == wanted
        assert max(times) // 900_000_000 == min(times) // 900_000_000, "it is one RunInterval"
        events += told
    for one in root.findall("OutsideRooms/Event"):
        events.append(read_event(one, None))
    return events


def exported(arguments, dsn, out, *flags):
    """The files of an export, which is done twice."""
    files = []
    for one in (out, out.with_name(out.name + "-again")):
        read_back.mgc(arguments, "audit", "export", "--mgccomp", dsn, "--format", "lync-xml",
                      "--out", one, *flags)
        files.append({file.name: file.read_bytes() for file in one.iterdir()})
    assert files[0] == files[1], "done again, it is not the same"
    listed = json.loads((out / "manifest.json").read_text())["files"]
    names = {file["name"] for file in listed}
    assert names == set(files[0]) - {"manifest.json"} and len(names) == len(listed), listed
    return [out / file["name"] for file in listed if not file["name"].endswith(".ATTACH")]


def compare(found, wanted, what):
    assert len(found) == len(wanted), (what, len(found), len(wanted))
    wrong = [pair for pair in zip(found, wanted) if pair[0] != pair[1]]
    assert not wrong, (what, wrong[0])
    print(f"{what}: {len(found)} events read back as they are stored")


def check_extended(arguments, dsn, scratch, hits):
    files = exported(arguments, dsn, scratch / "whole", "--AddChatRoomDetails", "--AddUserDetails")
    found = [event for file in files for event in read_file(file)]
    found.sort(key=lambda event: event["event_id"])
    compare(found, [told_by(hit, True) for hit in hits], "lync-xml")


def check_original(arguments, dsn, scratch, hits):
    files = exported(arguments, dsn, scratch / "rooms", "--OneChatRoomPerOutputFile",
                     "--no-extension", "--CreateFileAttachmentsManifest")
    found = []
    for file in files:
        of_file = read_file(file)
        assert len({event["room"] for event in of_file}) == 1, file
        found += of_file
    wanted = [told_by(hit, False) for hit in hits if hit["kind"] in ORIGINAL and hit["room_uri"]]
    for event in wanted:
        event.update(event_id=None, sha256=None)
    key = json.dumps
    compare(sorted(found, key=key), sorted(wanted, key=key), "lync-xml as the original")
    attached = [ElementTree.parse(file).getroot() for file in (scratch / "rooms").glob("*.ATTACH")]
    names = [text(one, "file") for root in attached for one in root]
    assert names == ["a\x01/../b.txt", "=cmd.exe"], names


def check_stylesheet(arguments, dsn, scratch, hits):
    sheet = scratch / "sheet.xsl"
    sheet.write_text(STYLESHEET)
    files = exported(arguments, dsn, scratch / "sheet", "--CustomConfiguration", sheet)
    found = []
    for file in files:
        messages = ElementTree.parse(file).getroot()
        assert len({one.get("id") for one in messages}) == len(messages), "ids differ"
        found += [one.find("LoginName").text for one in messages]
    wanted = [told_by(hit, False)["name"] for hit in hits if hit["kind"] in ORIGINAL]
    compare(sorted(found), sorted(wanted), "lync-xml through a stylesheet")


def check_other_format(arguments, dsn, scratch):
    """A setting that a format does not have is not ignored."""
    for setting in (["--AddUserDetails"], ["--no-extension"], ["--RunInterval", "01:00:00"]):
        other = scratch / "other"
        command = ["audit", "export", "--mgccomp", dsn, "--format", "csv", "--out", other]
        done = subprocess.run([arguments.mgc, *command, *setting], capture_output=True, text=True)
        assert done.returncode == 2 and "lync-xml" in done.stderr, (setting, done)
        assert not other.exists(), setting


def main(argv):
    arguments = read_back.read_arguments(argv, __doc__)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        dsn = read_back.make_store(arguments, scratch, statements())
        hits = read_back.stored(arguments, dsn)
        kinds = {hit["kind"] for hit in hits}
        assert {statement["kind"] for statement in KINDS} <= kinds, kinds
        check_extended(arguments, dsn, scratch, hits)
        check_original(arguments, dsn, scratch, hits)
        check_stylesheet(arguments, dsn, scratch, hits)
        check_other_format(arguments, dsn, scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
