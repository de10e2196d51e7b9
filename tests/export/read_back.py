#!/usr/bin/env python3
"""Exports a store in each format and reads it back with what this project did not write.

  read_back.py --mgc PROGRAM --log FILE...

The store is of a real log and of posts that are made to be misread. What each format gives back has
to be what `mgc audit search` shows; an export that is done again has the same bytes.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

HOSTILE = ["=HYPERLINK(\"http://example.org\")", "+1", "-1+2", "@SUM(A1)", "\t=1", "  =1", "'=1",
           "'tis", "a,b;c\"d\"", "two\r\nlines",
           "I did\nnot do it", "\x1b]0;title\x07", "\u202egnp.exe", "nul\0nul",
           "<b>&amp;</b>", "../../etc/passwd", "\u2028", "x" * 60_000,
           ("long word " * 104_858)[:1 << 20]]
SECRET = "the password is swordfish"


def read_arguments(argv, what):
    parser = argparse.ArgumentParser(description=what.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--log", required=True, nargs="+")
    return parser.parse_args(argv[1:])


def mgc(arguments, *command):
    done = subprocess.run([arguments.mgc, *map(str, command)], check=True, capture_output=True,
                          text=True)
    return done.stdout


def redact(arguments, store, consume):
    """Two people take SECRET away. The test is one, so who asked is made another one before the
    ledger says who it was."""
    dsn = f"sqlite3://db={store}"
    hits = searched(arguments, dsn, "--word", "swordfish")
    assert [hit["content"] for hit in hits] == [SECRET], hits
    asked = json.loads(mgc(arguments, "audit", "redact", "request", hits[0]["event_id"], "--reason",
                           "named by mistake", "--mgccomp", dsn, "--json"))["request"]
    with contextlib.closing(sqlite3.connect(store)) as other, other:
        other.execute("UPDATE redaction SET os_user = 'anna'")
    approve = ["audit", "redact", "approve", asked, "--mgccomp", dsn, "--wait", 0]
    waits = subprocess.run([arguments.mgc, *map(str, approve)], capture_output=True, text=True)
    assert waits.returncode == 1, "nothing goes before the ledger says so: " + waits.stderr
    consume()
    mgc(arguments, *approve)
    mgc(arguments, "audit", "verify", "--mgccomp", dsn)


@contextlib.contextmanager
def running_queue(arguments, scratch):
    """The flags that name a queue, which runs meanwhile."""
    queue = subprocess.Popen([arguments.mgc, "queue", "--listen", "127.0.0.1:0", "--store",
                              str(scratch / "queue.db")], stderr=subprocess.PIPE, text=True)
    try:
        said = next(line for line in queue.stderr if "queue on" in line)
        port = said.split(":")[-1].split(",")[0]
        yield ["--broker", f"amqp://127.0.0.1:{port}"]
    finally:
        queue.terminate()
        queue.communicate()


def make_store(arguments, scratch, more=(), redacts=True):
    """The log, posts of HOSTILE, a post that may be redacted, and `more` statements as a JSON lines
    log has them."""
    posts = scratch / "posts.jsonl"
    with posts.open("w", encoding="utf-8") as out:
        for second, content in enumerate([*HOSTILE, SECRET]):
            out.write(json.dumps({"kind": "CHAT", "time": f"2020-01-01T00:00:{second:02}Z",
                                  "room": "#room", "actor": "=cmd|' /C calc'!A0",
                                  "content": content}) + "\n")
        out.writelines(json.dumps(statement) + "\n" for statement in more)
    outbox, store = scratch / "outbox", scratch / "mgccomp.db"
    with running_queue(arguments, scratch) as broker:
        mgc(arguments, "db", "init", f"sqlite3://db={store}")
        mgc(arguments, "node", "replay", *arguments.log, posts, "--outbox", outbox, "--node", "n",
            "--linger", 60, *broker)
        def consume():
            mgc(arguments, "consume", "--mgccomp", f"sqlite3://db={store}", "--until-idle", 1,
                *broker)
        consume()
        if redacts:
            redact(arguments, store, consume)
    return f"sqlite3://db={store}"


def searched(arguments, dsn, *query):
    hits, after = [], []
    while True:
        page = json.loads(mgc(arguments, "audit", "search", "--mgccomp", dsn, "--limit", 5000,
                              "--json", *query, *after))
        hits += page["hits"]
        if page["next"] is None:
            return hits
        after = ["--after", page["next"]]


def stored(arguments, dsn):
    """All that make_store() recorded, with what it redacted."""
    hits = searched(arguments, dsn)
    check_redacted(hits)
    return hits


def check_redacted(hits):
    said = [hit["content"] for hit in hits if SECRET in hit["content"] or "REDACTED" in
            hit["content"]]
    assert len(said) == 1, said
    assert re.fullmatch(r"REDACTED: named by mistake \(redaction 1, asked for by anna, approved by "
                        r".+; leaf [0-9a-f]{64}\)", said[0]), said


def exported(arguments, dsn, form, out):
    said = json.loads(mgc(arguments, "audit", "export", "--mgccomp", dsn, "--format", form, "--out",
                          out, "--json"))
    file, manifest = pathlib.Path(said["file"]), json.loads((out / "manifest.json").read_text())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert manifest["files"] == [{"name": file.name, "bytes": file.stat().st_size,
                                  "sha256": digest}], manifest
    return file


def read_jsonl(file):
    with file.open(encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def read_csv(file):
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, strict=True))
    for row in rows:
        for name, cell in row.items():
            assert cell.lstrip()[:1] not in ("=", "+", "-", "@"), (name, cell)
            row[name] = cell[1:] if cell.startswith("'") else cell
    return rows


def as_cells(hit):
    return {name: "" if value is None else str(value) for name, value in hit.items()
            if name not in ("synthetic", "imported")}


def main(argv):
    arguments = read_arguments(argv, __doc__)
    csv.field_size_limit(1 << 30)
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        dsn = make_store(arguments, scratch)
        hits = stored(arguments, dsn)
        contents = [hit["content"] for hit in hits]
        missing = [one for one in HOSTILE if one not in contents]
        assert not missing, [one[:100] for one in missing]
        cells = [as_cells(hit) for hit in hits]
        for form, read, expected in (("jsonl", read_jsonl, hits),
                                     ("csv", read_csv, cells)):
            first = exported(arguments, dsn, form, scratch / form)
            again = exported(arguments, dsn, form, scratch / f"{form}-again")
            assert first.read_bytes() == again.read_bytes(), form
            back = read(first)
            wrong = [pair for pair in zip(back, expected, strict=True) if pair[0] != pair[1]]
            assert not wrong, wrong[0]
            print(f"{form}: {len(back)} events read back as they are stored")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
