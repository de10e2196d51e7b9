#!/usr/bin/env python3
"""Runs the shell blocks of a Markdown document as a reader would, and fails where one fails.

The convention for documents of this repository:

  ```sh        is run. All of them run in order, in one bash session with `set -euo pipefail`.
  ```console   is shown: a command with its output, or a command that needs another machine.
  ```text      is shown, as is every other kind of block.

The session starts in an empty directory. Its subfolder `mgc` looks like a fresh checkout of the
repository, so a document says `cd mgc` where its reader would have cloned it; what the commands
write there does not end up in the repository. HOME is empty too, and `$HOME/.local/bin` is on PATH.
What is started in the background is ended when the session ends.

Exit status: 0 every block passed, 1 one failed or took too long, 2 the document cannot be checked.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

FENCE = re.compile(r"^(`{3,})(.*)$")


def shell_blocks(text):
    """The blocks marked `sh`, as (line number of the first command, commands)."""
    blocks = []
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        match = FENCE.match(line)
        if fence is None and match:
            fence, kind, first, body = match.group(1), match.group(2).strip(), number + 1, []
        elif fence is not None and line.rstrip() == fence:
            if kind == "sh":
                blocks.append((first, "\n".join(body) + "\n"))
            fence = None
        elif fence is not None:
            body.append(line)
    if fence is not None:
        raise ValueError(f"the block that begins at line {first - 1} has no end")
    return blocks


def session_script(blocks, state):
    """One script of all blocks; the file `state` says which one is running."""
    parts = ["set -euo pipefail\n"]
    for number, (line, body) in enumerate(blocks, start=1):
        parts.append(f"printf '%s' {number} > '{state}'\n")
        parts.append(f"printf '== block {number}, line {line}\\n'\n{body}")
    parts.append(f"printf done > '{state}'\n")
    return "".join(parts)


def make_checkout(repository, folder):
    """A folder that looks like the repository, in which files can be made without touching it."""
    folder.mkdir()
    for entry in repository.iterdir():
        if entry.name not in (".git", "mgc-demo"):
            (folder / entry.name).symlink_to(entry)


def end_group(process):
    """Ends what the session left running in the background. Its own process group, nothing else."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            give_up = time.monotonic() + 10
            while time.monotonic() < give_up:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            return


def run_session(blocks, repository, path, timeout):
    """Runs the blocks. Returns None, or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="mgc-readme-") as scratch_name:
        scratch = pathlib.Path(scratch_name)
        home, work, state = scratch / "home", scratch / "work", scratch / "state"
        home.mkdir()
        work.mkdir()
        state.write_text("0")
        make_checkout(repository, work / "mgc")
        env = dict(os.environ, HOME=str(home))
        env["PATH"] = os.pathsep.join(
            [f"{home}/.local/bin"] + path + [os.environ.get("PATH", os.defpath)])
        script = scratch / "session.sh"
        script.write_text(session_script(blocks, state))
        process = subprocess.Popen(["bash", str(script)], cwd=work, env=env,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            status = process.wait(timeout=timeout)
            fault = f"ended with status {status}"
        except subprocess.TimeoutExpired:
            status, fault = None, f"did not end within {timeout:g} seconds"
        finally:
            end_group(process)
        reached = state.read_text()
        if reached == "done" and status == 0:
            return None
        if reached == "done":
            return fault
        number = max(int(reached), 1)
        line, body = blocks[number - 1]
        return f"block {number}, line {line}, {fault}:\n{body}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", type=pathlib.Path)
    parser.add_argument("--repository", type=pathlib.Path, required=True)
    parser.add_argument("--path", action="append", default=[], help="a folder to put on PATH")
    parser.add_argument("--timeout", type=float, default=900, help="seconds, for all blocks")
    options = parser.parse_args()
    try:
        blocks = shell_blocks(options.document.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{options.document}: {error}", file=sys.stderr)
        return 2
    if not blocks:
        print(f"{options.document}: no block is marked sh; nothing was checked", file=sys.stderr)
        return 2
    fault = run_session(blocks, options.repository.resolve(), options.path, options.timeout)
    if fault is not None:
        print(f"{options.document}: {fault}", file=sys.stderr)
        return 1
    print(f"{options.document}: {len(blocks)} blocks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
