#!/usr/bin/env python3
"""Checks protocol.pml with Spin: every property that has to hold, over all runs, and every one that
has to be refuted, so that the model is known to be able to fail.

  check.py            Exit status: 0 all as it has to be; 1 otherwise.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).resolve().parent / "protocol.pml"

# Definitions of the model, property, whether it has to hold.
CHECKS = [
    ([], "recorded_is_stored", True),
    ([], "never_twice", True),
    ([], "purged_is_stored", True),
    # Why there are receipts: a broker's `accepted` says nothing.
    ([], "accepted_is_stored", False),
    (["TRUST_ACCEPTED"], "purged_is_stored", False),
    # Why packs have a key.
    (["IGNORE_KEY"], "never_twice", False),
    # With outbox and receipts even a service that settles first loses nothing of our nodes.
    (["SETTLE_FIRST"], "recorded_is_stored", True),
    # In calm weather.
    (["DROPS=0", "RESTORES=0"], "recorded_is_stored", True),
]
FAIR = {"recorded_is_stored"}  # says what comes in the end, if everybody goes on


def holds(directory, definitions, claim):
    """True or False, and the number of states. Raises when Spin did not finish."""
    defines = [f"-D{name}" for name in definitions]

    def run(*command):
        return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True,
                              timeout=600).stdout

    run("spin", *defines, "-a", str(MODEL))
    run("gcc", "-O2", "-w", "-DNFAIR=3", "-o", "pan", "pan.c")
    said = run("./pan", "-a", *(["-f"] if claim in FAIR else []), "-m1000000", "-N", claim)
    errors = re.search(r"errors: (\d+)", said)
    states = re.search(r"(\d+) states, stored", said)
    if not errors or "max search depth too small" in said or "out of memory" in said:
        raise RuntimeError(said)
    return errors[1] == "0", int(states[1])


def main():
    for program in ("spin", "gcc"):
        if shutil.which(program) is None:
            sys.exit(f"check.py: {program} is missing; install it")
    failed = False
    for definitions, claim, wanted in CHECKS:
        with tempfile.TemporaryDirectory() as scratch:
            found, states = holds(scratch, definitions, claim)
        failed |= found != wanted
        print(f"{'ok   ' if found == wanted else 'WRONG'} {claim}"
              f"{' with ' + ', '.join(definitions) if definitions else ''}: "
              f"{'holds' if found else 'refuted'}, {states:,} states", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
