"""Tests of readme_check.py on small documents."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).with_name("readme_check.py")


class ReadmeCheck(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.repository = self.root / "repository"
        self.repository.mkdir()
        (self.repository / "run").write_text("the script\n")

    def check(self, document, *options):
        path = self.root / "README.md"
        path.write_text(document)
        return subprocess.run(
            [sys.executable, CHECK, path, "--repository", self.repository, *options],
            capture_output=True, text=True, timeout=60)

    def test_runs_blocks_in_order_in_one_session(self):
        done = self.check("# A\n```sh\na=1\ncd mgc\n```\ntext\n"
                          "```sh\ntest $a = 1\ngrep script run\n```\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("2 blocks passed", done.stdout)

    def test_names_the_block_that_fails(self):
        done = self.check("```sh\ntrue\n```\n\n```sh\nfalse\ntrue\n```\n```sh\necho later\n```\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("block 2, line 6, ended with status 1:\nfalse\n", done.stderr)
        self.assertNotIn("later", done.stdout)

    def test_a_failure_inside_a_pipe_counts(self):
        self.assertEqual(self.check("```sh\nfalse | cat\n```\n").returncode, 1)

    def test_an_early_exit_does_not_pass(self):
        done = self.check("```sh\nexit 0\n```\n```sh\nfalse\n```\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("block 1, line 2", done.stderr)

    def test_other_blocks_are_only_shown(self):
        done = self.check("```console\n$ false\n```\n```text\nfalse\n```\n```sh\ntrue\n```\n"
                          "````\n```sh\nfalse\n```\n````\n")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_document_without_blocks_is_an_error(self):
        self.assertEqual(self.check("# A\n```console\ntrue\n```\n").returncode, 2)

    def test_a_block_without_end_is_an_error(self):
        done = self.check("```sh\ntrue\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("line 1 has no end", done.stderr)

    def test_a_block_that_hangs_is_ended_and_named(self):
        done = self.check("```sh\ntrue\n```\n```sh\nread -r < <(tail -f /dev/null)\n```\n",
                          "--timeout", "1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("block 2, line 5, did not end within 1 seconds", done.stderr)

    def test_background_processes_are_ended(self):
        done = self.check("```sh\ntail -f /dev/null &\necho \"pid=$!\"\n```\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        pid = done.stdout.split("pid=")[1].split()[0]
        self.assertFalse(pathlib.Path("/proc", pid, "cwd").exists())

    def test_files_do_not_reach_the_repository(self):
        done = self.check("```sh\ncd mgc\ntouch new\ntest ! -e \"$HOME/.profile\"\n```\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse((self.repository / "new").exists())

    def test_programs_of_path_are_found(self):
        program = self.root / "bin" / "mgc"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\necho found\n")
        program.chmod(0o755)
        done = self.check("```sh\nmgc\n```\n", "--path", str(program.parent))
        self.assertIn("found", done.stdout)


if __name__ == "__main__":
    unittest.main()
