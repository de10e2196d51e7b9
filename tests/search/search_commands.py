#!/usr/bin/env python3
"""Runs `mgc audit search` and `mgc audit room` as an auditor does, over a real log and bad posts.

  search_commands.py --mgc PROGRAM --log FILE

What a search has to find is found by reading all events once.
"""

import argparse
import csv
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

POSTS = [("2020-01-01T00:00:01Z", "JOIN", "anna", ""),
         ("2020-01-01T00:00:02Z", "CHAT", "anna", "=HYPERLINK(\"http://example.org\") zebra"),
         ("2020-01-01T00:00:03Z", "JOIN", "bob", ""),
         ("2020-01-01T00:00:04Z", "CHAT", "bob", "\x1b]0;title\x07 zebra \u202egnp.exe \u009b31m"),
         ("2020-01-01T00:00:05Z", "CHAT", "anna", "two\r\nlines, nul\0nul, the zebra crossing"),
         ("2020-01-01T00:00:06Z", "PART", "anna", ""),
         ("2020-01-01T00:00:07Z", "CHAT", "bob", "x" * 60_000)]
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Auditor:
    def __init__(self, program, dsn, scratch):
        self.program, self.dsn, self.scratch = program, dsn, scratch

    def run(self, name, *command, code=0):
        done = subprocess.run([self.program, "audit", name, "--mgccomp", self.dsn,
                               *map(str, command)], capture_output=True, timeout=60)
        assert done.returncode == code, (command, done.returncode, done.stderr)
        assert OBEYED.search(done.stderr.decode()) is None, done.stderr
        return done

    def search(self, *command, limit=50_000):
        return json.loads(self.run("search", "--json", "--limit", limit, *command).stdout)

    def refused(self, why, *command):
        done = self.run(*command, code=2)
        assert why in done.stderr.decode(), done.stderr
        assert not done.stdout, done.stdout

    def ids(self, *command):
        return [hit["event_id"] for hit in self.search(*command)["hits"]]


def make_store(program, log, scratch):
    posts = scratch / "posts.jsonl"
    with posts.open("w", encoding="utf-8") as out:
        for time, kind, actor, content in POSTS:
            out.write(json.dumps({"kind": kind, "time": time, "room": "#room", "actor": actor,
                                  "content": content}) + "\n")
    queue = subprocess.Popen([program, "queue", "--listen", "127.0.0.1:0", "--store",
                              str(scratch / "queue.db")], stderr=subprocess.PIPE, text=True)
    dsn = f"sqlite3://db={scratch / 'mgccomp.db'}"
    try:
        said = next(line for line in queue.stderr if "queue on" in line)
        broker = ["--broker", "amqp://127.0.0.1:" + said.split(":")[-1].split(",")[0]]
        for command in (["db", "init", dsn],
                        ["node", "replay", log, posts, "--outbox", scratch / "outbox", "--node",
                         "n", "--linger", 60, *broker],
                        ["consume", "--mgccomp", dsn, "--until-idle", 1, *broker]):
            subprocess.run([program, *map(str, command)], check=True, capture_output=True)
    finally:
        queue.terminate()
        queue.communicate()
    return dsn


def check_queries(auditor, events):
    def expected(holds):
        return [event["event_id"] for event in events
                if holds(re.findall(r"[0-9a-z]+", event["content"].lower()), event)]

    def phrase(words, *sought):
        return any(tuple(words[i:i + len(sought)]) == sought for i in range(len(words)))

    assert expected(lambda words, _: "the" in words), "the log is worth searching"
    cases = {
        "the you": lambda words, _: "the" in words and "you" in words,
        '"the zebra"': lambda words, _: phrase(words, "the", "zebra"),
        "ubun*": lambda words, _: any(word.startswith("ubun") for word in words),
        "the -you": lambda words, _: "the" in words and "you" not in words,
        "NOT the": lambda words, _: "the" not in words,
        "zebra OR ubuntu": lambda words, _: "zebra" in words or "ubuntu" in words,
        "(how OR why) -(to OR is)": lambda words, _: ("how" in words or "why" in words)
                                    and "to" not in words and "is" not in words,
    }
    for query, holds in cases.items():
        assert auditor.ids(query) == expected(holds), query
        assert auditor.ids("--query", query) == expected(holds), query
    without = expected(lambda words, event: "the" not in words and event["kind"] == "CHAT")
    assert auditor.ids("--kind", "CHAT", "--", "-the") == without
    assert auditor.ids("--kind", "CHAT", "--query=-the") == without
    assert auditor.ids("--kind", "CHAT", "NOT the") == without
    assert auditor.ids("--word", "the", "you") == auditor.ids("the you")
    assert auditor.ids("--node", "n") == [event["event_id"] for event in events]
    assert auditor.ids("--node", "m") == []
    assert auditor.ids("--file-name", "pdf") == auditor.ids("--file-sha256", "aB" * 32) == []
    joined = [event["event_id"] for event in events if event["kind"] in ("JOIN", "PART")]
    assert auditor.ids("--kind", "JOIN", "--kind", "part") == joined


