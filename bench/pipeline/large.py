#!/usr/bin/env python3
"""Measures a store of many millions of events: whether it is filled as fast at its end as at its
beginning, in how much memory, and how long auditors wait for an answer, an export or a proof.

  large.py --mgc PROGRAM [--db D] [--events N] [--log FILE] [--forms F,...]
           [--servers FILE] [--write FILE] [--json]

The embedded queue is filled with N generated events and those of a real log; then the service
stores all of them and seals its segments. Searches are whole commands, as an auditor runs them:
30 of each kind, by names and times of events all over the store, and by words of the log. Then the
whole store is verified, counted and exported in each of --forms, with the time and memory of each.

Exit status: 0 measured; 1 a part failed.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time
import urllib.request

from machine import Machine, run_measurement, wait_for_port
from parts import Bench
from pipeline import ROOT, commit_of, cpu_name, progress
from process import free_port

SAMPLES = 30
MILLION = 1_000_000
SEAL_SECONDS = 3600


class Large(Bench):
    def record_workload(self):
        return None, self.arguments.events

    def fill(self, flags):
        for label, load in (("simulate", ["simulate", "--profile", "max", "--events", self.events]),
                            ("replay", ["replay", self.arguments.log])):
            begun = time.monotonic()
            outbox = self.scratch / f"{label}.outbox"
            node = self.start(label, "node", *load, "--node", label, "--outbox", outbox,
                              "--keep-seconds", 0, "--linger", 3600, "--json", *flags)
            recorded = node.wait()["recorded"]
            outbox.unlink()
            progress(f"{label}: {recorded:,} events queued in {time.monotonic() - begun:.0f} s")
            yield recorded

    def run_json(self, *command):
        done = subprocess.run([self.arguments.mgc, *map(str, command), "--json"], check=True,
                              capture_output=True, text=True, cwd=self.scratch)
        return json.loads(done.stdout)


def stored(port):
    """How many events the service has committed."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        for line in page.read().decode().splitlines():
            if line.startswith("mgc_consume_events_total"):
                return float(line.split()[-1])
    return 0.0


def watch(port, events):
    """Events a second of each million; the first one from the first look that found any."""
    begun, before, rates = None, None, []
    while True:
        now = (time.monotonic(), stored(port))
        if now[1] and not begun:
            begun = now
        while begun and now[1] >= (len(rates) + 1) * MILLION:
            share = ((len(rates) + 1) * MILLION - before[1]) / (now[1] - before[1])
            end = (before[0] + share * (now[0] - before[0]), (len(rates) + 1) * MILLION)
            rates.append((end[1] - begun[1]) / (end[0] - begun[0]))
            progress(f"{len(rates)} million events stored, the last at {rates[-1]:,.0f} a second")
            begun = end
        before = now
        if now[1] >= events:
            return rates
        time.sleep(0.02)


def wait_until_sealed(bench, dsn):
    deadline, left = time.monotonic() + SEAL_SECONDS, None
    while time.monotonic() < deadline:
        database = bench.run_json("db", "status", dsn)
        states = [one["state"] for one in database["segments"]]
        if states.count("full") != left:
            left = states.count("full")
            progress(f"{states.count('sealed')} segments sealed, {left} to be sealed")
        if not left:
            return
        time.sleep(1)
    raise RuntimeError(f"segments were not sealed within {SEAL_SECONDS} s: {states}")


