"""Reads mattermost-csv back."""

import csv
import json

from read_back_events import compare, milliseconds, with_exact

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
