#!/usr/bin/env python3
"""Prints the targets of the pipeline with what was measured, from the files in bench/results/.

  targets.py [--results DIR] [--picture FILE.svg] [--json]

Each file is what ./run bench pipeline or ./run bench large wrote with --write. All figures of a
ratio are of one run, but for RabbitMQ against the embedded queue, which are two runs after each
other. --picture draws the ratios.

Exit status: 0 printed; 1 a file is missing or cannot be read.
"""

import argparse
import json
import pathlib
import sys
from html import escape

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIVE = ("figures", "live", "events_per_second")

# What, the target, whether more is better, the unit, and where it is: a file, and the keys in it.
# Two places are divided.
TARGETS = [
    ("drain into PostgreSQL ÷ yardstick A", 0.85, True, "",
     [("embedded-postgresql", "ratios", "drain")]),
    ("the same with 3 million events, most names known", 0.85, True, "",
     [("embedded-postgresql-3m", "ratios", "drain")]),
    ("the same of real logs, 137,043 events", 0.85, True, "",
     [("real-postgresql", "ratios", "drain")]),
    ("drain into SQLite ÷ yardstick A", 0.80, True, "", [("embedded-sqlite", "ratios", "drain")]),
    ("drain into MariaDB ÷ yardstick A", 0.75, True, "", [("embedded-mariadb", "ratios", "drain")]),
    ("live, embedded queue, PostgreSQL ÷ yardstick A", 0.50, True, "",
     [("embedded-postgresql", "ratios", "live")]),
    ("live through RabbitMQ ÷ live through the embedded queue", 0.70, True, "",
     [("rabbitmq-postgresql", *LIVE), ("embedded-postgresql", *LIVE)]),
    ("rate of the 10th million ÷ rate of the 1st", 0.90, True, "",
     [("large-postgresql", "ratios", "last_million")]),
    ("one-event packs through the embedded queue", 30_000, True, "events/s",
     [("embedded-postgresql", "figures", "live_single", "events_per_second")]),
    ("peak memory of the consumer, 10 million waiting", 256, False, "MiB",
     [("large-postgresql", "figures", "drain", "consumer_peak_mib")]),
    ("publish(), CPU", 2, False, "µs an event",
     [("embedded-postgresql", "figures", "publish", "cpu_us_per_event")]),
    ("publish(), p99 of the call", 10, False, "ms",
     [("embedded-postgresql", "figures", "publish", "call_ms_p99")]),
    ("p99 of event → committed at half of the live rate", 250, False, "ms",
     [("embedded-postgresql", "figures", "latency_50%", "committed_ms_p99")]),
    ("search by room and hour in 10 million, p95", 100, False, "ms",
     [("large-postgresql", "figures", "search_room_and_hour", "ms_p95")]),
    ("search by person and day in 10 million, p95", 100, False, "ms",
     [("large-postgresql", "figures", "search_person_and_day", "ms_p95")]),
    ("search by word in 10 million, p95", 500, False, "ms",
     [("large-postgresql", "figures", "search_word", "ms_p95")]),
]


def read(directory, place):
    file, *keys = place
    value = json.loads((directory / f"{file}.json").read_text())
    for key in keys:
        value = value[key]
    return value


def rows_of(directory):
    rows = []
    for what, target, more, unit, places in TARGETS:
        values = [read(directory, place) for place in places]
        measured = values[0] if len(values) == 1 else values[0] / values[1]
        met = measured >= target if more else measured <= target
        rows.append({"what": what, "target": target, "at_least": more, "unit": unit,
                     "measured": measured, "met": met})
    return rows


def shown(value, unit):
    if not unit:
        return f"{value:.2f}"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:,.1f} {unit}"


def as_text(rows):
    lines = ["| | target | measured | |", "|---|---|---|---|"]
    for row in rows:
        sign = "≥" if row["at_least"] else "≤"
        target, measured = (shown(row[key], row["unit"]) for key in ("target", "measured"))
        verdict = "met" if row["met"] else "missed"
        lines.append(f"| {row['what']} | {sign} {target} | {measured} | {verdict} |")
    return "\n".join(lines)


def picture(rows):
    """Bars of the ratios, with a line at each target."""
    ratios = [row for row in rows if not row["unit"]]
    left, scale, step, top = 420, 340, 34, 46
    height = top + step * len(ratios) + 24
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" '
           'font-family="sans-serif" font-size="14">',
           f'<rect width="860" height="{height}" fill="white"/>',
           '<text x="12" y="26" font-size="16">Ratios; the line is the target</text>']
    for place, row in enumerate(ratios):
        y = top + step * place
        width, target = scale * min(row["measured"], 1.1), left + scale * row["target"]
        colour = "#2a7f62" if row["met"] else "#c2703d"
        what, measured = escape(row["what"]), f"{row['measured']:.2f}"
        out += [f'<text x="{left - 10}" y="{y + 16}" text-anchor="end">{what}</text>',
                f'<rect x="{left}" y="{y}" width="{width:.0f}" height="22" fill="{colour}"/>',
                f'<line x1="{target:.0f}" x2="{target:.0f}" y1="{y - 4}" y2="{y + 26}" '
                'stroke="black" stroke-width="2"/>',
                f'<text x="{left + scale * 1.1 + 12:.0f}" y="{y + 16}">{measured}</text>']
    return "\n".join([*out, "</svg>"]) + "\n"


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "bench" / "results")
    parser.add_argument("--picture", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    try:
        rows = rows_of(arguments.results)
    except (OSError, ValueError, KeyError) as failure:
        print(f"{arguments.results}: {failure}; ./run bench pipeline --write makes these files",
              file=sys.stderr)
        return 1
    if arguments.picture:
        arguments.picture.write_text(picture(rows))
    print(json.dumps(rows, indent=2, ensure_ascii=False) if arguments.json else as_text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
