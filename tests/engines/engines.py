#!/usr/bin/env python3
"""Runs the pipeline on every broker and every database, and compares what arrives.

  engines.py --mgc PROGRAM [--servers FILE] [--rounds N] [--write docs/engines.md] [--json] [LOG...]

Each run is four processes: the broker, `mgc consume`, and two nodes that replay all logs at once;
it ends when both nodes have the receipt of everything. The counts have to be the same everywhere,
and the ledger has to verify. Without LOGs the bundled ones of demo/logs are used; without
--servers the real servers are started for it and stopped at the end. --write puts the table between
the two marks of that file.

Exit status: 0 fine, 1 a run failed or the counts differ.
"""

import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "servers"))
import reach  # noqa: E402  (beside servers.py, as the next)
from process import free_port  # noqa: E402

SERVERS = ROOT / "tests" / "servers" / "servers.py"
BROKERS = ["embedded", "rabbitmq", "artemis"]
DATABASES = ["sqlite", "postgresql", "mariadb"]
COUNTED = ["events", "packs", "gaps", "duplicates", "dead_letters"]
MARKS = ("<!-- written by ./run engines -->", "<!-- end -->")


def run(command, timeout=600):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n"
                           f"{done.stderr[-2000:]}")
    return done.stdout


class Pipeline:
    """One run: its processes, in a directory of its own."""

    def __init__(self, mgc, servers, directory, name):
        self.mgc, self.servers, self.directory, self.name = mgc, servers, directory, name
        self.processes = {}

    def start(self, label, *arguments):
        with open(self.directory / f"{label}.log", "wb") as log, \
                open(self.directory / f"{label}.out", "wb") as out:
            self.processes[label] = subprocess.Popen(
                list(map(str, [self.mgc, *arguments])), cwd=self.directory, stdout=out, stderr=log)

    def finish(self, label, timeout=900):
        status = self.processes.pop(label).wait(timeout)
        if status != 0:
            log = (self.directory / f"{label}.log").read_text(errors="replace")
            raise RuntimeError(f"{self.name}: {label} ended with {status}:\n{log[-2000:]}")

    def end_all(self):
        for process in self.processes.values():
            process.kill()
            process.wait()

    def broker_flags(self, broker):
        if broker == "embedded":
            port = free_port()
            self.start("queue", "queue", "--listen", f"127.0.0.1:{port}")
            return ["--broker", f"amqp://127.0.0.1:{port}"]
        return reach.broker_flags(self.servers, broker)

    def dsn(self, database):
        if database == "sqlite":
            return f"sqlite3://db={self.directory}/mgccomp.db"
        return reach.dsn(self.servers, database, self.name)


def run_pipeline(mgc, servers, broker, database, logs, number):
    """Returns what mgccomp counts, and the events a second."""
    name = f"engines_{broker}_{database}_{number}"
    with tempfile.TemporaryDirectory() as scratch:
        pipeline = Pipeline(mgc, servers, pathlib.Path(scratch), name)
        try:
            flags = [*pipeline.broker_flags(broker), "--address", name]
            dsn = pipeline.dsn(database)
            run([mgc, "db", "init", dsn])
            run([mgc, "queue", "declare", *flags, "--node", "a", "--node", "b"])
            begun = time.monotonic()
            pipeline.start("consume", "consume", *flags, "--mgccomp", dsn)
            for node in ("a", "b"):
                pipeline.start(node, "node", "replay", *logs, "--node", node, "--outbox",
                               f"{node}.outbox", "--wait", *flags)
            for node in ("a", "b"):
                pipeline.finish(node)
            seconds = time.monotonic() - begun
            pipeline.processes["consume"].terminate()
            pipeline.finish("consume")
        finally:
            pipeline.end_all()
        counts = json.loads(run([mgc, "audit", "count", "--mgccomp", dsn, "--json"]))
        run([mgc, "audit", "verify", "--mgccomp", dsn])
        return {key: counts[key] for key in COUNTED}, counts["events"] / seconds


def as_table(results):
    lines = ["| broker | database | events | packs | gaps | duplicates | dead letters | events/s |",
             "|---|---|---|---|---|---|---|---|"]
    for row in results:
        counts = row["counts"]
        lines.append(f"| {row['broker']} | {row['database']} | {counts['events']:,} | "
                     f"{counts['packs']:,} | {counts['gaps']} | {counts['duplicates']} | "
                     f"{counts['dead_letters']} | {row['events_per_second']:,.0f} |")
    return "\n".join(lines)


def write_table(path, table):
    text = path.read_text()
    before, rest = text.split(MARKS[0], 1)
    after = rest.split(MARKS[1], 1)[1]
    path.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}")


def run_all(arguments, servers):
    results = []
    for broker in arguments.brokers:
        for database in arguments.databases:
            rates = []
            for number in range(arguments.rounds):
                counts, rate = run_pipeline(arguments.mgc, servers, broker, database,
                                            arguments.logs, number)
                rates.append(rate)
            results.append({"broker": broker, "database": database, "counts": counts,
                            "events_per_second": round(statistics.median(rates))})
            print(f"{broker} and {database}: {counts['events']} events, {rates[-1]:,.0f} a second",
                  file=sys.stderr)
    return results


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mgc", type=pathlib.Path, required=True)
    parser.add_argument("--servers", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--brokers", nargs="+", choices=BROKERS, default=BROKERS)
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("logs", nargs="*", metavar="LOG", type=pathlib.Path)
    arguments = parser.parse_intermixed_args()
    logs = arguments.logs or [ROOT / "demo" / "logs"]
    arguments.logs = sorted(
        file.resolve() for log in logs
        for file in (log.rglob("*.*") if log.is_dir() else [log])
        if file.suffix in (".log", ".txt") and not file.name.startswith(("LICENSE", "README")))
    arguments.mgc = arguments.mgc.resolve()
    return arguments


def main():
    arguments = parse()
    if arguments.servers:
        results = run_all(arguments, json.loads(arguments.servers.read_text()))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            pathlib.Path(scratch).chmod(0o755)
            home = pathlib.Path(scratch) / "servers"
            run([sys.executable, "-B", SERVERS, "start", "--dir", home])
            try:
                results = run_all(arguments, json.loads((home / "servers.json").read_text()))
            finally:
                run([sys.executable, "-B", SERVERS, "stop", "--dir", home])
    table = as_table(results)
    print(json.dumps({"results": results}, indent=1) if arguments.json else table)
    if arguments.write:
        write_table(arguments.write, table)
    if any(row["counts"] != results[0]["counts"] for row in results):
        print("engines.py: the counts differ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        print(f"engines.py: {error}", file=sys.stderr)
        sys.exit(1)
