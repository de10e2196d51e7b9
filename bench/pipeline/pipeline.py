#!/usr/bin/env python3
"""Measures the pipeline against what its parts can do at all, in one run on one machine.

  pipeline.py --mgc PROGRAM --yardstick PROGRAM [--broker B] [--db D] [--events N] [--json]
              [--rounds N] [--logs FILE...] [--only PART,...] [--servers FILE] [--write FILE]

Yardstick A: the engine's own bulk load of exactly the rows that the pipeline stores, from memory,
into the same empty tables, as many events a commit, with the same durability. Yardstick B: a
consumer that decodes and drops. Yardstick C: a node alone, into a queue that nobody reads.

  drain         the queue is filled first, then the service stores all of it
  live          node, queue and service at once, packs of 200
  live_single   as live, one event a pack
  latency       recorded until committed, at 10, 50 and 90 % of the live rate
  publish       what a call of publish() costs a chat server

Each round measures all parts once, so that they share the machine's state; the first round warms up
and does not count. A ratio is that of one round, and the median of them is reported. The broker is
embedded, rabbitmq, artemis or a URL; the database sqlite, postgresql, mariadb or the string of an
empty one, which is left filled.

Exit status: 0 measured; 1 a part failed.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

from machine import Machine, run_measurement
from parts import Bench

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTS = ["yardstick_a", "yardstick_b", "yardstick_c", "drain", "live", "live_single", "latency",
         "publish"]
SHARES = (0.1, 0.5, 0.9)


def progress(text):
    print(text, file=sys.stderr, flush=True)


def commit_of(root):
    done = subprocess.run(["git", "-C", root, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def command_of(argv, logs):
    """What somebody else would type; where the logs are says nothing to them."""
    words = [word for word in argv if os.path.abspath(word) not in logs]
    return ["./run", "bench", "pipeline",
            *(f"--logs={len(logs)} files" if word == "--logs" else word for word in words)]


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def measure_round(bench, parts):
    """One measurement of each part, as the figures that it printed."""
    figures = {}
    if "yardstick_a" in parts:
        figures["yardstick_a"] = bench.yardstick_a()
    if "yardstick_b" in parts:
        figures["yardstick_b"] = bench.yardstick_b()
    if "drain" in parts:
        figures["drain"], figures["yardstick_c"] = bench.drain()
    if "live" in parts:
        figures["live"] = bench.live(200)
    if "live_single" in parts:
        figures["live_single"] = bench.live(1)
    return figures


def medians(rounds):
    """The median of every number of every part."""
    result = {}
    for part in rounds[0]:
        keys = rounds[0][part].keys()
        result[part] = {key: statistics.median(one[part][key] for one in rounds) for key in keys}
    return result


def ratios(figures):
    rate = {part: numbers["events_per_second"] for part, numbers in figures.items()
            if "events_per_second" in numbers}
    base = rate.get("yardstick_a")
    return {part: round(rate[part] / base, 3) for part in ("drain", "live", "live_single")
            if base and part in rate}


def median_ratios(rounds):
    """A round's parts share the machine's state, which the medians of two parts need not."""
    of_each = [ratios(one) for one in rounds]
    return {part: round(statistics.median(one[part] for one in of_each), 3) for part in of_each[0]}


def as_text(document):
    lines = [f"{document['broker']} into {document['db']}, {document['events']:,} events, medians "
             f"of {document['rounds']}, commit {document['commit']}, {document['machine']['cpu']}, "
             f"{document['machine']['cores']} cores", ""]
    lines += [f"{part:<12} ÷ yardstick A   {ratio:5.2f}"
              for part, ratio in document["ratios"].items()]
    lines.append("")
    for part, numbers in document["figures"].items():
        shown = ", ".join(f"{key} {value:,.2f}" if value < 1000 else f"{key} {value:,.0f}"
                          for key, value in numbers.items())
        lines.append(f"{part:<12} {shown}")
    return "\n".join(lines)


def arguments_of(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--yardstick", required=True)
    parser.add_argument("--broker", default="embedded", help="embedded, rabbitmq, artemis or a URL")
    parser.add_argument("--db", default="postgresql",
                        help="sqlite, postgresql, mariadb or a SOCI string")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--logs", nargs="*", default=[],
                        help="real logs in place of generated events")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between")
    parser.add_argument("--servers", help="servers.json of servers that run already")
    parser.add_argument("--dir", help="where the files go; default: a temporary directory")
    parser.add_argument("--write", help="a file for the JSON document as well")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    arguments.mgc, arguments.yardstick = map(os.path.abspath, (arguments.mgc, arguments.yardstick))
    arguments.logs = [os.path.abspath(log) for log in arguments.logs]
    arguments.parts = arguments.only.split(",")
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))}? There are {', '.join(PARTS)}")
    return arguments


def measure(arguments, scratch):
    with Machine(arguments, scratch) as machine:
        bench = Bench(arguments, machine, scratch)
        rounds = []
        for number in range(arguments.rounds + 1):
            begun = time.monotonic()
            rounds.append(measure_round(bench, arguments.parts))
            done = "warm-up" if number == 0 else f"round {number} of {arguments.rounds}"
            progress(f"{done}: {time.monotonic() - begun:.0f} s, ratios {ratios(rounds[-1])}")
        counted = rounds[1:] or rounds
        figures = medians(counted)
        if "latency" in arguments.parts and "live" in figures:
            for share in SHARES:
                rate = figures["live"]["events_per_second"] * share
                figures[f"latency_{share:.0%}"] = bench.paced(rate)
                progress(f"latency at {share:.0%}: {figures[f'latency_{share:.0%}']}")
        if "publish" in arguments.parts:
            figures["publish"] = bench.publish()
        return {"ratios": median_ratios(counted), "broker": arguments.broker.split("@")[-1],
                "db": arguments.db.split(":")[0], "events": bench.events,
                "rounds": arguments.rounds, "commit": commit_of(ROOT),
                "command": command_of(sys.argv[5:], arguments.logs),
                "machine": {"cpu": cpu_name(), "cores": os.cpu_count(),
                            "kernel": platform.release()},
                "figures": figures, "each_round": rounds[1:]}


def main(argv):
    return run_measurement(arguments_of(argv), measure, as_text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
