"""The whole pipeline as processes that can be ended and started again one by one."""

import json
import pathlib
import shlex
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVERS = ROOT / "tests" / "servers" / "servers.py"
sys.path.insert(0, str(SERVERS.parent))
import process  # noqa: E402  (beside servers.py, as the next)
import reach  # noqa: E402

NODES = ["a", "b"]
SERVICES = ["service-1", "service-2"]


class Program:
    """A process of the campaign that is started again whatever ends it."""

    def __init__(self, directory, name, command):
        self.directory, self.name, self.command = directory, name, list(map(str, command))
        self.process = None
        self.starts = 0

    def start(self):
        self.starts += 1
        with open(self.directory / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(self.command, cwd=self.directory, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)

    def end(self, how=signal.SIGTERM, seconds=40):
        """Ends it by a signal; what SIGTERM does not end in time is a fault of its own."""
        self.process.send_signal(how)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"{self.name} did not end within {seconds} s of signal {how}"
        return None


class Pipeline:
    """Nodes, broker, services and database, each a process of its own in one directory.

    options: mgc node broker db rate seed restore, as campaign.py reads them.
    """

    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.servers = {}
        self.programs = {}

    def set_up(self):
        names = [name for name in (self.options.broker, self.options.db)
                 if name not in ("embedded", "sqlite")]
        if names:
            self.manage("start", *names)
            self.servers = json.loads((self.server_home() / "servers.json").read_text())
        self.run([self.options.mgc, "db", "init", self.dsn()])
        if self.options.broker == "embedded":
            self.port = process.free_port()
            self.add("queue", [self.options.mgc, "queue", "--listen", f"127.0.0.1:{self.port}",
                               "--store", "queue.db"])
        flags = self.broker_flags()
        for attempt in range(20):
            declared = subprocess.run(
                list(map(str, [self.options.mgc, "queue", "declare", *flags,
                               *(word for node in NODES for word in ("--node", node))])),
                capture_output=True, text=True, check=False)
            if declared.returncode == 0:
                break
            time.sleep(0.5)
        else:
            raise RuntimeError(f"no queue: {declared.stderr}")
        for service in SERVICES:
            self.add(service, [self.options.mgc, "consume", "--mgccomp", self.dsn(), *flags,
                               "--lease", 2, "--batch-events-max", 2000])
        for node in NODES:
            self.add(node, self.node_command(node))

    def node_command(self, node, *more):
        return [self.options.node, "--node", node, "--outbox", f"{node}.outbox", "--ledger",
                f"{node}.ledger", "--rate", self.options.rate, "--seed", self.options.seed,
                # Only what is put back needs what had its receipt.
                "--keep-seconds", 3600 if self.options.restore else 0,
                *self.broker_flags(), *more]

    def add(self, name, command):
        self.programs[name] = Program(self.directory, name, command)
        self.programs[name].start()

    def broker_flags(self):
        if self.options.broker == "embedded":
            return ["--broker", f"amqp://127.0.0.1:{self.port}"]
        return reach.broker_flags(self.servers, self.options.broker)

    def dsn(self):
        if self.options.db == "sqlite":
            return f"sqlite3://db={self.directory}/mgccomp.db"
        return (reach.dsn(self.servers, self.options.db, "campaign")
                + " lock_timeout=3 statement_timeout=10")

    def server_home(self):
        return self.directory / "servers"

    def manage(self, command, *names):
        self.run([sys.executable, "-B", SERVERS, command, "--dir", self.server_home(), *names],
                 timeout=300)

    def run(self, command, timeout=120):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              timeout=timeout, check=False, cwd=self.directory)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n"
                               f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def end_all(self):
        for program in self.programs.values():
            if program.process and program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        if self.server_home().exists():
            self.manage("stop")
