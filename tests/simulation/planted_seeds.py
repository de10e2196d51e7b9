#!/usr/bin/env python3
"""A simulator that cannot find anything is worth nothing: each planted bug has to make a seed fail.

  planted_seeds.py --simulation PROGRAM [--seeds N]

The program has to be of a test build. Prints for each bug how many seeds it took. Exit status: 0
each was caught, and without a bug nothing was found; 1 otherwise.
"""

import argparse
import os
import re
import subprocess
import sys

BUGS = ["settle_before_commit", "receipt_before_commit", "purge_on_accepted", "skip_fsync",
        "ignore_key", "forget_gaps", "merge_histories"]


def run(options, bug):
    """The exit status, and what was printed."""
    done = subprocess.run([options.simulation, "--seeds", str(options.seeds)],
                          env={**os.environ, "MGC_PLANTED_BUG": bug}, capture_output=True,
                          text=True, check=False, timeout=250)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{bug}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--simulation", required=True)
    parser.add_argument("--seeds", type=int, default=200)
    options = parser.parse_args()
    failed = False
    for bug in ["", *BUGS]:
        status, said = run(options, bug)
        right = status == (1 if bug else 0)
        failed |= not right
        took = re.search(r"after (\d+) seeds\n  (.*)", said)
        what = f"{took[1]} seeds: {took[2][:80]}" if took else f"{options.seeds} seeds, nothing"
        print(f"{'ok   ' if right else 'WRONG'} {bug or 'no bug'}: {what}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
