#!/usr/bin/env python3
"""Cuts the power of a disk, again and again, under an outbox or the embedded queue.

  power_cut.py outbox|queue --mgc PROGRAM --node PROGRAM [--cuts N] [--seed S] [--json]

The disk is an ext4 file system in a file. A cut is its shutdown ioctl without flushing the journal:
what was fsynced stays, all else is gone, as when a plug is pulled; then it is mounted again.

outbox: a chat node publishes until the cut; its ledger of what publish() promised is on another
        disk. At the end all of it has to reach mgccomp.
queue:  a sender notes what the queue accepted until the cut; all of it has to come out of the queue
        afterwards.

As root. Exit status: 0 nothing that was promised is missing; 1 otherwise.
"""

import argparse
import fcntl
import json
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "servers"))
import process  # noqa: E402

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = struct.pack("I", 2)


class Disk:
    """A file system of its own that can lose its power."""

    def __init__(self, directory):
        self.image, self.root = directory / "disk.img", directory / "disk"
        self.root.mkdir()
        with open(self.image, "wb") as image:
            image.truncate(512 << 20)
        process.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=1", self.image])
        self.mount()

    def mount(self):
        process.run(["mount", "-o", "loop", self.image, self.root])

    def cut(self):
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(handle)

    def unmount(self):
        process.run(["umount", self.root])


class Client:
    """A program of the project; ended when it is no longer wanted."""

    def __init__(self, directory, name, command):
        with open(directory / f"{name}.log", "ab") as log:
            self.process = subprocess.Popen(list(map(str, command)), cwd=directory, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def node_command(options, disk, port, *more):
    return [options.node, "--node", "a", "--outbox", disk.root / "a.outbox", "--ledger",
            "a.ledger", "--rate", 20_000, "--broker", f"amqp://127.0.0.1:{port}", *more]


def cut_outbox(options, directory, disk, chance):
    port = process.free_port()
    ledger = directory / "a.ledger"
    promised = set()
    read = 0
    for number in range(options.cuts):
        node = Client(directory, "node", node_command(options, disk, port, "--seed", number))
        time.sleep(chance.uniform(0.05, 0.4))
        # What publish() says while the power goes does not count: an fsync that the journal's abort
        # overtakes can return 0, to a process that a real cut would have ended.
        lines = ledger.read_text() if ledger.exists() else ""
        promised |= promises(lines[read:])
        disk.cut()
        node.kill()
        disk.unmount()
        disk.mount()
        read = ledger.stat().st_size if ledger.exists() else 0
    return promised, drain_outbox(options, directory, disk, port)


def promises(lines):
    posts = set()
    for line in lines.splitlines():
        mark, first, count = line.split()
        if mark == "=":
            posts.update(f"a:{number}" for number in range(int(first), int(first) + int(count)))
    return posts


def drain_outbox(options, directory, disk, port):
    dsn = f"sqlite3://db={directory}/mgccomp.db"
    process.run([options.mgc, "db", "init", dsn])
    queue = Client(directory, "queue", [options.mgc, "queue", "--listen", f"127.0.0.1:{port}",
                                        "--store", "queue.db"])
    service = Client(directory, "service", [options.mgc, "consume", "--mgccomp", dsn, "--broker",
                                            f"amqp://127.0.0.1:{port}"])
    try:
        drained = subprocess.run(
            list(map(str, node_command(options, disk, port, "--drain", 120))), cwd=directory,
            capture_output=True, text=True, check=False)
        if drained.returncode != 0:
            raise RuntimeError(f"the outbox is not drained: {drained.stderr[-2000:]}")
    finally:
        service.kill()
        queue.kill()
    stored = set()
    after = []
    while True:
        page = json.loads(process.run([options.mgc, "audit", "search", "--mgccomp", dsn, "--kind",
                                       "CHAT", "--limit", 20_000, "--json", *after]))
        stored.update(hit["content"] for hit in page["hits"])
        if page["next"] is None:
            return stored
        after = ["--after", page["next"]]


def cut_queue(options, directory, disk, chance):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
    import queue_client  # noqa: E402  (wants python3-qpid-proton, which the outbox does not)
    promised, stored = set(), set()
    for number in range(options.cuts):
        port = process.free_port()
        command = [options.mgc, "queue", "--listen", f"127.0.0.1:{port}", "--store",
                   disk.root / "queue.db"]
        queue = Client(directory, "queue", command)
        sender = queue_client.Sender(port, f"{number}")
        sender.run(chance.uniform(0.2, 0.6), disk.cut)
        promised |= sender.accepted
        queue.kill()
        disk.unmount()
        disk.mount()
        queue = Client(directory, "queue", command)
        stored |= queue_client.receive_all(port)
        queue.kill()
    return promised, stored


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["outbox", "queue"])
    parser.add_argument("--mgc", type=pathlib.Path, required=True)
    parser.add_argument("--node", type=pathlib.Path, required=True, help="promising_node")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.mgc, options.node = options.mgc.resolve(), options.node.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        disk = Disk(directory)
        try:
            cut = cut_outbox if options.what == "outbox" else cut_queue
            promised, stored = cut(options, directory, disk, random.Random(options.seed))
        finally:
            disk.unmount()
    verdict = {"what": options.what, "cuts": options.cuts, "seed": options.seed,
               "promised": len(promised), "lost": len(promised - stored),
               "recovered": len(stored - promised)}
    print(json.dumps(verdict) if options.json else
          "\n".join(f"{name:<10} {value}" for name, value in verdict.items()))
    return 0 if promised and not promised - stored else 1


if __name__ == "__main__":
    sys.exit(main())
