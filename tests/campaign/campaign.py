#!/usr/bin/env python3
"""Random faults on the whole pipeline as real processes, and a verdict.

  campaign.py --mgc PROGRAM --node PROGRAM [--seconds N] [--seed S] [--broker BROKER]
              [--db DATABASE] [--restore] [--json] [--keep DIR]

Two chat nodes, a broker, two services (one stands by) and a database run for N seconds. All the
while one of them is killed, ended, stopped for a time, loses its disk, or is put back to a backup,
chosen by the seed.
Then everything runs undisturbed until both nodes have the receipt of all that they recorded.

The verdict compares what is stored with the nodes' own ledgers of what publish() promised
(promising_node.cpp), which know nothing of outbox, queue or database: lost = promised and not
stored; duplicate = stored twice; unexpected = stored and never handed over, or an end that nobody
asked for; recovered = handed over to a publish() that was killed, and stored all the same.

BROKER: embedded rabbitmq artemis. DATABASE: sqlite postgresql mariadb.
Exit status: 0 nothing lost, duplicate or unexpected and everything drained; 1 otherwise.
"""

import argparse
import collections
import contextlib
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from pipeline import NODES, SERVICES, Pipeline, Program


class Campaign(Pipeline):
    def __init__(self, options, directory):
        super().__init__(options, directory)
        self.random = random.Random(options.seed)
        self.faults = collections.Counter()
        self.unexpected = []

    # What happens to it.

    def kill(self, name):
        self.programs[name].end(signal.SIGKILL)
        self.restart(name)

    def terminate(self, name):
        slow = self.programs[name].end()
        if slow:
            self.unexpected.append(slow)
        self.restart(name)

    def freeze(self, name):
        self.programs[name].process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.1, 6))
        self.programs[name].process.send_signal(signal.SIGCONT)

    def freeze_and_kill(self, name):
        self.programs[name].process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.1, 3))
        self.kill(name)

    def restart(self, name):
        time.sleep(self.random.choice([0, 0, self.random.uniform(0, 3)]))
        self.programs[name].start()

    def restart_server(self, name):
        self.manage("restart", name)

    def kill_server(self, name):
        self.manage("kill", name)

    def freeze_server(self, name):
        self.manage("pause", name)
        time.sleep(self.random.uniform(0.1, 6))
        self.manage("resume", name)

    def back_up(self):
        """A copy of the database, as its services have left it."""
        with contextlib.closing(sqlite3.connect(self.directory / "mgccomp.db")) as database:
            (self.directory / "backup.db").unlink(missing_ok=True)
            database.execute("VACUUM INTO ?", [str(self.directory / "backup.db")])

    @contextlib.contextmanager
    def locked_database(self):
        """Nobody else writes to it for a while, so that a batch is waiting for its commit."""
        with contextlib.closing(sqlite3.connect(self.directory / "mgccomp.db", timeout=30,
                                                isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            time.sleep(self.random.uniform(0.3, 1.5))
            yield
            database.execute("ROLLBACK")

    def lock_database(self, _):
        with self.locked_database():
            pass

    def lose_queue(self, *also):
        """The broker's disk is gone, with all that it had accepted."""
        for name in ("queue", *also):
            self.programs[name].end(signal.SIGKILL)
        for left in self.directory.glob("queue.db*"):
            left.unlink()

    def lose_broker(self, _):
        self.lose_queue()
        self.restart("queue")

    def lose_machine(self, _):
        """Broker and services end at once, in the middle of a batch, and so does the disk."""
        with self.locked_database():
            self.lose_queue(*SERVICES)
        for name in ("queue", *SERVICES):
            self.restart(name)

    def restore(self, _):
        """The database as it was some time ago, as after a failed disk."""
        for service in SERVICES:
            self.programs[service].end(signal.SIGKILL)
        if (self.directory / "backup.db").exists():
            for end in ("-wal", "-shm"):
                (self.directory / f"mgccomp.db{end}").unlink(missing_ok=True)
            shutil.copyfile(self.directory / "backup.db", self.directory / "mgccomp.db")
        self.back_up()
        for service in SERVICES:
            self.programs[service].start()

    def choices(self):
        ours = [self.kill, self.kill, self.terminate, self.freeze, self.freeze_and_kill]
        faults = [(fault, name) for fault in ours for name in self.programs]
        for server in self.servers:
            if server != "tls":
                faults += [(fault, server) for fault in (
                    self.kill_server, self.kill_server, self.freeze_server, self.freeze_server,
                    self.restart_server)]
        if self.options.broker == "embedded":
            faults += [(self.lose_broker, "queue")] * 2
        if self.options.db == "sqlite":
            faults += [(self.lock_database, "mgccomp")] * 2
        if self.options.broker == "embedded" and self.options.db == "sqlite":
            faults += [(self.lose_machine, "queue and services")] * 2
        if self.options.restore:
            faults += [(self.restore, "mgccomp")] * 3
        wanted = self.options.only
        return [one for one in faults if not wanted or one[0].__name__ in wanted]

    def disturb(self):
        faults = self.choices()
        end = time.monotonic() + self.options.seconds
        while time.monotonic() < end:
            time.sleep(self.random.uniform(0.2, 2))
            fault, name = self.random.choice(faults)
            self.say(f"{fault.__name__} {name}")
            fault(name)
            self.faults[f"{fault.__name__} {name.split('-')[0]}"] += 1
            self.look_for_ends()

    def look_for_ends(self):
        """A service ends when its lane was taken while it was frozen (2), or when its broker stays
        away (3), and is started again; nothing else ends by itself."""
        for name, program in self.programs.items():
            code = program.process.poll()
            if code is None:
                continue
            log = (self.directory / f"{name}.log").read_text(errors="replace")
            last = log.rstrip().rsplit("\n", 1)[-1][-500:]
            away = code == 3 or (code == 2 and "lane" in last)
            if not (name in SERVICES and away):
                self.unexpected.append(f"{name} ended by itself with {code}: {last}")
            program.start()

    # What it comes to.

    def drain(self):
        for node in NODES:
            slow = self.programs[node].end()
            if slow:
                self.unexpected.append(slow)
            del self.programs[node]
        # One process each: what it sends again after a receipt that went back takes a while.
        waiting = {node: Program(self.directory, node, self.node_command(
            node, "--drain", self.options.drain_seconds)) for node in NODES}
        for program in waiting.values():
            program.start()
        drained = True
        while waiting:
            self.look_for_ends()
            time.sleep(0.05)
            for node in [node for node, one in waiting.items() if one.process.poll() is not None]:
                drained &= waiting.pop(node).process.returncode == 0
        return drained

    def stored(self):
        """How often each post is stored, read page by page."""
        found = collections.Counter()
        after = -1
        while True:
            page = json.loads(self.run([self.options.mgc, "audit", "search", "--mgccomp",
                                        self.dsn(), "--kind", "CHAT", "--limit", 20000, "--json",
                                        *([] if after < 0 else ["--after", after])], timeout=300))
            for hit in page["hits"]:
                found[hit["content"]] += 1
            if page["next"] is None:
                return found
            after = page["next"]

    def ledgers(self):
        handed, promised = set(), set()
        for node in NODES:
            for line in (self.directory / f"{node}.ledger").read_text().splitlines():
                mark, first, count = line.split()
                posts = {f"{node}:{number}"
                         for number in range(int(first), int(first) + int(count))}
                (handed if mark == "?" else promised).update(posts)
        return handed, promised

    def judge(self, drained):
        counts = json.loads(self.run([self.options.mgc, "audit", "count", "--mgccomp", self.dsn(),
                                      "--json"], timeout=300))
        verified = subprocess.run([str(self.options.mgc), "audit", "verify", "--mgccomp",
                                   self.dsn()], capture_output=True, text=True, check=False)
        if verified.returncode != 0:
            self.unexpected.append(f"verify: {verified.stdout[-2000:]}{verified.stderr[-500:]}")
        for kind in ("gaps", "dead_letters"):
            if counts[kind] != 0:
                self.unexpected.append(f"{counts[kind]} {kind}")
        stored = self.stored()
        handed, promised = self.ledgers()
        return {
            "faults": sum(self.faults.values()),
            "promised": len(promised),
            "lost": len(promised - stored.keys()),
            "duplicate": sum(count - 1 for count in stored.values()) + counts["duplicates"],
            "unexpected": len(stored.keys() - handed) + len(self.unexpected),
            "recovered": len(stored.keys() - promised),
            "drained": drained,
            "seed": self.options.seed,
            "broker": self.options.broker,
            "db": self.options.db,
            "seconds": self.options.seconds,
            "starts": {name: program.starts for name, program in self.programs.items()},
            "by_fault": dict(sorted(self.faults.items())),
            "what_was_unexpected": self.unexpected,
        }

    def say(self, text):
        if not self.options.json:
            print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run_campaign(options, directory):
    campaign = Campaign(options, directory)
    try:
        campaign.set_up()
        campaign.disturb()
        return campaign.judge(campaign.drain())
    finally:
        campaign.end_all()


def as_text(verdict):
    lines = [f"{name:<12} {verdict[name]}" for name in (
        "broker", "db", "seconds", "faults", "promised", "recovered", "lost", "duplicate",
        "unexpected", "drained", "seed")]
    lines += [f"  {count:4} {fault}" for fault, count in verdict["by_fault"].items()]
    return "\n".join(lines + [f"unexpected: {what}" for what in verdict["what_was_unexpected"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", type=pathlib.Path, required=True)
    parser.add_argument("--node", type=pathlib.Path, required=True, help="promising_node")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--rate", type=int, default=500, help="posts a second of each node")
    parser.add_argument("--broker", choices=["embedded", "rabbitmq", "artemis"],
                        default="embedded")
    parser.add_argument("--db", choices=["sqlite", "postgresql", "mariadb"], default="sqlite")
    parser.add_argument("--drain-seconds", type=int, default=120,
                        help="how long everything may take to arrive at the end")
    parser.add_argument("--restore", action="store_true",
                        help="the database is put back to a backup now and then (SQLite)")
    parser.add_argument("--only", nargs="+", metavar="FAULT",
                        help="faults to choose from, as the list of a verdict names them")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="leave everything in this new folder")
    options = parser.parse_args()
    if options.restore and options.db != "sqlite":
        parser.error("--restore goes with --db sqlite")
    options.mgc, options.node = options.mgc.resolve(), options.node.resolve()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    if options.keep:
        options.keep.mkdir(parents=True)
        options.keep.chmod(0o755)
        verdict = run_campaign(options, options.keep.resolve())
    else:
        with tempfile.TemporaryDirectory() as scratch:
            pathlib.Path(scratch).chmod(0o755)  # servers run as another user
            verdict = run_campaign(options, pathlib.Path(scratch))
    print(json.dumps(verdict, indent=1) if options.json else as_text(verdict))
    fine = verdict["drained"] and not any(
        verdict[kind] for kind in ("lost", "duplicate", "unexpected"))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
