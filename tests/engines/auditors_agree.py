#!/usr/bin/env python3
"""Asks the same store on SQLite, PostgreSQL and MariaDB the same questions, and exports each.

  auditors_agree.py --mgc PROGRAM --copy PROGRAM --servers FILE [--segment EVENTS] [--forms F,...]
                    LOG...

The logs and posts that are made to be misread are recorded through the pipeline into SQLite, and
that store is copied, block for block, to each engine. A search has to answer the same, byte for
byte, an export in each format has to have the same files, and verify has to find nothing. What a
word has to find is found by reading every event.
"""

import argparse
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "servers"), str(ROOT / "tests" / "export")]
import reach  # noqa: E402  (of the two folders above, as the next)
import read_back  # noqa: E402

FORMS = ["jsonl", "csv", "lync-xml", "actiance-xml", "globalrelay-eml", "mattermost-csv", "rsmf",
         "edrm-xml"]
ROOM_LIMIT = ["--limit", 50_000]


def words_of(content):
    return re.findall(r"[0-9a-z]+", content.lower()) if content.isascii() else None


def searches(hits):
    """Flags of searches, and what each has to find where that is known."""
    places, phrases, people, rooms = collections.defaultdict(list), [], {}, {}
    for hit in hits:
        words = words_of(hit["content"] or "")
        for word in set(words or ()):
            places[word].append(hit["event_id"])
        if words and len(words) > 4 and hit["event_id"] % 997 == 0:
            phrases.append((words[1:4], hit["event_id"]))
        people[hit["actor_uri"]], rooms[hit["room_uri"]] = hit, hit
    chosen = sorted(places)[::max(1, len(places) // 40)]
    for word in chosen:
        yield [word, *ROOM_LIMIT], places[word]
    for words, place in phrases[:40]:
        yield [f'"{" ".join(words)}"', *ROOM_LIMIT], [place]
        yield [f"{words[0]} {words[1][:3]}* -{words[2]}", *ROOM_LIMIT], None
        yield [f"{words[0]} OR {words[2]}", "--context", 3, "--limit", 50], None
    named = [uri for uri, hit in people.items() if uri and hit["actor_name"]]
    for uri in named[::max(1, len(named) // 20)]:
        at = people[uri]["occurred_at"]
        yield ["--person", uri, *ROOM_LIMIT], None
        yield ["--person", people[uri]["actor_name"], "--until", at, "--limit", 20], None
    for uri in filter(None, rooms):
        at = rooms[uri]["occurred_at"][:13]
        yield ["--room", uri, "--since", at + ":00:00Z", "--kind", "CHAT", *ROOM_LIMIT], None
    for flags in (["--text", "/../"], ["--text", "->"], ["--node", "n", "--kind", "PART"],
                  ["--kind", "JOIN", "--until", "2006-01-01"], ["--file-name", "x"]):
        yield [*flags, *ROOM_LIMIT], None


class Store:
    """The copy on one engine."""

    def __init__(self, arguments, name, dsn):
        self.arguments, self.name, self.dsn = arguments, name, dsn

    def search(self, flags):
        return read_back.mgc(self.arguments, "audit", "search", "--mgccomp", self.dsn, "--json",
                             *flags)

    def room(self, *flags):
        return read_back.mgc(self.arguments, "audit", "room", "--mgccomp", self.dsn, "--json",
                             *flags)

    def export(self, form, out):
        """The SHA-256 of each file, by its name."""
        read_back.mgc(self.arguments, "audit", "export", "--mgccomp", self.dsn, "--format", form,
                      "--out", out)
        digests = {str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
                   for file in sorted(out.rglob("*")) if file.is_file()}
        shutil.rmtree(out)
        return digests


def the_same(answers, what):
    """What all engines said."""
    first, *others = answers.items()
    for name, answer in others:
        assert answer == first[1], f"{what}: {name} does not say what {first[0]} says"
    return first[1]


def compare_searches(stores, hits):
    asked = found = 0
    for flags, expected in searches(hits):
        text = the_same({store.name: store.search(flags) for store in stores}, flags)
        ids = [hit["event_id"] for hit in json.loads(text)["hits"]]
        if expected is not None and len(flags[0].split()) == 1:
            by_reading = [hit["event_id"] for hit in hits if not (hit["content"] or "").isascii()]
            assert set(expected) <= set(ids) <= set(expected) | set(by_reading), flags
        elif expected is not None:
            assert set(expected) <= set(ids), flags
        asked, found = asked + 1, found + len(ids)
    rooms = {hit["room_uri"]: hit for hit in hits if hit["room_uri"]}
    for uri, hit in rooms.items():
        said = next(one for one in hits if one["room_uri"] == uri and one["kind"] == "CHAT")
        for flags in (["--at", hit["occurred_at"]], ["--saw", said["event_id"]]):
            the_same({store.name: store.room(uri, *flags) for store in stores}, (uri, flags))
            asked += 1
    print(f"{asked} searches with {found} hits: the same on {' '.join(s.name for s in stores)}")


def compare_exports(stores, forms, scratch):
    for form in forms:
        begun = time.monotonic()
        exported = {store.name: store.export(form, scratch / "out") for store in stores}
        files = the_same(exported, form)
        print(f"{form}: {len(files)} files, byte for byte the same on all engines, "
              f"{time.monotonic() - begun:.0f} s", flush=True)


def read_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--copy", required=True)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--segment", type=int, default=20_000, help="events of a segment")
    parser.add_argument("--forms", default=",".join(FORMS))
    parser.add_argument("log", nargs="+", help="logs as `mgc node replay` reads them")
    return parser.parse_args(argv[1:])


def main(argv):
    arguments = read_arguments(argv)
    servers = json.loads(pathlib.Path(arguments.servers).read_text())
    with tempfile.TemporaryDirectory() as directory:
        scratch = pathlib.Path(directory)
        source = read_back.make_store(arguments, scratch, redacts=False)
        name = f"agree_{os.getpid()}"
        stores = [Store(arguments, "sqlite", f"sqlite3://db={scratch}/copy.db")]
        stores += [Store(arguments, one, reach.dsn(servers, one, name))
                   for one in ("postgresql", "mariadb")]
        for store in stores:
            subprocess.run([arguments.copy, source, store.dsn, str(arguments.segment)], check=True)
            said = json.loads(read_back.mgc(arguments, "audit", "verify", "--mgccomp", store.dsn,
                                            "--json"))
            assert said["ok"] and not said["findings"], said
        hits = read_back.searched(arguments, stores[0].dsn)
        print(f"{len(hits)} events stored on each engine", flush=True)
        compare_searches(stores, hits)
        compare_exports(stores, arguments.forms.split(","), scratch)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
