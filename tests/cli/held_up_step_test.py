"""Attacks on the step with more rights by a user who may start it: nothing of his stops, ends,
slows down or blocks it in the middle of an update."""

import contextlib
import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import time
import unittest

from accounts import AccountCase
from xppkg_case import ENVIRONMENT, NEW, OLD, kill, read, wait_until


class HeldUpStep(AccountCase):
    def setUp(self):
        super().setUp()
        self.app = os.path.join(self.guarded, "app")
        self.init(self.app, code=0)
        self.xppkg(self.app, "install", OLD, code=0)

    def start(self, **options):
        """The step as root, in a process group of its own."""
        options = {"stdout": subprocess.PIPE, **options}
        step = subprocess.Popen(
            [os.environ["XPPKG"], "-C", self.app, "elevated-apply", "--to", NEW, "--wait", "60"],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
            start_new_session=True, **options)
        self.addCleanup(kill, step)
        return step

    @contextlib.contextmanager
    def waiting(self, **options):
        """The step while it waits for a program: its process, and that which works."""
        with open(os.path.join(self.app, ".xppkg/in-use"), "rb") as program:
            fcntl.lockf(program, fcntl.LOCK_SH)
            step = self.start(**options)
            worker = int(wait_until(lambda: read(f"/proc/{step.pid}/task/{step.pid}/children")))
            # Between two downloads it has both for a moment as well.
            wait_until(lambda: self.is_about_to_commit(worker) and not time.sleep(0.3) and
                       self.is_about_to_commit(worker))
            yield step, worker

    def is_about_to_commit(self, worker):
        """It has fetched, and taken the folder's lock again."""
        locks = read("/proc/locks").decode()
        held = []
        for name in ("fetching", "lock"):
            path = os.path.join(self.app, ".xppkg", name)
            inode = os.stat(path).st_ino if os.path.exists(path) else 0
            held.append(re.search(rf"FLOCK .* {worker} \S+:{inode} ", locks))
        return all(held)

    def assert_done(self):
        wait_until(lambda: json.loads(
            read(os.path.join(self.app, ".xppkg/installed.json")))["version"] == NEW)
        wait_until(lambda: not os.path.exists(os.path.join(self.app, ".xppkg/journal.done")))
        wait_until(lambda: self.xppkg(self.app, "recover").code == 0)
        self.assert_version(self.app, NEW)

    def test_step_that_is_stopped_goes_on(self):
        with self.waiting() as (step, _):
            os.killpg(step.pid, signal.SIGSTOP)
        wait_until(lambda: "State:\tT" in read(f"/proc/{step.pid}/status").decode())
        self.assert_done()
        os.killpg(step.pid, signal.SIGCONT)
        self.assertIn("result", step.communicate(timeout=60)[0].decode())

    def test_step_whose_first_process_is_killed_goes_on(self):
        with self.waiting() as (step, _):
            os.kill(step.pid, signal.SIGKILL)
        self.assert_done()

    def test_step_whose_output_nobody_reads_goes_on(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(writer, b"\n" * 4096):
                pass
        os.set_blocking(writer, True)
        with self.waiting(stdout=writer):
            pass
        os.close(writer)
        self.assert_done()

    def test_timer_of_the_caller_ends_nothing(self):
        with self.waiting(preexec_fn=lambda: signal.setitimer(signal.ITIMER_REAL, 0.5)) as (step, _):
            time.sleep(1)  # Nothing is to happen.
            self.assertIsNone(step.poll())
        self.assertEqual(step.wait(60), 0)
        self.assert_done()

    def test_signals_limits_priority_and_files_of_the_caller_are_gone(self):
        def spoil():
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGCHLD, signal.SIGTERM})
            # Hard limits: not all that run as root may lift them again.
            for which, soft in ((resource.RLIMIT_CPU, 30), (resource.RLIMIT_FSIZE, 4096),
                                (resource.RLIMIT_NOFILE, 40)):
                resource.setrlimit(which, (soft, resource.getrlimit(which)[1]))
            os.nice(19)
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
            with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
                score.write("900")
        cores = os.sched_getaffinity(0)
        with open("/etc/hostname", "rb") as extra, \
                self.waiting(preexec_fn=spoil, pass_fds=[extra.fileno()]) as (step, worker):
            status = dict(line.split(":\t", 1) for line in
                          read(f"/proc/{worker}/status").decode().splitlines() if ":\t" in line)
            own = 1 << signal.SIGPIPE - 1 | 1 << signal.SIGXFSZ - 1  # Errors of calls instead.
            self.assertEqual(int(status["SigBlk"], 16) & ~own, 0)
            ignored = {number for number in range(1, 32)
                       if int(status["SigIgn"], 16) >> (number - 1) & 1}
            self.assertEqual(ignored | {signal.SIGPIPE}, {signal.SIGPIPE, signal.SIGTSTP, signal.SIGTTIN,
                                       signal.SIGTTOU, signal.SIGXCPU, signal.SIGXFSZ})
            self.assertEqual(os.getsid(worker), worker)
            self.assertNotEqual(os.getsid(step.pid), worker)
            self.assertEqual(os.getpriority(os.PRIO_PROCESS, worker), 0)
            self.assertEqual(os.sched_getaffinity(worker), cores)
            self.assertEqual(read(f"/proc/{worker}/oom_score_adj"), b"0\n")
            for which in (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
                self.assertEqual(resource.prlimit(worker, which), (resource.RLIM_INFINITY,) * 2)
            self.assertGreaterEqual(resource.prlimit(worker, resource.RLIMIT_NOFILE)[0], 1024)
            files = {os.readlink(f"/proc/{worker}/fd/{number}")
                     for number in os.listdir(f"/proc/{worker}/fd")}
            self.assertNotIn("/etc/hostname", files)
            for number in (0, 2):
                self.assertEqual(os.readlink(f"/proc/{worker}/fd/{number}"), "/dev/null")
        self.assertEqual(step.wait(60), 0)
        self.assert_done()

    def test_interrupt_is_passed_on(self):
        with self.waiting() as (step, _), self.kept(self.app):
            os.killpg(step.pid, signal.SIGINT)
            last = json.loads(step.communicate(timeout=60)[0].splitlines()[-1])
            self.assertEqual(last["error"]["id"], "cancelled")


if __name__ == "__main__":
    unittest.main()
