"""The servers of a measurement, and its processes with what they cost."""

import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "servers"))
import reach  # noqa: E402  (beside servers.py)

SERVERS = ROOT / "tests" / "servers" / "servers.py"
TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A running program, whose cost is known at its end."""

    def __init__(self, command, directory, label):
        self.command, self.label = list(map(str, command)), label
        self.out = directory / f"{label}.out"
        self.log = directory / f"{label}.log"
        with open(self.out, "wb") as out, open(self.log, "wb") as log:
            self.popen = subprocess.Popen(self.command, cwd=directory, stdout=out, stderr=log,
                                          stdin=subprocess.DEVNULL)
        self.used = None

    def wait(self, fine=(0,)):
        """Waits for the end; the JSON document that the program printed, if it printed one."""
        _, status, self.used = os.wait4(self.popen.pid, 0)
        self.popen.returncode = os.waitstatus_to_exitcode(status)
        if self.popen.returncode not in fine:
            raise RuntimeError(f"{shlex.join(self.command)} ended with {self.popen.returncode}:\n"
                               f"{self.log.read_text(errors='replace')[-2000:]}")
        text = self.out.read_text()
        return json.loads(text) if text.startswith("{") else {}

    def stop(self):
        if self.popen.returncode is None:
            self.popen.terminate()
            self.wait(fine=(0, -15))

    def kill(self):
        """After a failure; what has ended stays as it is."""
        if self.popen.returncode is None:
            self.popen.kill()
            self.popen.wait()

    def cpu_seconds(self):
        return self.used.ru_utime + self.used.ru_stime

    def peak_mib(self):
        return self.used.ru_maxrss / 1024


class Machine:
    """Starts what the measurement needs of real servers, and ends it."""

    def __init__(self, arguments, scratch):
        self.arguments, self.scratch = arguments, scratch
        self.servers = {}
        self.own_servers = None
        self.databases = 0
        self.processes = []  # those that ended by themselves too

    def __enter__(self):
        wanted = {self.arguments.broker, self.arguments.db} & {"rabbitmq", "artemis", "postgresql",
                                                               "mariadb"}
        if self.arguments.servers:
            self.servers = json.loads(pathlib.Path(self.arguments.servers).read_text())
        elif wanted:
            self.own_servers = self.scratch / "servers"
            subprocess.run([sys.executable, "-B", SERVERS, "start", "--dir", self.own_servers,
                            *sorted(wanted)], check=True, stdout=sys.stderr)
            self.servers = json.loads((self.own_servers / "servers.json").read_text())
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
        if self.own_servers:
            subprocess.run([sys.executable, "-B", SERVERS, "stop", "--dir", self.own_servers],
                           check=True, stdout=sys.stderr)

    def new_database(self):
        """The string of an empty database."""
        self.databases += 1
        kind, name = self.arguments.db, f"bench_{os.getpid()}_{self.databases}"
        if kind == "sqlite":
            return f"sqlite3://db={self.scratch}/{name}.db"
        if kind not in ("postgresql", "mariadb"):
            return kind
        return reach.dsn(self.servers, kind, name)

    def settle(self):
        """What the parts before have left to be written becomes no cost of the next one."""
        if self.arguments.db == "postgresql":
            server = self.servers["postgresql"]
            password = pathlib.Path(server["password_file"]).read_text().strip()
            subprocess.run(["psql", "-qX", "-h", server["host"], "-p", str(server["port"]), "-U",
                            server["user"], "-d", "postgres", "-c", "CHECKPOINT"], check=True,
                           env={**os.environ, "PGPASSWORD": password})
        os.sync()

    def broker_flags(self):
        """How a client reaches the broker; None when it has to be started first."""
        kind = self.arguments.broker
        if kind == "embedded":
            return None
        if kind not in ("rabbitmq", "artemis"):
            return ["--broker", kind]
        return reach.broker_flags(self.servers, kind)


def wait_until(works, process, seconds=30):
    """Until `works()` of a process that is starting; OSError is as False."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if works():
                return
        except OSError:  # nobody listens yet, or it is not ready
            pass
        if process.popen.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"{shlex.join(process.command)} did not start:\n"
                       f"{process.log.read_text(errors='replace')[-2000:]}")


def wait_for_port(port, process):
    def listens():
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    wait_until(listens, process)


def wait_until_ready(port, process):
    """Until the metrics server of `process` says that it works."""
    def is_ready():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
            return True
    wait_until(is_ready, process)


def run_measurement(arguments, measure, as_text):
    """Measures in a directory of its own, and prints what came out; the exit status."""
    scratch = pathlib.Path(arguments.dir or tempfile.mkdtemp(prefix="mgc-bench-"))
    os.chmod(scratch, 0o755)  # the servers run as another user
    try:
        document = measure(arguments, scratch)
    except (OSError, RuntimeError, subprocess.SubprocessError) as failure:
        print(failure, file=sys.stderr)
        return 1
    finally:
        if not arguments.dir:
            shutil.rmtree(scratch, ignore_errors=True)
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if arguments.write:
        pathlib.Path(arguments.write).write_text(text + "\n")
    print(text if arguments.json else as_text(document))
    return 0
