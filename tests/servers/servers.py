#!/usr/bin/env python3
"""Starts and stops the real servers of the tests, each on free ports in a directory of its own.

  servers.py start   --dir DIR [NAME...]   writes DIR/servers.json; all servers when none is named
  servers.py stop    --dir DIR
  servers.py restart --dir DIR NAME        same port, same data
  servers.py kill    --dir DIR NAME        SIGKILL, then start again
  servers.py pause   --dir DIR NAME        SIGSTOP
  servers.py resume  --dir DIR NAME        SIGCONT

Names: postgresql mariadb rabbitmq artemis. As root the servers run as the user `nobody`.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import sys

import artemis
import mariadb
import postgresql
import process
import rabbitmq
import tls

SERVERS = {"postgresql": postgresql, "mariadb": mariadb, "rabbitmq": rabbitmq, "artemis": artemis}


def read(directory):
    path = directory / "servers.json"
    if not path.exists():
        raise RuntimeError(f"{path} does not exist; begin with: servers.py start --dir {directory}")
    return json.loads(path.read_text())


def stop(directory):
    """Ends whatever runs in `directory`, also what an earlier start left behind."""
    for name, server in SERVERS.items():
        process.stop(directory / name, server.STOP)
        facts = directory / name / "server.json"
        if facts.exists():
            server.clean(json.loads(facts.read_text()))
    (directory / "servers.json").unlink(missing_ok=True)


def start_one(directory, name, certificates):
    home = directory / name
    home.mkdir()
    server = SERVERS[name]
    facts = server.prepare(home, certificates)
    (home / "server.json").write_text(json.dumps(facts))
    server.start(home, facts)
    print(f"{name} is ready", file=sys.stderr)
    return facts


def start(directory, names):
    if (directory / "servers.json").exists():
        raise RuntimeError(f"servers of {directory} were started already; end them with: "
                           f"servers.py stop --dir {directory}")
    if directory.exists():
        if not all(entry.name in [*SERVERS, "tls"] for entry in directory.iterdir()):
            raise RuntimeError(f"{directory} holds something else; name an empty directory")
        stop(directory)
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    os.chmod(directory, 0o755)
    try:
        certificates = tls.make(directory / "tls")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            started = {name: pool.submit(start_one, directory, name, certificates)
                       for name in names}
        facts = {"tls": certificates, **{name: one.result() for name, one in started.items()}}
    except BaseException:
        stop(directory)
        raise
    (directory / "servers.json").write_text(json.dumps(facts, indent=1) + "\n")


def restart(directory, name, how):
    facts = read(directory)[name]
    process.stop(directory / name, how)
    SERVERS[name].start(directory / name, facts)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command",
                        choices=["start", "stop", "restart", "kill", "pause", "resume"])
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_intermixed_args()
    directory = arguments.dir.resolve()
    for name in arguments.names:
        if name not in SERVERS:
            parser.error(f"there is no server {name}; there are {' '.join(SERVERS)}")
    if arguments.command == "start":
        start(directory, arguments.names or list(SERVERS))
    elif arguments.command == "stop":
        stop(directory)
    for name in arguments.names if arguments.command not in ("start", "stop") else []:
        if arguments.command in ("restart", "kill"):
            kill = arguments.command == "kill"
            restart(directory, name, signal.SIGKILL if kill else SERVERS[name].STOP)
        else:
            process.send(directory / name,
                         signal.SIGSTOP if arguments.command == "pause" else signal.SIGCONT)


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        print(f"servers.py: {error}", file=sys.stderr)
        sys.exit(1)
