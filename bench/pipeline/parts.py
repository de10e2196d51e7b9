"""The parts of the measurement; each starts from an empty queue and an empty database."""

import json
import subprocess
import time

from machine import Process, wait_for_port, wait_until_ready
from process import free_port

BATCH_EVENTS = 20_000
LATENCY_SECONDS = 10
FILL_LINGER_SECONDS = 600
SINGLE_SHARE = 0.2  # of the events; one-event packs are slower by as much


def cost_of(process, events, prefix):
    return {f"{prefix}_cpu_us_per_event": process.cpu_seconds() * 1e6 / events,
            f"{prefix}_peak_mib": process.peak_mib()}


class Bench:
    def __init__(self, arguments, machine, scratch):
        self.arguments, self.machine, self.scratch = arguments, machine, scratch
        self.number = 0
        self.queue = None
        self.outbox, self.events = self.record_workload()

    def start(self, label, *command):
        process = Process([self.arguments.mgc, *command], self.scratch, label)
        self.machine.processes.append(process)
        return process

    def run(self, *command):
        subprocess.run(list(map(str, [self.arguments.mgc, *command])), check=True,
                       capture_output=True, cwd=self.scratch)

    def record_workload(self):
        """An outbox with the events that yardstick A loads; no broker is there to take them."""
        outbox = self.scratch / "workload.outbox"
        node = self.start_node("workload", outbox, "--broker", "amqp://127.0.0.1:1", "--linger", 0)
        return outbox, node.wait(fine=(0, 3))["recorded"]

    def start_node(self, label, outbox, *flags):
        """A node that records all events of a round: generated, or of the real logs."""
        load = (["replay", *self.arguments.logs] if self.arguments.logs else
                ["simulate", "--profile", "max", "--events", self.arguments.events])
        return self.start(label, "node", *load, "--node", "workload", "--outbox", outbox,
                          "--keep-seconds", 0, "--json", *flags)

    def open_queue(self):
        """An empty queue; returns the flags of its clients."""
        self.number += 1
        address = f"bench{self.number}"
        flags = self.machine.broker_flags()
        if flags is None:
            port = free_port()
            self.queue = self.start("queue", "queue", "--listen", f"127.0.0.1:{port}", "--store",
                                    self.scratch / f"{address}.queue")
            wait_for_port(port, self.queue)
            flags = ["--broker", f"amqp://127.0.0.1:{port}"]
        flags = [*flags, "--address", address]
        self.run("queue", "declare", *flags, "--node", "workload")
        return flags

    def close_queue(self):
        """What the embedded queue cost, for `events` events; nothing for a broker."""
        if self.queue is None:
            return None
        queue, self.queue = self.queue, None
        queue.stop()
        (self.scratch / f"bench{self.number}.queue").unlink()
        return queue

    def empty_database(self):
        self.machine.settle()
        dsn = self.machine.new_database()
        self.run("db", "init", dsn)
        return dsn

    def fill(self, flags):
        """A node alone, until the queue has taken all of it; what that cost."""
        outbox = self.scratch / f"fill{self.number}.outbox"
        begun = time.monotonic()
        node = self.start_node("node", outbox, "--linger", FILL_LINGER_SECONDS, *flags)
        node.wait()
        seconds = time.monotonic() - begun
        outbox.unlink()
        return {"events_per_second": self.events / seconds, "seconds": seconds,
                **cost_of(node, self.events, "node")}

    def yardstick(self, label, *command):
        process = Process([self.arguments.yardstick, *command], self.scratch, label)
        said = process.wait()
        return {**{key: said[key] for key in ("events_per_second", "seconds")},
                **cost_of(process, said["events"], label)}

    def yardstick_a(self):
        return self.yardstick("load", "load", "--mgccomp", self.empty_database(), "--outbox",
                              self.outbox, "--batch-events-max", BATCH_EVENTS)

    def yardstick_b(self):
        flags = self.open_queue()
        self.fill(flags)
        said = self.yardstick("drop", "drop", *flags, "--events", self.events)
        self.close_queue()
        return said

    def check(self, dsn, events):
        """Everything is there once: a measurement of something else is none."""
        done = subprocess.run([self.arguments.mgc, "audit", "count", "--mgccomp", dsn, "--json"],
                              check=True, capture_output=True, text=True)
        counts = json.loads(done.stdout)
        if counts["events"] < events or counts["gaps"] or counts["dead_letters"]:
            raise RuntimeError(f"not everything was stored: {counts}")

    def drain(self):
        flags = self.open_queue()
        filled = self.fill(flags)
        dsn = self.empty_database()
        consume = self.start("consume", "consume", "--mgccomp", dsn, *flags, "--until-idle", 1,
                             "--json")
        said = consume.wait()
        self.check(dsn, self.events)
        self.close_queue()
        return {**{key: said[key] for key in ("events_per_second", "seconds", "batches")},
                **cost_of(consume, self.events, "consumer")}, filled

    def with_service(self, events, load):
        """A node beside queue and service, until it has all its receipts."""
        flags = self.open_queue()
        dsn, port = self.empty_database(), free_port()
        consume = self.start("consume", "consume", "--mgccomp", dsn, *flags, "--json", "--metrics",
                             f"127.0.0.1:{port}")
        wait_until_ready(port, consume)  # its start is not what an event waits for
        outbox = self.scratch / f"live{self.number}.outbox"
        node = self.start("node", "node", "simulate", "--profile", "max", "--events", events,
                          "--node", "workload", "--outbox", outbox, "--keep-seconds", 0, "--wait",
                          "--json", *load, *flags)
        said = node.wait()
        consume.stop()
        self.check(dsn, events)
        queue = self.close_queue()
        outbox.unlink()
        wanted = ("events_per_second", "seconds", "committed_ms_p50", "committed_ms_p99",
                  "append_ms_p99")
        figures = {**{key: said[key] for key in wanted}, **cost_of(node, events, "node"),
                   **cost_of(consume, events, "consumer")}
        if queue is not None:
            figures.update(cost_of(queue, events, "queue"))
        return figures

    def live(self, pack_events):
        events = self.events if pack_events > 1 else max(1, int(self.events * SINGLE_SHARE))
        return self.with_service(events, ["--pack-events-max", pack_events])

    def paced(self, rate):
        figures = self.with_service(int(rate * LATENCY_SECONDS), ["--rate", f"{rate:.0f}"])
        if figures["events_per_second"] > rate * 1.1:
            raise RuntimeError(f"the node was to record {rate:,.0f} events a second: {figures}")
        return figures

    def publish(self):
        flags = self.open_queue()
        consume = self.start("consume", "consume", "--mgccomp", self.empty_database(), *flags)
        outbox = self.scratch / f"publish{self.number}.outbox"
        process = Process([self.arguments.yardstick, "publish", *flags, "--outbox", outbox],
                          self.scratch, "publish")
        said = process.wait()
        consume.stop()
        self.close_queue()
        return said
