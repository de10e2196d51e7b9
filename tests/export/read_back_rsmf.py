"""Reads rsmf back."""

import io
import json
import zipfile

from read_back_events import TEXTS, compare, with_exact
from read_back_mail import read_mail

RSMF_TYPES = {"CHAT": "message", "NOTICE": "message", "FILEUPLOAD": "message", "EDIT": "message",
              "DELETE": "message", "JOIN": "join", "PART": "leave", "BACKCHAT": "history"}


def read_rsmf(folder, expected):
    events, people, collections = [], [], {}
    for file in sorted(folder.rglob("*.rsmf")):
        mail = read_mail(file)
        assert mail["X-RSMF-Version"] == "2.0.0"
        plain, attached = mail.iter_parts()
        assert plain.get_content_type() == "text/plain" and not plain.is_attachment()
        assert attached.is_attachment() and attached.get_filename() == "rsmf.zip"
        assert attached["Content-Transfer-Encoding"] == "base64"
        with zipfile.ZipFile(io.BytesIO(attached.get_content())) as archive:
            assert archive.testzip() is None and archive.namelist() == ["rsmf_manifest.json"]
            manifest = json.loads(archive.read("rsmf_manifest.json").decode())
        here = rsmf_events(manifest)
        assert int(mail["X-RSMF-EventCount"]) == len(here)
        assert mail["X-RSMF-BeginDate"] == min(one["occurred_at"] for one in here).decode()
        assert mail["X-RSMF-EndDate"] == max(one["occurred_at"] for one in here).decode()
        assert len({one["occurred_at"][:10] for one in here}) == 1, "two days in one file"
        rooms = {one["room_uri"] for one in here}
        assert len(rooms) == 1, rooms
        known = collections.setdefault(mail["X-RSMF-EventCollectionID"], rooms)
        assert known == rooms and manifest["eventcollectionid"] == mail["X-RSMF-EventCollectionID"]
        events += here
        (room,) = rooms
        people += [{"room": room, **one} for one in rsmf_present(manifest)]
    compare(sorted(events, key=lambda event: int(event["event_id"])), expected.events)
    for person in expected.present:
        assert person in people, person


def rsmf_custom(owner):
    """Names and values; the published schema wants both, and neither empty."""
    found = {}
    for one in owner.get("custom", []):
        assert one.keys() == {"name", "value"} and one["name"] and one["value"], one
        assert one["name"] not in found, one
        found[one["name"]] = one["value"]
    return found


def rsmf_present(manifest):
    (conversation,) = manifest["conversations"]
    found = []
    for one in manifest["participants"]:
        custom = rsmf_custom(one)
        email = one.get("email") or custom.get("actor_email", "")
        uri = one["account_id"]
        name = custom.get("actor_name", "")
        assert one["display"] == (name or uri)
        person = with_exact({"actor_uri": uri, "actor_email": email, "actor_name": name},
                            custom.get("base64", ""))
        if one["id"] in conversation["participants"]:
            found.append({name.removeprefix("actor_"): value for name, value in person.items()})
    return found


def rsmf_events(manifest):
    assert manifest.keys() == {"version", "eventcollectionid", "participants", "conversations",
                               "events"}
    assert manifest["version"] == "2.0.0"
    people = [one["id"] for one in manifest["participants"]]
    assert len(set(people)) == len(people) and all(people)
    (conversation,) = manifest["conversations"]
    assert conversation["id"] and conversation["platform"] and conversation["type"] == "channel"
    assert set(conversation["participants"]) <= set(people)
    rsmf_custom(conversation)
    events = []
    for one in manifest["events"]:
        fields = rsmf_custom(one)
        changed = fields.pop("base64", "")
        kind = fields["kind"]
        assert one["type"] == RSMF_TYPES.get(kind, "unknown"), one["type"]
        assert one["conversation"] == conversation["id"] and one["id"] == fields["event_id"]
        assert one.get("participant") in (people if fields.get("actor_uri") else [None])
        assert one.get("deleted", False) == (kind == "DELETE")
        assert ("edits" in one) == (kind == "EDIT" and "actor_uri" in fields)
        assert one["timestamp"] == fields["occurred_at"]
        if kind in ("FILEUPLOAD", "FILEDOWNLOAD"):
            assert one["body"] == fields.get("file_name", "")
        else:
            assert "content" not in fields
            fields["content"] = one["body"]
        events.append(with_exact({name: "" for name in TEXTS} | fields, changed))
    return events
