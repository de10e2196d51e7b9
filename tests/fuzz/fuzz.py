#!/usr/bin/env python3
"""Runs fuzz targets, each for some CPU time, and says what they found.

  fuzz.py --bin DIR --work DIR [TARGET...] [--seconds N] [--merge] [--json]

Each target starts from the corpus of the repository and from what earlier runs left in --work; new
inputs go to --work. A finding is an input that ends the program or takes too long: it is kept, and
the target is not run further.

Exit status: 0 no finding; 1 a finding; 2 wrong usage.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
# The longest input of each target: enough for what it reads, and short keeps it fast.
TARGETS = {
    "pack": 4096,
    "log_import": 4096,
    "outbox_file": 256,
    "queue_file": 256,
    "settings": 2048,
    "queue_socket": 2048,
    "text_query": 1024,
    "lync_xml": 4096,
    "export_files": 4096,
}
CHUNK_SECONDS = 60
INPUT_SECONDS = 20  # for one input; more is a hang
MEMORY_MIB = 2048
KEPT_BYTES_MAX = 64 * 1024
# Files that a merge made are named by the beginning of their SHA-1.
MERGED_DIGITS = 16
MERGED_NAME = re.compile(rf"[0-9a-f]{{{MERGED_DIGITS}}}")
# What was freed is watched for misuse: as much of it as one input makes, not all of a minute.
ENVIRONMENT = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1",
               "ASAN_OPTIONS": "quarantine_size_mb=16:detect_stack_use_after_return=1"}


class Target:
    """One fuzz target with its folders."""

    def __init__(self, name, options):
        self.name, self.options = name, options
        self.program = options.bin / f"fuzz_{name}"
        self.committed = CORPUS / name
        self.found = options.work / "corpus" / name
        self.findings = options.work / "findings"
        self.log = options.work / "logs" / f"{name}.log"
        for folder in (self.committed, self.found, self.findings, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)

    def files(self):
        return sum(1 for _ in self.found.iterdir())

    def start(self, *arguments):
        """Runs the program to its end; its exit status, CPU seconds, and what it wrote."""
        command = [self.program, f"-max_len={TARGETS[self.name]}", f"-timeout={INPUT_SECONDS}",
                   f"-rss_limit_mb={MEMORY_MIB}", "-print_final_stats=1", "-len_control=20",
                   f"-artifact_prefix={self.findings}/{self.name}-", *arguments]
        begin = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, env=ENVIRONMENT)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        with open(self.log, "rb") as log:
            log.seek(begin)
            written = log.read().decode(errors="replace")
        return child.returncode, used.ru_utime + used.ru_stime, written

    def run(self):
        before, executions, cpu, finding = self.files(), 0, 0.0, None
        while finding is None and cpu < self.options.seconds:
            seconds = max(1, min(CHUNK_SECONDS, round(self.options.seconds - cpu)))
            status, used, written = self.start(f"-max_total_time={seconds}", self.found,
                                               self.committed)
            cpu += used
            ran = re.findall(r"stat::number_of_executed_units: (\d+)", written)
            executions += int(ran[-1]) if ran else 0
            if status != 0:
                kept = re.findall(r"Test unit written to (\S+)", written)
                finding = kept[-1] if kept else f"no input was kept; see {self.log}"
            self.say(f"{executions} executions, {cpu:.0f} of {self.options.seconds} CPU seconds")
        return {"target": self.name, "executions": executions, "cpu_seconds": round(cpu, 1),
                "new_files": self.files() - before, "finding": finding}

    def merge(self):
        """Makes the corpus of the repository the fewest inputs that reach all edges known."""
        merged = self.options.work / "merged" / self.name
        shutil.rmtree(merged, ignore_errors=True)
        merged.mkdir(parents=True)
        status, _, _ = self.start("-set_cover_merge=1", "-use_counters=0", merged,
                                  self.committed, self.found)
        if status != 0:
            raise SystemExit(f"fuzz: {self.name} cannot be merged; see {self.log}")
        for file in self.committed.iterdir():
            if MERGED_NAME.fullmatch(file.name):  # others are findings, named by what they show
                file.unlink()
        for file in merged.iterdir():
            if file.stat().st_size <= KEPT_BYTES_MAX:
                shutil.copyfile(file, self.committed / file.name[:MERGED_DIGITS])
        self.say(f"the corpus is {sum(1 for _ in self.committed.iterdir())} files")

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')} {self.name}: {text}", file=sys.stderr, flush=True)


def as_text(results):
    rows = [("target", "executions", "cpu s", "new files", "finding")]
    rows += [(one["target"], str(one["executions"]), f"{one['cpu_seconds']:.0f}",
              str(one["new_files"]), one["finding"] or "none") for one in results]
    return "\n".join(f"{name:<14}{ran:>12}{cpu:>8}{new:>11}  {finding}"
                     for name, ran, cpu, new, finding in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET",
                        help=f"of {', '.join(TARGETS)}; default: each of them")
    parser.add_argument("--seconds", type=int, default=60,
                        help="CPU seconds of one core for each target (60)")
    parser.add_argument("--merge", action="store_true",
                        help="afterwards put what was found, minimised, into tests/fuzz/corpus")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="where the programs are")
    parser.add_argument("--work", type=pathlib.Path, required=True,
                        help="for new inputs, findings and logs")
    options = parser.parse_args()
    options.bin, options.work = options.bin.resolve(), options.work.resolve()
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"there is no target {unknown[0]}; choose of {', '.join(TARGETS)}")
    results = []
    for name in options.targets or TARGETS:
        target = Target(name, options)
        results.append(target.run())
        if options.merge and results[-1]["finding"] is None:
            target.merge()
    print(json.dumps(results, indent=1) if options.json else as_text(results))
    return 1 if any(one["finding"] for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
