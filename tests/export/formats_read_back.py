#!/usr/bin/env python3
"""Reads the export formats back with the standard library, which this project did not write.

  formats_read_back.py --writer PROGRAM [--random SLICES]

PROGRAM writes slices of ordinary events and of events that are made to be misread. Each event has
to be in each format once, with every field byte for byte; the same slice has the same files in
another time zone and another language.
"""

import argparse
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from read_back_actiance import read_actiance_xml
from read_back_edrm import read_edrm_xml
from read_back_events import Slice
from read_back_globalrelay import read_globalrelay_eml
from read_back_mattermost import read_mattermost_csv
from read_back_rsmf import read_rsmf

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
FORMATS = {"actiance-xml": read_actiance_xml, "edrm-xml": read_edrm_xml,
           "globalrelay-eml": read_globalrelay_eml, "mattermost-csv": read_mattermost_csv,
           "rsmf": read_rsmf}


def written(arguments, out, **environment):
    subprocess.run([arguments.writer, str(out), str(arguments.random)], check=True,
                   env=os.environ | environment)
    return {str(file.relative_to(out)): file.read_bytes()
            for file in sorted(out.rglob("*")) if file.is_file()}


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--writer", required=True)
    parser.add_argument("--random", type=int, default=5, help="how many slices are random")
    arguments = parser.parse_args(argv[1:])
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        files = written(arguments, scratch / "a", TZ="UTC", LC_ALL="C")
        again = written(arguments, scratch / "b", TZ="Asia/Tokyo", LC_ALL="C.UTF-8")
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
