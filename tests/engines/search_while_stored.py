#!/usr/bin/env python3
"""Searches, exports and verifies while events are stored as fast as they can be.

  search_while_stored.py --mgc PROGRAM --servers FILE [--events N]

On each database: a queue is filled, then the service stores it while auditors' commands run one
after the other. Each command has to end well and see a whole prefix of the ledger, and the
service has to store everything.
"""

import argparse
import json
import pathlib
import sys
import tempfile

from engines import DATABASES, Pipeline, run


def audit(arguments, dsn, name, *flags):
    text = run([arguments.mgc, "audit", name, "--mgccomp", dsn, "--json", *flags], timeout=120)
    return json.loads(text)


def ask_once(arguments, dsn, out):
    """One round of an auditor; how many events were seen at its end."""
    verified = audit(arguments, dsn, "verify")
    assert verified["ok"] and not verified["findings"], verified
    hits = audit(arguments, dsn, "search", "--kind", "CHAT", "--limit", 100)["hits"]
    ids = [hit["event_id"] for hit in hits]
    assert ids == sorted(set(ids)), ids
    exported = audit(arguments, dsn, "export", "--duties", "--out", out)
    lines = pathlib.Path(exported["file"]).read_bytes().splitlines()
    assert [json.loads(line)["event_id"] for line in lines] == list(range(exported["events"]))
    assert exported["events"] >= verified["events"], (exported, verified)
    return exported["events"]


def store_and_search(arguments, servers, database):
    name = f"while_stored_{database}"
    with tempfile.TemporaryDirectory() as scratch:
        pipeline = Pipeline(arguments.mgc, servers, pathlib.Path(scratch), name)
        try:
            flags = pipeline.broker_flags("embedded")
            dsn = pipeline.dsn(database)
            run([arguments.mgc, "db", "init", dsn])
            pipeline.start("node", "node", "simulate", "--profile", "max", "--events",
                           arguments.events, "--node", "n", "--outbox", "n.outbox", "--linger", 600,
                           *flags)
            pipeline.finish("node")
            pipeline.start("consume", "consume", *flags, "--mgccomp", dsn, "--segment-events",
                           arguments.events // 4, "--until-idle", 3)
            consume, seen = pipeline.processes["consume"], []
            while consume.poll() is None:
                seen.append(ask_once(arguments, dsn, pathlib.Path(scratch) / f"out{len(seen)}"))
            pipeline.finish("consume")
        finally:
            pipeline.end_all()
        assert seen == sorted(seen), "events that were seen are gone"
        counts = audit(arguments, dsn, "count")
        assert counts["events"] >= arguments.events, counts
        assert not any(counts[key] for key in ("gaps", "duplicates", "dead_letters")), counts
        print(f"{database}: {len(seen)} rounds of an auditor, {seen[0]} to {seen[-1]} events seen, "
              f"{counts['events']} stored", flush=True)


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--events", type=int, default=60_000)
    arguments = parser.parse_args(argv[1:])
    arguments.mgc = str(pathlib.Path(arguments.mgc).resolve())
    servers = json.loads(pathlib.Path(arguments.servers).read_text())
    for database in DATABASES:
        store_and_search(arguments, servers, database)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
