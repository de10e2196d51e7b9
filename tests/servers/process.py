"""Starting, watching and ending the processes of the test servers."""

import os
import pathlib
import pwd
import secrets
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_password(directory: pathlib.Path):
    """A random password and the file that holds it, readable by its owner only."""
    password = secrets.token_hex(12)
    path = directory / "password"
    path.touch(mode=0o600)
    path.write_text(password + "\n")
    return password, str(path)


def ordinary_user():
    """Whom a server runs as: the caller, or `nobody` when the caller is root."""
    return pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)


def hand_over(path: pathlib.Path):
    """Gives `path` and what is in it to ordinary_user(), and lets it through to there."""
    if os.getuid() != 0:
        return
    user = ordinary_user()
    for entry in [path, *path.rglob("*")]:
        os.chown(entry, user.pw_uid, user.pw_gid, follow_symlinks=False)


def as_user(command):
    if os.getuid() != 0:
        return command
    user = ordinary_user()
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups",
            "--", *command]


def run(command, **options):
    """Runs a command of a server's to its end. Raises with what it said when it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n"
                           f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def start(command, directory: pathlib.Path, environment=None):
    """Starts a server in a session of its own; its output goes to DIRECTORY/log."""
    with open(directory / "log", "ab") as log:
        process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True, cwd=directory,
                                   env={**os.environ, **(environment or {})})
    (directory / "pid").write_text(str(process.pid))
    return process


def tail(path: pathlib.Path, size=3000):
    return path.read_text(errors="replace")[-size:] if path.exists() else "(no log)"


def wait_ready(name, process, directory, ready, seconds=90):
    """Waits until `ready()` is true. Raises with the end of the log when it never is."""
    deadline = time.monotonic() + seconds
    while not ready():
        ended = process.poll()
        if ended is not None or time.monotonic() > deadline:
            what = f"ended with {ended}" if ended is not None else f"not ready in {seconds} s"
            raise RuntimeError(f"{name} {what}; the end of {directory}/log:\n"
                               f"{tail(directory / 'log')}")
        time.sleep(0.1)


def answers(port, host="127.0.0.1"):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _alive(group):
    """Whether a process of the group runs; one that ended and was not waited for does not. While
    only its first thread has ended, it still has its ports."""
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            threads = len(os.listdir(entry / "task"))
        except OSError:
            continue
        if int(fields[2]) == group and (fields[0] != "Z" or threads > 1):
            return True
    return False


def stop(directory: pathlib.Path, how=signal.SIGTERM, seconds=30):
    """Ends the server of `directory` and all of its processes; waits until they are gone."""
    pid_file = directory / "pid"
    if not pid_file.exists():
        return
    group = int(pid_file.read_text())
    for sent in (signal.SIGCONT, how, signal.SIGKILL):
        if not _alive(group):
            break
        os.killpg(group, sent)
        deadline = time.monotonic() + (0 if sent == signal.SIGCONT else seconds)
        while _alive(group) and time.monotonic() < deadline:
            time.sleep(0.05)
    pid_file.unlink()


def send(directory: pathlib.Path, what):
    os.killpg(int((directory / "pid").read_text()), what)
