"""Reads edrm-xml back: the XML, the DAT file and the texts."""

import hashlib
import xml.etree.ElementTree

from read_back_events import TEXTS, compare, with_exact

MGC = "{urn:mgc:compliance-event:1}"
COLUMN, QUOTE, LINE_FEED = "\x14", "\u00fe", "\u00ae"
TYPES = {"event_id": "LongInteger", "chat_id": "LongInteger", "epoch": "LongInteger",
         "sequence": "LongInteger", "block": "LongInteger", "segment": "LongInteger",
         "occurred_at": "DateTime", "received_at": "DateTime", "synthetic": "Boolean",
         "imported": "Boolean"}


def read_edrm_xml(folder, expected):
    (folder,) = folder.iterdir()
    texts = {file.name: file.read_bytes() for file in (folder / "text").iterdir()}
    documents = read_documents(folder, texts)
    rows = read_rows(folder, texts)
    assert {file.name for file in folder.iterdir()} == {"edrm.xml", "loadfile.dat", "text"}
    compare([event for _, _, event in documents], expected.events)
    compare([event for _, _, event in rows], expected.events)
    assert [one[:2] for one in documents] == [one[:2] for one in rows]
    named = [name for _, name, _ in documents if name]
    assert sorted(named) == sorted(texts), "a text without a document, or the other way round"
    root = xml.etree.ElementTree.parse(folder / "edrm.xml").getroot()
    people = [present(element) for element in root.iter(MGC + "Present")]
    assert all(person in people for person in expected.present)
    assert len(people) == len(expected.present)


def content_of(texts, name, sha256):
    if not name:
        return b""
    assert hashlib.sha256(texts[name]).hexdigest() == sha256, name
    return texts[name]


def read_documents(folder, texts):
    """The id, the name of the text and the event of each document of the XML."""
    found = []
    root = xml.etree.ElementTree.parse(folder / "edrm.xml").getroot()
    for document in root.findall("Batch/Documents/Document"):
        tags = {}
        for tag in document.findall("Tags/Tag"):
            name, value = tag.get("TagName"), tag.get("TagValue")
            assert name not in tags and value != "", name
            tags[name] = value
            if name.startswith("mgc_"):
                assert tag.get("TagDataType") == TYPES.get(name[4:], "Text"), name
        files = {file.get("FileType"): file.find("ExternalFile").attrib
                 for file in document.findall("Files/File")}
        assert files.get("Native") == files.get("Text")
        text = files.get("Text", {"FileName": "", "Hash": "SHA256:", "FilePath": "text"})
        assert text["FilePath"] == "text"
        content = content_of(texts, text["FileName"], text["Hash"].removeprefix("SHA256:"))
        assert int(text.get("FileSize", "0")) == len(content)
        fields = {name[4:]: value for name, value in tags.items() if name.startswith("mgc_")}
        changed = fields.pop("base64", "")
        event = with_exact({name: "" for name in TEXTS} | fields, changed) | {"content": content}
        assert tags["#DateSent"] == fields["occurred_at"]
        assert document.findtext("Locations/Location/LocationURI", "") == fields.get("room_uri", "")
        found.append((document.get("DocID"), text["FileName"], event))
    return found


def read_rows(folder, texts):
    """As read_documents(), of the DAT file."""
    raw = (folder / "loadfile.dat").read_bytes()
    lines = raw.decode("utf-8-sig").split("\r\n")
    assert raw.startswith(b"\xef\xbb\xbf") and lines.pop() == ""
    table = []
    for line in lines:
        assert "\n" not in line and "\r" not in line
        cells = line.split(COLUMN)
        for cell in cells:
            assert len(cell) >= 2 and cell[0] == cell[-1] == QUOTE and QUOTE not in cell[1:-1]
        table.append([cell[1:-1].replace(LINE_FEED, "\n") for cell in cells])
    header, *rows = table
    found = []
    for cells in rows:
        row = dict(zip(header, cells, strict=True))
        assert row["BEGBATES"] == row["ENDBATES"] and row["NATIVEPATH"] == row["TEXTPATH"]
        assert row["TEXTPATH"] == ("text/" + row["FILENAME"] if row["FILENAME"] else "")
        fields = {name[4:].lower(): value for name, value in row.items() if name.startswith("MGC_")}
        changed = fields.pop("base64")
        content = content_of(texts, row["FILENAME"], row["SHA256HASH"])
        event = with_exact(fields, changed) | {"content": content}
        assert row["DATESENT"] + "T" + row["TIMESENT"] == fields["occurred_at"][:19]
        assert row["SUBJECT"] == fields["room_name"]
        found.append((row["BEGBATES"], row["FILENAME"], event))
    return found


def present(element):
    fields = {name.removeprefix(MGC): value for name, value in element.attrib.items()}
    person = with_exact({name: value for name, value in fields.items() if name != "base64"},
                        fields.get("base64", ""))
    return {"room": person["room_uri"], "uri": person["actor_uri"], "name": person["actor_name"],
            "email": person["actor_email"]}