def check_refusals(auditor):
    for query, why in ((" ", "a word or phrase is wanted"), ("", "TEXT missing"),
                       ('""', "a letter or digit is wanted"),
                       ('"a', "quotation mark is not closed"), ("(a", "is not closed"),
                       ("a OR b c", "put one of them into parentheses"),
                       ("k*l", "* stands at the end"), (b"caf\xe9", "not UTF-8"),
                       ("a " * 65, "at most 64 terms"), ("(" * 100, "at most 16 levels"),
                       ("x" * 100_000, "at most 4096 are wanted"),
                       ("\x1b[2J*\u202e", "* stands at the end")):
        done = subprocess.run([auditor.program, "audit", "search", "--mgccomp", auditor.dsn,
                               b"--query=" + (query if isinstance(query, bytes)
                                              else query.encode())], capture_output=True)
        shown = done.stderr.decode()
        assert done.returncode == 2 and why in shown and not done.stdout, (query[:99], done)
        assert OBEYED.search(shown) is None and len(shown) < 300, shown
    # More than a command line takes comes from a file of settings.
    for query, why in (("a " * 100_000, b"at most 4096 are wanted"),
                       ("(" * 2**20, b"at most 262144 are allowed")):
        settings = auditor.scratch / "mgc.toml"
        settings.write_text(f"[audit.search]\nquery = \"{query}\"\n")
        done = subprocess.run([auditor.program, "--config", str(settings), "audit", "search",
                               "--mgccomp", auditor.dsn], capture_output=True, timeout=60)
        assert done.returncode == 2 and why in done.stderr, done.stderr[:300]
    auditor.refused("--room: it is empty", "search", "--room", "")
    auditor.refused("64 hexadecimal digits", "search", "--file-sha256", "0x" + "a" * 62)
    auditor.refused("64 hexadecimal digits", "search", "--file-sha256", "a" * 63)
    auditor.refused("at most 64 are wanted", "search", *["--word", "a"] * 65)
    auditor.refused("at most 100000 are shown", "search", "--limit", 100_000, "--context", 1)
    auditor.refused("has no place for --context", "search", "--format", "csv", "--context", 1)


def check_formats(auditor):
    for form in ("transcript", "table", "jsonl"):
        for more in ([], ["--context", 2]):
            shown = auditor.run("search", "zebra", "--format", form, *more).stdout.decode()
            assert OBEYED.search(shown) is None, (form, shown)
            assert "zebra" in shown, shown
    hits = auditor.search("zebra")["hits"]
    assert [hit["content"] for hit in hits] == [POSTS[place][3] for place in (1, 3, 4)]
    lines = auditor.run("search", "zebra", "--format", "jsonl").stdout.decode()
    assert [json.loads(line) for line in lines.splitlines()] == hits
    sheet = auditor.run("search", "zebra", "--format", "csv").stdout.decode()
    rows = list(csv.DictReader(io.StringIO(sheet, newline=""), strict=True))
    assert [row["content"].lstrip("'") for row in rows] == [hit["content"] for hit in hits]
    assert rows[0]["content"].startswith("'="), rows[0]
    transcript = auditor.run("search", "crossing", "--context", 1).stdout.decode()
    marks = [line[:2] for line in transcript.splitlines()]
    assert marks == ["  ", "> ", "  ", "1 "], transcript


def check_pages(auditor):
    found, after = [], []
    while True:
        page = auditor.search("--context", 1, "ubuntu OR zebra", *after, limit=7)
        found += [hit["event_id"] for hit in page["hits"]]
        marked = {event["event_id"] for group in page["context"] for event in group["events"]
                  if event["hit"]}
        assert marked == {hit["event_id"] for hit in page["hits"]}, page["context"]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert found == auditor.ids("ubuntu OR zebra") and len(found) > 20, len(found)


def check_export(auditor):
    query = ["ubuntu OR zebra", "--node", "n", "--kind", "CHAT"]
    out = auditor.scratch / "export"
    auditor.run("export", "--out", out, *query)
    lines = (out / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == auditor.search(*query)["hits"]
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["query"] == {"content": "ubuntu OR zebra", "node": "n", "kinds": ["CHAT"]}
    auditor.refused("QUERY: ", "export", "--out", auditor.scratch / "none", "(")


def check_room(auditor):
    def present(time):
        document = json.loads(auditor.run("room", "#room", "--at", time, "--json").stdout)
        return [person["name"] for person in document["present"]]

    assert present("2020-01-01T00:00:00Z") == []
    assert present("2020-01-01T00:00:04Z") == ["anna", "bob"]
    assert present("2020-01-02") == ["bob"]
    text = auditor.run("room", "#room", "--at", "2020-01-02").stdout.decode()
    assert ": 1 people\n" in text and "bob" in text and "note: " in text, text
    first = auditor.ids("--room", "#room", "--kind", "CHAT")[0]
    document = json.loads(auditor.run("room", "#room", "--saw", first, "--json").stdout)
    assert [person["name"] for person in document["present"]] == ["anna"], document
    assert [person["name"] for person in document["joined_later"]] == ["bob"], document
    assert document["event"]["event_id"] == first, document
    text = auditor.run("room", "#room", "--saw", first).stdout.decode()
    assert "1 others joined later" in text and OBEYED.search(text) is None, text
    auditor.refused("--at TIME or --saw EVENT_ID", "room", "#room")
    auditor.refused("no event came from a room", "room", "#\x1b[2J", "--at", "2020-01-01")
    auditor.refused("YYYY-MM-DD", "room", "#room", "--at", "yesterday")
    auditor.refused("there is no event", "room", "#room", "--saw", 2**62)


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--log", required=True)
    arguments = parser.parse_args(argv[1:])
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        auditor = Auditor(arguments.mgc, make_store(arguments.mgc, arguments.log, scratch), scratch)
        events = auditor.search()["hits"]
        check_queries(auditor, events)
        check_refusals(auditor)
        check_formats(auditor)
        check_pages(auditor)
        check_export(auditor)
        check_room(auditor)
        print(f"{len(events)} events searched")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
