#!/usr/bin/env python3
"""A campaign that cannot fail is worth nothing: each bug that can be planted has to make one fail.

  planted_bugs.py --mgc PROGRAM --node PROGRAM

The programs have to be of a test build. Exit status: 0 each bug was caught, and without a bug the
same seed is fine; 1 otherwise.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

CAMPAIGN = pathlib.Path(__file__).resolve().parent / "campaign.py"
TRIES = 4  # seeds; the first one usually does

# What is planted, and the campaign that has to notice it.
BUGS = {
    "": [],
    "ignore_key": [],             # a pack that comes again is stored again
    "purge_on_accepted": [],      # the outbox trusts the broker
    "receipt_before_commit": [],  # the receipt overtakes the commit
    "forget_gaps": ["--restore"],  # what was jumped over is taken for stored
}


def run(options, bug, flags, seed):
    done = subprocess.run(
        [sys.executable, "-B", str(CAMPAIGN), "--mgc", options.mgc, "--node", options.node,
         "--seconds", "15", "--drain-seconds", "15", "--seed", str(seed), "--json", *flags],
        env={**os.environ, "MGC_PLANTED_BUG": bug}, capture_output=True, text=True, check=False,
        timeout=400)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"lost": 0, "duplicate": 0, "unexpected": 1, "drained": False,
                "what_was_unexpected": [done.stderr[-2000:]]}


def is_fine(verdict):
    return verdict["drained"] and not any(
        verdict[kind] for kind in ("lost", "duplicate", "unexpected"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mgc", required=True)
    parser.add_argument("--node", required=True)
    options = parser.parse_args()
    failed = False
    for bug, flags in BUGS.items():
        for seed in range(1, TRIES + 1):
            verdict = run(options, bug, flags, seed)
            if not bug or not is_fine(verdict):
                break
        right = is_fine(verdict) == (not bug)
        failed |= not right
        print(f"{'ok    ' if right else 'WRONG '} {bug or 'no bug'}: seeds {seed}, " + ", ".join(
            f"{kind} {verdict[kind]}" for kind in ("lost", "duplicate", "unexpected", "drained")),
              flush=True)
        if not right:
            print(json.dumps(verdict, indent=1))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
