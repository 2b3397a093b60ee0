"""Shared by the tests of the site's database on real servers."""

import os
import subprocess
import unittest

from database_servers import BACKENDS

STEPS = os.environ["SITE_STEPS"]
# SQLite has no server.
BACKEND = BACKENDS.get(os.environ["SITE_BACKEND"])
IS_POSTGRESQL = BACKEND is not None and BACKEND.scheme == "postgresql"


class Steps:
    """A program that has the database open and does one step after the other: site_steps.cpp."""

    def __init__(self, url, environment=None, before=()):
        self._process = subprocess.Popen([*before, STEPS, url], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, env=environment)

    def begin(self, step):
        self._process.stdin.write(step + "\n")
        self._process.stdin.flush()

    def line(self):
        return self._process.stdout.readline().rstrip("\n")

    def end(self):
        """The result of the step that was begun."""
        while True:
            line = self.line()
            if line.startswith("= "):
                return line[2:]
            if not line:
                raise RuntimeError("the steps ended")

    def do(self, step):
        self.begin(step)
        return self.end()

    def begin_and_see(self, step, told):
        """Begins a step and returns when it told this often that it goes on."""
        self.begin(step)
        for _ in range(told):
            if self.line().startswith("= "):
                raise RuntimeError("the step ended too early")

    def most_memory(self):
        """In KiB, at any time until now."""
        with open(f"/proc/{self._process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

    def kill(self):
        self._process.kill()
        self._process.wait()

    def close(self):
        """Also a second time."""
        if self._process.stdin.closed:
            return
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()


class ServerCase(unittest.TestCase):
    def steps(self, url, environment=None, before=()):
        """`before`: words to put before the command."""
        steps = Steps(url, environment, before)
        self.addCleanup(steps.close)
        return steps

    def assert_error(self, result, code):
        self.assertTrue(result.startswith(f"error {code}"), result)


def main():
    unittest.main(verbosity=2)