def searches(bench, dsn, events, log):
    """The flags of each search that is measured, by kind."""
    kinds = {"room_and_hour": [], "person_and_day": [], "word": []}
    for i in range(SAMPLES):
        [hit] = bench.run_json("audit", "search", "--mgccomp", dsn, "--kind", "CHAT", "--after",
                               events * i // SAMPLES, "--limit", 1)["hits"]
        at = hit["occurred_at"]
        kinds["room_and_hour"].append(["--room", hit["room_uri"], "--since", at[:13] + ":00:00Z",
                                       "--until", at[:13] + ":59:59Z"])
        kinds["person_and_day"].append(["--person", hit["actor_uri"], "--since",
                                        at[:10] + "T00:00:00Z", "--until", at[:10] + "T23:59:59Z"])
    words = sorted(set(re.findall(r"\b[a-z]{7,12}\b", pathlib.Path(log).read_text())))
    kinds["word"] = [["--word", word] for word in words[::max(1, len(words) // SAMPLES)][:SAMPLES]]
    return kinds


def measure_searches(bench, dsn, kinds):
    figures = {}
    for kind, commands in kinds.items():
        took, hits = [], 0
        for flags in commands:
            begun = time.monotonic()
            found = bench.run_json("audit", "search", "--mgccomp", dsn, *flags)
            took.append((time.monotonic() - begun) * 1000)
            hits += len(found["hits"])
        took.sort()
        figures[f"search_{kind}"] = {"ms_p50": took[len(took) // 2],
                                     "ms_p95": took[max(0, len(took) * 95 // 100 - 1)],
                                     "ms_max": took[-1], "searches": len(took), "hits": hits}
        progress(f"{kind}: {figures[f'search_{kind}']}")
    return figures


def measure_whole(bench, dsn, events, forms, scratch):
    """Commands that read all of the store, by what they are called."""
    commands = {"verify": ["verify"], "count": ["count"],
                "search_of_all": ["search", "--text", "->", "--limit", 10]}
    for form in forms:
        commands[f"export_{form}"] = ["export", "--format", form, "--out", scratch / "export"]
    figures = {}
    for name, command in commands.items():
        begun = time.monotonic()
        process = bench.start(name, "audit", *command, "--mgccomp", dsn, "--json")
        said = process.wait()
        seconds = time.monotonic() - begun
        if said.get("events", events) < events:
            raise RuntimeError(f"{name} found {said['events']:,} events of {events:,}")
        figures[name] = {"seconds": seconds, "events_per_second": events / seconds,
                         "cpu_seconds": process.cpu_seconds(), "peak_mib": process.peak_mib()}
        shutil.rmtree(scratch / "export", ignore_errors=True)
        progress(f"{name}: {figures[name]}")
    return figures


def measure(arguments, scratch):
    with Machine(arguments, scratch) as machine:
        bench = Large(arguments, machine, scratch)
        flags = bench.open_queue()
        events = sum(bench.fill(flags))
        dsn, port = bench.empty_database(), free_port()
        consume = bench.start("consume", "consume", "--mgccomp", dsn, *flags, "--metrics",
                              f"127.0.0.1:{port}")
        wait_for_port(port, consume)
        rates = watch(port, events)
        begun = time.monotonic()
        wait_until_sealed(bench, dsn)
        sealing = time.monotonic() - begun
        kinds = searches(bench, dsn, events, arguments.log)
        figures = measure_searches(bench, dsn, kinds)
        consume.stop()
        bench.check(dsn, events)
        figures |= measure_whole(bench, dsn, events, arguments.forms, scratch)
        bench.close_queue()
        figures["drain"] = {"consumer_peak_mib": consume.peak_mib(), "seconds_of_sealing": sealing,
                            "events_per_second_of_each_million": rates}
        ratio = round(rates[-1] / rates[0], 3) if len(rates) > 1 else None
        return {"ratios": {"last_million": ratio}, "broker": "embedded",
                "db": arguments.db.split(":")[0], "events": events, "commit": commit_of(ROOT),
                "command": ["./run", "bench", "large", *sys.argv[3:]],
                "machine": {"cpu": cpu_name(), "cores": os.cpu_count(),
                            "kernel": platform.release()},
                "figures": figures}


def as_text(document):
    lines = [f"{document['events']:,} events into {document['db']}, commit {document['commit']}, "
             f"{document['machine']['cpu']}, {document['machine']['cores']} cores", "",
             f"last million ÷ first   {document['ratios']['last_million']}"]
    for name, numbers in document["figures"].items():
        shown = ", ".join(f"{key} {value:,.0f}" for key, value in numbers.items()
                          if not isinstance(value, list))
        lines.append(f"{name:<22} {shown}")
    return "\n".join(lines)


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--db", default="postgresql",
                        help="sqlite, postgresql, mariadb or a SOCI string")
    parser.add_argument("--events", type=int, default=10 * MILLION)
    parser.add_argument("--forms", default="jsonl,csv",
                        help="formats of exports, with a comma between; default jsonl,csv")
    parser.add_argument("--log", default=str(ROOT / "demo" / "logs" / "2010-06-21.log"))
    parser.add_argument("--servers", help="servers.json of servers that run already")
    parser.add_argument("--dir", help="where the files go; default: a temporary directory")
    parser.add_argument("--write", help="a file for the JSON document as well")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    arguments.mgc, arguments.log = map(os.path.abspath, (arguments.mgc, arguments.log))
    arguments.forms = arguments.forms.split(",")
    arguments.broker, arguments.logs = "embedded", []
    return run_measurement(arguments, measure, as_text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
