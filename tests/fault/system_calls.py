#!/usr/bin/env python3
"""Lets the Nth write or fsync of each program fail, for N = 1, 2, ... until it is not reached.

  system_calls.py --mgc PROGRAM --part node|queue|service [--stride N]

strace makes the calls fail (EIO, or ENOSPC where a disk can be full). Each program then ends with a
clear error or goes on; started again without faults, all that was recorded has to be stored once.
One queue and one service run all the while, except for the one that is the victim. With a stride,
only every Nth of the writes, from a random one of the first N, which is printed.
Exit status: 0 so it was; 1 otherwise.
"""

import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
import process  # noqa: E402

FAULTS = [("fdatasync,fsync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")]
LINES = 12
NS_MAX = 400
PATIENCE = 60


class Pipeline:
    def __init__(self, mgc, directory):
        self.mgc, self.directory = mgc, directory
        self.port = process.free_port()
        self.dsn = f"sqlite3://db={directory}/mgccomp.db"
        self.nodes = 0
        self.log = directory / "2020-01-01.log"
        self.log.write_text("".join(f"[10:{n:02}] <anna> line {n}\n" for n in range(LINES)))

    def command(self, part, node=None):
        broker = ["--broker", f"amqp://127.0.0.1:{self.port}"]
        return list(map(str, [self.mgc, *{
            "queue": ["queue", "--listen", f"127.0.0.1:{self.port}", "--store", "queue.db",
                      "--disk-reserve-bytes", 0],
            "service": ["consume", "--mgccomp", self.dsn, "--lease", 1, *broker],
            "node": ["node", "replay", self.log, "--node", node, "--outbox", f"{node}.outbox",
                     "--disk-reserve-bytes", 0, "--keep-seconds", 0, "--receipt-wait", 1,
                     *broker],
        }[part]]))

    def start(self, part, fault=None, node=None, more=()):
        """With `fault`, the Nth of some calls of each thread fails; strace says in PART.trace."""
        command = self.command(part, node) + list(map(str, more))
        if fault:
            calls, error, number = fault
            command = ["strace", "-f", "-qq", "-o", str(self.directory / f"{part}.trace"), "-e",
                       f"trace={calls}", "-e", f"inject={calls}:error={error}:when={number}",
                       *command]
        with open(self.directory / f"{part}.log", "wb") as log:
            return subprocess.Popen(command, cwd=self.directory, stdout=log, stderr=log,
                                    stdin=subprocess.DEVNULL)

    def said(self, part):
        return (self.directory / f"{part}.log").read_text(errors="replace")

    def fired(self, part):
        return "(INJECTED)" in (self.directory / f"{part}.trace").read_text(errors="replace")

    def new_node(self):
        self.nodes += 1
        return f"n-{self.nodes}"

    def finish(self, node):
        """All that `node` records has its receipt."""
        replay = self.start("node", node=node, more=["--wait"])
        if replay.wait(PATIENCE) != 0:
            raise RuntimeError(f"{node} is not drained: {self.said('node')[-2000:]}")

    def judge(self):
        done = subprocess.run([str(self.mgc), "audit", "count", "--mgccomp", self.dsn, "--json"],
                              capture_output=True, text=True, check=True)
        counts = json.loads(done.stdout)
        verified = subprocess.run([str(self.mgc), "audit", "verify", "--mgccomp", self.dsn],
                                  capture_output=True, text=True, check=False)
        wanted = {"events": self.nodes * LINES, "duplicates": 0, "gaps": 0, "dead_letters": 0}
        found = {key: counts[key] for key in wanted}
        if found != wanted or verified.returncode != 0:
            raise RuntimeError(f"stored {found}, not {wanted}; verify: {verified.stdout[-1000:]}")


def end(program, patience=PATIENCE):
    """By SIGTERM, through strace, which passes it on only when it did not start the program."""
    children = pathlib.Path(f"/proc/{program.pid}/task/{program.pid}/children")
    for pid in children.read_text().split() if program.poll() is None else []:
        subprocess.run(["kill", "-TERM", pid], check=False)
    if program.poll() is None:
        program.send_signal(signal.SIGTERM)
    return program.wait(patience)


def check_end(pipeline, part, code):
    """A program that a fault has ended says why, as the manual says it does."""
    said = pipeline.said(part)
    if code < 0 or code >= 128:
        raise RuntimeError(f"{part} was ended by a signal ({code}): {said[-2000:]}")
    clear = re.search(r"disk|SQLite \d+|I/O error|Input/output|No space", said)
    if code != 0 and not clear:
        raise RuntimeError(f"{part} ended with {code} and did not say why: {said[-2000:]}")


def fail_node(pipeline, fault):
    node = pipeline.new_node()
    victim = pipeline.start("node", fault, node, ["--wait"])
    try:
        code = victim.wait(3)
    except subprocess.TimeoutExpired:
        code = end(victim)
    fired = pipeline.fired("node")
    if fired:
        check_end(pipeline, "node", code)
    pipeline.finish(node)
    return fired


def fail_server(pipeline, part, running, fault):
    """The queue or the service, while a node records; started again without faults after it."""
    end(running[part])
    victim = pipeline.start(part, fault)
    node = pipeline.new_node()
    replay = pipeline.start("node", node=node, more=["--wait"])
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and replay.poll() is None and victim.poll() is None:
        time.sleep(0.01)
    ended = victim.poll()
    if ended is None:
        ended = end(victim)
    fired = pipeline.fired(part)
    if fired:
        check_end(pipeline, part, ended)
    running[part] = pipeline.start(part)
    if part == "queue":  # its clients come back when they next try, which takes longer
        end(running["service"])
        running["service"] = pipeline.start("service")
    if replay.poll() is None and replay.wait(PATIENCE) not in (0, 3):
        raise RuntimeError(f"{node}: {pipeline.said('node')[-2000:]}")
    pipeline.finish(node)
    return fired


def sweep(pipeline, part, running, stride):
    for calls, error in FAULTS:
        first = 1 if calls != "pwrite64" else random.randint(1, stride)
        numbers = range(first, NS_MAX, 1 if calls != "pwrite64" else stride)
        for number in numbers:
            fault = (calls, error, number)
            fired = (fail_node(pipeline, fault) if part == "node"
                     else fail_server(pipeline, part, running, fault))
            if not fired:
                break
        else:
            raise RuntimeError(f"{calls} of {part} are reached more than {NS_MAX} times")
        print(f"{part}: {calls} gave {error}, for N = {first}, {first + numbers.step}, ... until "
              f"{number}, which was not reached", flush=True)
        if number == first:
            raise RuntimeError(f"{part} never comes to {calls}")


def check_strace():
    probe = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True,
                           text=True, check=False)
    if probe.returncode != 0:
        raise RuntimeError(f"strace cannot trace here: {probe.stderr.strip()}; in a container, "
                           "start it with the capability SYS_PTRACE (docker run --cap-add)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", type=pathlib.Path, required=True)
    parser.add_argument("--part", choices=["node", "queue", "service"], required=True)
    parser.add_argument("--stride", type=int, default=1)
    options = parser.parse_args()
    check_strace()
    with tempfile.TemporaryDirectory() as scratch:
        pipeline = Pipeline(options.mgc.resolve(), pathlib.Path(scratch))
        process.run([options.mgc, "db", "init", pipeline.dsn])
        running = {part: pipeline.start(part) for part in ("queue", "service")}
        try:
            sweep(pipeline, options.part, running, options.stride)
        finally:
            for program in running.values():
                program.kill()
                program.wait()
        pipeline.judge()
    return 0


if __name__ == "__main__":
    sys.exit(main())
