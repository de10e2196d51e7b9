#!/usr/bin/env python3
"""A campaign that cannot fail is worth nothing: each bug that can be planted has to make one fail.

  planted_bugs.py --mgc PROGRAM --node PROGRAM

The programs have to be of a test build. Exit status: 0 each bug was caught, and without a bug all
is fine; 1 otherwise.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TRIES = 4  # seeds; the first one does, as good as always
CAMPAIGN = [HERE / "campaign.py", "--seconds", 15, "--drain-seconds", 15]
POWER_CUT = [HERE / "power_cut.py", "outbox", "--cuts", 5]

# What is planted, what has to notice it, and as what. Being slow is not being noticed.
BUGS = [
    ("", [*CAMPAIGN, "--drain-seconds", 90], ""),
    # A pack that comes again is stored again.
    ("ignore_key", [*CAMPAIGN, "--only", "kill"], "UNIQUE constraint"),
    # The outbox trusts the broker.
    ("purge_on_accepted", [*CAMPAIGN, "--only", "lose_machine"], "lost"),
    # The receipt overtakes the commit.
    ("receipt_before_commit", [*CAMPAIGN, "--only", "lose_machine"], "lost"),
    # What was jumped over counts as stored.
    ("forget_gaps", [*CAMPAIGN, "--restore", "--only", "restore"], "lost"),
    ("", POWER_CUT, ""),
    ("skip_fsync", POWER_CUT, "lost"),             # recorded before it is on the disk
]


def run(options, bug, command, seed):
    """The verdict. Raises when there is none."""
    done = subprocess.run(
        ["unshare", "--mount", "--propagation", "private", sys.executable, "-B",
         *map(str, command), "--mgc", options.mgc, "--node", options.node, "--seed", str(seed),
         "--json"],
        env={**os.environ, "MGC_PLANTED_BUG": bug}, capture_output=True, text=True, check=False,
        timeout=400)
    try:
        return json.loads(done.stdout)
    except ValueError as failed:
        raise RuntimeError(f"{bug}: no verdict:\n{done.stdout}{done.stderr}") from failed


def is_fine(verdict):
    return verdict.get("drained", True) and not any(
        verdict.get(kind, 0) for kind in ("lost", "duplicate", "unexpected"))


def is_noticed(verdict, kind):
    """Lost means lost for good, not late."""
    if kind == "lost":
        return verdict["lost"] > 0 and verdict.get("drained", True)
    return any(kind in what for what in verdict["what_was_unexpected"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--node", required=True)
    options = parser.parse_args()
    failed = False
    for bug, command, kind in BUGS:
        for seed in range(1, TRIES + 1):
            verdict = run(options, bug, command, seed)
            right = is_noticed(verdict, kind) if bug else is_fine(verdict)
            if right or not bug:
                break
        failed |= not right
        said = ", ".join(f"{kind} {verdict[kind]}" for kind in (
            "lost", "duplicate", "unexpected", "drained") if kind in verdict)
        print(f"{'ok   ' if right else 'WRONG'} {command[0].stem}, {bug or 'no bug'}: "
              f"{seed} seed{'s' if seed > 1 else ''}, {said}", flush=True)
        if not right:
            print(json.dumps(verdict, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
