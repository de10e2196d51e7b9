#!/usr/bin/env python3
"""Signs a store, exports it with proofs, and has both programs check the exports, as they are and
after every kind of change: mgc audit verify-export, and the one that an opposing party builds.

The latter is built here, alone and by the line that the document gives.

  proofs.py --mgc PROGRAM --verifier SOURCE --document FILE --log FILE
"""

import argparse
import contextlib
import csv
import hashlib
import json
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
    assert len(pathlib.Path(arguments.verifier).read_text(encoding="utf-8").splitlines()) < 750
    subprocess.run(lines[0], shell=True, cwd=place, check=True)
    print(f"built by: {lines[0]}")
    return place / "verify_export"


def sums(export, change=lambda manifest: None):
    """Makes every sum that of what is there now, as somebody does who wants to deceive."""
    path = export / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    for file in manifest["files"]:
        content = (export / file["name"]).read_bytes()
        file["bytes"], file["sha256"] = len(content), hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
                    encoding="utf-8")
    (export / "manifest.json.sha256").write_text(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  manifest.json\n")


def replaced(name, old, new):
    def change(export):
        content = (export / name).read_bytes()
        assert old in content, (name, old)
        (export / name).write_bytes(content.replace(old, new, 1))
        sums(export)
    return change


def set_in_manifest(*keys, value):
    def change(export):
        def put(manifest):
            for key in keys[:-1]:
                manifest = manifest[key]
            manifest[keys[-1]] = value
        sums(export, put)
    return change


def proofs_of(export):
    text = (export / "proofs.tlog").read_text(encoding="utf-8")
    return re.split(r"(?m)^(?=c2sp\.org/tlog-proof@v1$)", text)[1:]


def with_proofs(make, rows=None):
    """Other proofs, and other lines of the rows; the rest of the export agrees with them."""
    def change(export):
        proofs = make(proofs_of(export))
        (export / "proofs.tlog").write_text("".join(proofs), encoding="utf-8")
        path = export / "events.jsonl"
        if rows and path.exists():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(rows(lines)), encoding="utf-8")
        sums(export, lambda manifest: manifest.update(events=len(proofs)))
    return change


def reverse(path):
    """Other bytes of the same size."""
    path.write_bytes(path.read_bytes()[::-1])


def cut_last_byte(export, name):
    path = export / name
    path.write_bytes(path.read_bytes()[:-1])
    sums(export)


def named_beside_the_rows(export):
    (export / "events.html").write_text("another story")
    sums(export, lambda manifest: manifest["files"].append({"name": "events.html"}))


def with_content_twice(export):
    """Most readers believe the first; the true one is far to the right."""
    path = export / "events.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.reader(lines))
    place = rows[0].index("content")
    rows = [rows[0] + ["content"],
            *(row[:place] + ["forged"] + row[place + 1:] + [row[place]] for row in rows[1:])]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\r\n").writerows(rows)
    sums(export)


def nested(export):
    """So many that who walks through them recursively runs out of stack."""
    path = export / "events.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("[" * 300_000 + "]" * 300_000 + "\n" + "".join(lines[1:]), encoding="utf-8")
    sums(export)


