#!/usr/bin/env python3
"""Signs a store, exports it with proofs, and has both programs check the exports, as they are and
after every kind of change: mgc audit verify-export, and the one that an opposing party builds.

The latter is built here, alone and by the line that the document gives.

  proofs.py --mgc PROGRAM --verifier SOURCE --document FILE --log FILE
"""

import argparse
import contextlib
import csv
import json
import os
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

import deceits
import read_back


def verdicts(arguments, key, export):
    """The exit codes of both, which have to be the same, and what they print."""
    mine = subprocess.run([arguments.mgc, "audit", "verify-export", export, "--key", key],
                          capture_output=True, text=True)
    other = subprocess.run([arguments.verifier, export, key], capture_output=True, text=True)
    assert mine.returncode == other.returncode, (mine, other)
    return mine.returncode, mine.stdout + other.stdout + mine.stderr + other.stderr


def build_verifier(arguments, scratch):
    """As an opposing party does, who has one file of the sources."""
    document = pathlib.Path(arguments.document).read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^\$ (g\+\+ .*)$", document)
    assert len(lines) == 1, lines
    place = scratch / "opposing"
    place.mkdir()
    shutil.copy(arguments.verifier, place)
    assert len(pathlib.Path(arguments.verifier).read_text(encoding="utf-8").splitlines()) < 850
    subprocess.run(lines[0], shell=True, cwd=place, check=True)
    print(f"built by: {lines[0]}")
    return place / "verify_export"


def check_terminal(arguments, key, export, scratch):
    """What an export says cannot be a command for the terminal of who checks it."""
    copy = scratch / "terminal"
    shutil.copytree(export, copy)
    deceits.sums(copy, lambda manifest: manifest["files"].append(
        {"name": "proofs.tlog", "bytes": 1, "sha256": "", "more": ""}))
    (copy / "a\x1b[2Jb.csv").write_text("")
    code, said = verdicts(arguments, key, copy)
    assert code == 1 and "\x1b" not in said and "[2Jb.csv" in said, said


