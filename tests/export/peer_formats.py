#!/usr/bin/env python3
"""Exports a store with `mgc audit export` in each format of several files, and reads it back.

  peer_formats.py --mgc PROGRAM --log FILE...

The readers are those of formats_read_back.py; here they get what the program wrote of a real log,
and compare it with what `mgc audit search` shows.
"""

import copy
import csv
import hashlib
import json
import pathlib
import re
import shutil
import sys
import tempfile

from formats_read_back import FORMATS, NAME
from read_back import make_store, mgc, read_arguments, stored
from read_back_events import Slice


def exported(arguments, dsn, form, out):
    """What is in the files that the manifest names; there are no others."""
    said = json.loads(mgc(arguments, "audit", "export", "--mgccomp", dsn, "--format", form, "--out",
                          out, "--json"))
    manifest = json.loads((out / "manifest.json").read_text())
    assert said["events"] == manifest["events"], (said, manifest)
    files = {}
    for one in manifest["files"]:
        assert NAME.fullmatch(one["name"]), one
        content = (out / one["name"]).read_bytes()
        assert len(content) == one["bytes"], one
        assert hashlib.sha256(content).hexdigest() == one["sha256"], one
        files[one["name"]] = content
    there = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    assert there == {"manifest.json", *files}, there
    return files, said["events"]


def present_before(hits):
    """Who is in which room before each event, as JOIN and PART tell; the same object each time."""
    rooms = {}
    for hit in hits:
        yield hit, rooms
        there = rooms.setdefault(hit["room_uri"], {})
        if hit["kind"] == "JOIN":
            there.setdefault(hit["actor_uri"], {"uri": hit["actor_uri"], "name": hit["actor_name"],
                                                "email": hit["actor_email"]})
        elif hit["kind"] == "PART":
            there.pop(hit["actor_uri"], None)


def slices_of(hits, numbers):
    """What the slices have to hold that begin at these event ids."""
    told, inside = [], {}
    for hit, rooms in present_before(hits):
        if len(told) < len(numbers) and hit["event_id"] >= numbers[len(told)]:
            inside = copy.deepcopy(rooms)
            told.append({"events": [], "present": []})
        told[-1]["events"].append(hit)
        people = inside.pop(hit["room_uri"], {})
        told[-1]["present"] += [{"room": hit["room_uri"], **one} for one in people.values()]
    return told


def read_slices(folder, read, hits):
    """Each slice has one file or folder of its own, whose name says where it begins."""
    (folder / "manifest.json").unlink()
    entries = sorted(folder.iterdir())
    numbers = [int(re.fullmatch(r"[0-9a-f]{16}-(\d{12})(\..*)?", one.name)[1]) for one in entries]
    for entry, told in zip(entries, slices_of(hits, numbers), strict=True):
        alone = folder / "alone"
        alone.mkdir()
        entry.rename(alone / entry.name)
        (folder / "slice.json").write_text(json.dumps(told))
        read(alone, Slice(folder))
        shutil.rmtree(alone)


def main(argv):
    arguments = read_arguments(argv, __doc__)
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        dsn = make_store(arguments, scratch)
        hits = stored(arguments, dsn)
        for form, read in FORMATS.items():
            files, events = exported(arguments, dsn, form, scratch / form)
            assert events == len(hits), (form, events, len(hits))
            again, _ = exported(arguments, dsn, form, scratch / f"{form}-again")
            assert files == again, f"{form} has other bytes when it is exported again"
            read_slices(scratch / form, read, hits)
            shutil.rmtree(scratch / form)
            shutil.rmtree(scratch / f"{form}-again")
            print(f"{form}: {events} events read back as they are stored")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
