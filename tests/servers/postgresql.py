"""A PostgreSQL 15 of its own, durable as in production, with TLS."""

import os
import pathlib
import signal
import subprocess
import time

import process

STOP = signal.SIGINT  # fast shutdown
_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def prepare(directory: pathlib.Path, tls):
    if not (_BIN / "initdb").exists():
        raise RuntimeError(f"{_BIN}/initdb is missing; install the package postgresql-15")
    sockets = pathlib.Path("/tmp") / f"mgc-pg-{process.free_port()}"  # a socket's path is short
    sockets.mkdir()
    password, password_file = process.new_password(directory)
    port = process.free_port()
    process.hand_over(directory)
    process.hand_over(sockets)
    process.run(process.as_user(
        [_BIN / "initdb", "-D", directory / "data", "-U", "mgc_test", "-A", "scram-sha-256",
         "--pwfile", password_file, "-E", "UTF8", "--locale=C.UTF-8"]))
    # PostgreSQL wants the key to be its own.
    key = directory / "server.key"
    key.write_bytes(pathlib.Path(tls["server_key"]).read_bytes())
    key.chmod(0o600)
    with open(directory / "data" / "postgresql.conf", "a", encoding="utf-8") as settings:
        settings.write(f"""
listen_addresses = '127.0.0.1,::1'
port = {port}
unix_socket_directories = '{sockets}'
ssl = on
ssl_cert_file = '{tls["server_cert"]}'
ssl_key_file = '{key}'
ssl_min_protocol_version = 'TLSv1.2'
max_connections = 60
log_min_messages = warning
timezone = 'Pacific/Auckland'
""")
    process.hand_over(directory)
    os.chmod(directory, 0o755)
    return {"host": "127.0.0.1", "port": port, "socket_dir": str(sockets), "user": "mgc_test",
            "password": password, "password_file": password_file, "tls": True}


def _mark_as_dead(lock: pathlib.Path):
    """A postmaster that was killed stays in the table of processes until somebody waits for it, and
    is taken for a living one. The rest of its lock file tells whether its children still live."""
    if not lock.exists():
        return
    ended = subprocess.Popen(["true"])
    ended.wait()
    lines = lock.read_text().split("\n")
    lock.write_text("\n".join([str(ended.pid), *lines[1:]]))


def start(directory: pathlib.Path, server):
    environment = {**os.environ, "PGPASSWORD": server["password"]}

    def ready():
        try:
            process.run(["psql", "-h", server["socket_dir"], "-p", server["port"], "-U",
                         server["user"], "-d", "postgres", "-c", "SELECT 1"], env=environment)
            return True
        except RuntimeError:
            return False

    give_up = time.monotonic() + 30
    while True:
        for lock in [directory / "data" / "postmaster.pid",
                     *pathlib.Path(server["socket_dir"]).glob("*.lock")]:
            _mark_as_dead(lock)
        started = process.start(process.as_user([_BIN / "postgres", "-D", directory / "data"]),
                                directory)
        try:
            return process.wait_ready("PostgreSQL", started, directory, ready)
        except RuntimeError as failed:
            # Children of a postmaster that was killed end a moment after it.
            if "still in use" not in str(failed) or time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def clean(server):
    sockets = pathlib.Path(server["socket_dir"])
    if sockets.exists():
        for left in sockets.iterdir():
            left.unlink()
        sockets.rmdir()
