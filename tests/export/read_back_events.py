"""What was in a slice, and how what a format gives back is compared with it."""

import base64
import datetime
import json

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
        assert "\ufffd" in fields.get(name, "\ufffd"), (name, fields[name][:80])
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
