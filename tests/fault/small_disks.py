#!/usr/bin/env python3
"""The service's SQLite database on a disk that is full, then on one that is read-only.

  small_disks.py --mgc PROGRAM

As root, in a mount namespace of its own. Full: the service waits and says so, what nodes record
waits for it, and all is stored once there is room. Read-only: it ends with the reason, and goes on
where it was when it is started on a disk that it may write to.
Exit status: 0 so it was; 1 otherwise.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

from system_calls import LINES, PATIENCE, Pipeline, end, process


class SmallDisk:
    def __init__(self, root):
        self.root = root
        root.mkdir()
        process.run(["mount", "-t", "tmpfs", "-o", "size=4m", "small", root])

    def fill(self):
        """Leaves nothing free; returns the file that holds the room."""
        ballast = self.root / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return ballast

    def remount(self, how):
        process.run(["mount", "-o", f"remount,{how}", self.root])


def status(pipeline, node):
    return subprocess.run([str(pipeline.mgc), "node", "drained", "--outbox",
                           str(pipeline.directory / f"{node}.outbox")], check=False,
                          capture_output=True, text=True).returncode


def await_said(pipeline, text):
    deadline = time.monotonic() + PATIENCE
    while text not in pipeline.said("service"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the service does not say '{text}': {pipeline.said('service')}")
        time.sleep(0.02)


def run_full(pipeline, disk):
    service = pipeline.start("service")
    pipeline.finish(pipeline.new_node())
    ballast = disk.fill()
    waiting = [pipeline.new_node() for _ in range(20)]
    for node in waiting:
        pipeline.start("node", node=node, more=["--linger", 1]).wait(PATIENCE)
    await_said(pipeline, "disk is full")
    if service.poll() is not None:
        raise RuntimeError(f"the service ended: {pipeline.said('service')}")
    if all(status(pipeline, node) == 0 for node in waiting):
        raise RuntimeError("the disk was never full")
    ballast.unlink()
    for node in waiting:
        pipeline.finish(node)
    end(service)
    pipeline.judge()
    print(f"full: {len(waiting) * LINES} events waited, and are stored")


def run_read_only(pipeline, disk):
    disk.remount("ro")
    service = pipeline.start("service")
    code = service.wait(PATIENCE)
    if code != 2 or "cannot be written" not in pipeline.said("service"):
        raise RuntimeError(f"it ended with {code}: {pipeline.said('service')}")
    node = pipeline.new_node()
    pipeline.start("node", node=node, more=["--linger", 1]).wait(PATIENCE)
    if status(pipeline, node) != 1:
        raise RuntimeError("what was recorded does not wait")
    disk.remount("rw")
    service = pipeline.start("service")
    pipeline.finish(node)
    end(service)
    pipeline.judge()
    print("read-only: the service said so and ended; the next one went on")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", type=pathlib.Path, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        disk = SmallDisk(directory / "disk")
        pipeline = Pipeline(options.mgc.resolve(), directory)
        pipeline.dsn = f"sqlite3://db={disk.root}/mgccomp.db"
        process.run([options.mgc, "db", "init", pipeline.dsn])
        queue = pipeline.start("queue")
        try:
            run_full(pipeline, disk)
            run_read_only(pipeline, disk)
        finally:
            queue.kill()
            queue.wait()
            process.run(["umount", "--lazy", disk.root])
    return 0


if __name__ == "__main__":
    sys.exit(main())