def check_no_manifest(arguments, key, export, scratch):
    """What is no export is said, and nothing of it is opened."""
    copy = scratch / "no-manifest"
    shutil.copytree(export, copy)
    for put in (pathlib.Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")):
        (copy / "manifest.json").unlink()
        put(copy / "manifest.json")
        code, said = verdicts(arguments, key, copy)
        assert code == 2, said
        if (copy / "manifest.json").is_dir():
            (copy / "manifest.json").rmdir()
            (copy / "manifest.json").touch()
    print("no manifest: said by both programs")


def check_deceits(arguments, key, exports, scratch):
    tried = 0
    for name, by_form in deceits.DECEITS.items():
        for form, change in by_form.items():
            copy = scratch / "copy"
            shutil.copytree(exports[form], copy)
            change(copy)
            code, said = verdicts(arguments, key, copy)
            assert code == 1, (name, form, said)
            shutil.rmtree(copy)
            tried += 1
    print(f"{tried} exports that deceive: each found by both programs")


def check_flipped_bits(arguments, key, export, scratch, places=40):
    chance = random.Random(1)
    copy = scratch / "flipped"
    shutil.copytree(export, copy)
    files = sorted(path for path in copy.iterdir())
    for _ in range(places):
        path = chance.choice(files)
        whole = bytearray(path.read_bytes())
        place = chance.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        code, said = verdicts(arguments, key, copy)
        assert code == 1, (path.name, place, said)
        path.write_bytes(whole)
    assert verdicts(arguments, key, copy)[0] == 0
    print(f"{places} flipped bits: each found by both programs")


def check_service(arguments, dsn, database, key, out):
    """--every: metrics while it runs, 0 after SIGTERM, and 1 when the ledger was changed."""
    command = [arguments.mgc, "audit", "checkpoint", "--mgccomp", dsn, "--key", key, "--out",
               str(out), "--every", "1"]
    service = subprocess.Popen([*command, "--metrics", "127.0.0.1:0"], stderr=subprocess.PIPE,
                               text=True)
    address = next(re.search(r"http://[\d.]+:\d+", line) for line in service.stderr
                   if "metrics" in line).group()
    deadline = time.monotonic() + 30
    while True:
        with urllib.request.urlopen(f"{address}/metrics") as page:
            text = page.read().decode()
        if 'mgc_checkpoint_number{lane="compliance"} 1' in text:
            break
        assert time.monotonic() < deadline, text
    for path in ("healthz", "readyz"):
        with urllib.request.urlopen(f"{address}/{path}") as answer:
            assert answer.status == 200
    service.send_signal(signal.SIGTERM)
    service.stderr.read()
    assert service.wait(30) == 0
    with sqlite3.connect(database) as store:
        store.execute("DELETE FROM pack WHERE block = (SELECT max(block) FROM block)")
        store.execute("DELETE FROM block WHERE block = (SELECT max(block) FROM block)")
    store.close()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "its end was cut off" in done.stdout, done
    done = subprocess.run([arguments.mgc, "audit", "verify", "--mgccomp", dsn, "--key",
                           f"{key}.pub", "--checkpoint", str(out)], capture_output=True, text=True)
    assert done.returncode == 1 and "its end was cut off" in done.stdout, done
    print("the service: signs, answers, ends with 0, and with 1 when an end was cut off")


def check_removed(arguments, scratch):
    """An export of all that is left is whole: events say what is not there any more."""
    scratch.mkdir()
    database = scratch / "mgccomp.db"
    dsn = f"sqlite3://db={database}"
    key = scratch / "key"
    read_back.mgc(arguments, "audit", "key", "new", key, "--name", "example.org/mgc")
    read_back.mgc(arguments, "db", "init", dsn)
    retention = [arguments.mgc, "audit", "retention", "--mgccomp", dsn, "--before", "2030-01-01",
                 "--wait", "0"]
    with read_back.running_queue(arguments, scratch) as broker:
        read_back.mgc(arguments, "node", "replay", arguments.log[0], "--outbox", scratch / "outbox",
                      "--node", "n", "--linger", 60, *broker)
        consume = ("consume", "--mgccomp", dsn, "--segment-events", 500,
                   "--batch-events-max", 200, "--until-idle", 2, *broker)
        read_back.mgc(arguments, *consume)
        waits = subprocess.run(retention, capture_output=True, text=True)
        assert waits.returncode == 1 and "waits" in waits.stdout, waits
        read_back.mgc(arguments, *consume)
        subprocess.run(retention, check=True, capture_output=True)
    read_back.mgc(arguments, "audit", "checkpoint", "--mgccomp", dsn, "--key", key, "--out",
                  scratch / "kept")
    export = scratch / "export"
    read_back.mgc(arguments, "audit", "export", "--mgccomp", dsn, "--out", export, "--duties",
                  "--proofs", "--checkpoint", scratch / "kept")
    code, said = verdicts(arguments, f"{key}.pub", export)
    with contextlib.closing(sqlite3.connect(database)) as store:
        removed = store.execute("SELECT sum(last_event_id + 1 - first_event_id) FROM segment"
                                " WHERE removed_at IS NOT NULL").fetchone()[0]
    assert code == 0 and removed >= 500, (removed, said)
    assert f"{removed:,} more events were removed" in said, said
    assert f"{removed} more removed, as events say" in said, said
    rows = (export / "events.jsonl").read_text(encoding="utf-8").splitlines()
    says = next(i for i, row in enumerate(rows) if json.loads(row)["kind"] == "REMOVAL")
    without = deceits.with_proofs(lambda p: p[:says] + p[says + 1:],
                                  lambda r: r[:says] + r[says + 1:])
    without(export)
    code, said = verdicts(arguments, f"{key}.pub", export)
    assert code == 1 and said.count("its query leaves nothing out") == 2, said
    print(f"{removed} removed events: none is missed while an event says so")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--mgc", "--verifier", "--document"):
        parser.add_argument(name, required=True)
    parser.add_argument("--log", nargs="+", required=True)
    arguments = parser.parse_args(argv[1:])
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        arguments.verifier = build_verifier(arguments, scratch)
        dsn = read_back.make_store(arguments, scratch)
        read_back.mgc(arguments, "audit", "key", "new", scratch / "key", "--name",
                      "example.org/mgc")
        key, kept = scratch / "key.pub", scratch / "kept"
        read_back.mgc(arguments, "audit", "checkpoint", "--mgccomp", dsn, "--key", scratch / "key",
                      "--out", kept)
        said = read_back.mgc(arguments, "audit", "verify", "--mgccomp", dsn, "--key", key,
                             "--checkpoint", kept)
        assert said.startswith("verified: "), said
        exports = {}
        for form in ("jsonl", "csv", "lync-xml", "globalrelay-eml"):
            exports[form] = scratch / form
            read_back.mgc(arguments, "audit", "export", "--mgccomp", dsn, "--format", form, "--out",
                          exports[form], "--duties", "--proofs", "--checkpoint", kept)
            code, said = verdicts(arguments, key, exports[form])
            assert code == 0, said
            manifest = json.loads((exports[form] / "manifest.json").read_text(encoding="utf-8"))
            assert len(deceits.proofs_of(exports[form])) == manifest["events"] > 1000
            print(f"{form}: {manifest['events']} events proven")
        check_deceits(arguments, key, exports, scratch)
        check_no_manifest(arguments, key, exports["csv"], scratch)
        check_terminal(arguments, key, exports["csv"], scratch)
        check_flipped_bits(arguments, key, exports["jsonl"], scratch)
        check_removed(arguments, scratch / "removed")
        check_service(arguments, dsn, scratch / "mgccomp.db", scratch / "key", scratch / "other")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