DECEITS = {
    "another word": {"jsonl": replaced("events.jsonl", b'"content":"+1"', b'"content":"+2"'),
                     "csv": replaced("events.csv", b",'+1,", b",'+2,")},
    "another actor": {"jsonl": replaced("events.jsonl", b"=cmd|", b"=dir|"),
                      "csv": replaced("events.csv", b"'=cmd|", b"'=dir|")},
    "another sequence": {"jsonl": replaced("events.jsonl", b'"sequence":3,', b'"sequence":4,')},
    "another time of storing": {
        "jsonl": replaced("events.jsonl", b'"received_at":"2', b'"received_at":"1')},
    "another name for a column": {"jsonl": replaced("events.jsonl", b'"room_uri"', b'"room_urI"')},
    "a column twice": {"jsonl": replaced("events.jsonl", b'{"actor_email"',
                                         b'{"content":"x","actor_email"')},
    "an event left out": {"jsonl": with_proofs(lambda p: p[:5] + p[6:], lambda r: r[:5] + r[6:])},
    "an event twice": {"jsonl": with_proofs(lambda p: p[:6] + p[5:], lambda r: r[:6] + r[5:])},
    "two events exchanged": {"jsonl": with_proofs(lambda p: p[1::-1] + p[2:],
                                                  lambda r: r[1::-1] + r[2:])},
    "a row without a proof": {"jsonl": with_proofs(lambda p: p[:-1])},
    "a proof without a row": {"jsonl": with_proofs(lambda p: p, lambda r: r[:-1])},
    "no proof at all": {"jsonl": with_proofs(lambda p: [], lambda r: [])},
    "no line between two proofs": {"jsonl": replaced("proofs.tlog", b"\n\nc2sp.org/tlog-proof",
                                                     b"\nc2sp.org/tlog-proof")},
    "a line without an end": {"jsonl": lambda export: cut_last_byte(export, "events.jsonl"),
                              "csv": lambda export: cut_last_byte(export, "proofs.tlog")},
    "the place of another": {"jsonl": replaced("proofs.tlog", b"\nindex 7\n", b"\nindex 8\n")},
    "more events than there are": {"csv": set_in_manifest("events", value=1)},
    "another sequence covered": {"csv": set_in_manifest("coverage", 0, "last_sequence", value=1)},
    "a node that is not there": {"csv": set_in_manifest("coverage", 0, "node", value="x")},
    "another lane": {"csv": set_in_manifest("ledger", 0, "lane", value="x")},
    "another end": {"csv": set_in_manifest("ledger", 0, "events", value=1)},
    "another block": {"csv": set_in_manifest("ledger", 0, "block", value=9999)},
    "no checkpoint": {"csv": set_in_manifest("checkpoints", value=[])},
    "another version": {"csv": set_in_manifest("manifest", value=2)},
    "a file elsewhere": {"csv": lambda export: (export / "manifest.json").write_text(
        (export / "manifest.json").read_text().replace('"events.csv"', '"../events.csv"'))},
    "one more file": {"csv": lambda export: (export / "more.csv").write_text("1"),
                      "lync-xml": lambda export: (export / "more.xml").write_text("<x/>")},
    "one more file that is named": {"csv": named_beside_the_rows},
    "a link to elsewhere": {"csv": lambda export: (export / "attachments").symlink_to("..")},
    "a column twice in a table": {"csv": with_content_twice},
    "a number that is not whole": {"jsonl": replaced("events.jsonl", b'"chat_id":1,',
                                                     b'"chat_id":1.0,')},
    "values within values": {"jsonl": nested},
    "another format": {"jsonl": set_in_manifest("format", value="rsmf")},
    "nothing signed": {"jsonl": lambda export: sums(export, lambda manifest: manifest.update(
        ledger=[], checkpoints=[]))},
    "a mail changed": {"globalrelay-eml": lambda export: reverse(max(export.rglob("*.eml")))},
    "a file removed": {"csv": lambda export: (export / "events.csv").unlink()},
    "the sum removed": {"csv": lambda export: (export / "manifest.json.sha256").write_text("")},
}


def check_terminal(arguments, key, export, scratch):
    """What an export says cannot be a command for the terminal of who checks it."""
    copy = scratch / "terminal"
    shutil.copytree(export, copy)
    sums(copy, lambda manifest: manifest["files"].append(
        {"name": "proofs.tlog", "bytes": 1, "sha256": "", "more": ""}))
    (copy / "a\x1b[2Jb.csv").write_text("")
    code, said = verdicts(arguments, key, copy)
    assert code == 1 and "\x1b" not in said and "[2Jb.csv" in said, said


def check_deceits(arguments, key, exports, scratch):
    tried = 0
    for name, by_form in DECEITS.items():
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
    with_proofs(lambda p: p[:says] + p[says + 1:], lambda r: r[:says] + r[says + 1:])(export)
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
            assert len(proofs_of(exports[form])) == manifest["events"] > 1000
            print(f"{form}: {manifest['events']} events proven")
        check_deceits(arguments, key, exports, scratch)
        check_terminal(arguments, key, exports["csv"], scratch)
        check_flipped_bits(arguments, key, exports["jsonl"], scratch)
        check_removed(arguments, scratch / "removed")
        check_service(arguments, dsn, scratch / "mgccomp.db", scratch / "key", scratch / "other")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
