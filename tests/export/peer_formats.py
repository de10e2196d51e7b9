#!/usr/bin/env python3
"""Exports a store with `mgc audit export` in each format of several files, and reads it back.

  peer_formats.py --mgc PROGRAM --log FILE...

The readers are those of formats_read_back.py; here they get what the program wrote of a real log,
and compare it with what `mgc audit search` shows.
"""

import csv
import hashlib
import json
import pathlib
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


def main(argv):
    arguments = read_arguments(argv, __doc__)
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        dsn = make_store(arguments, scratch)
        hits = stored(arguments, dsn)
        told = scratch / "told"
        told.mkdir()
        (told / "slice.json").write_text(json.dumps({"events": hits, "present": []}))
        for form, read in FORMATS.items():
            files, events = exported(arguments, dsn, form, scratch / form)
            assert events == len(hits), (form, events, len(hits))
            again, _ = exported(arguments, dsn, form, scratch / f"{form}-again")
            assert files == again, f"{form} has other bytes when it is exported again"
            (scratch / form / "manifest.json").unlink()
            read(scratch / form, Slice(told))
            shutil.rmtree(scratch / form)
            print(f"{form}: {events} events read back as they are stored")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
