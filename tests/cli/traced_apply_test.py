"""`xppkg apply` killed at each system call that changes names or modes, by strace."""

import os
import shutil
import signal
import subprocess
import unittest

from strace import can_trace
from xppkg_case import ENVIRONMENT, NEW, OLD, XppkgCase


class TracedApply(XppkgCase):
    def kill_at_call(self, folder, call, number):
        """Runs apply and kills it as it begins its call of that name and number; False if it ended
        before."""
        traced = subprocess.run(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
             "-e", f"inject={call}:signal=SIGKILL:when={number}",
             os.environ["XPPKG"], "-C", folder, "apply"],
            stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, check=False)
        if traced.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
            return True
        self.assertEqual(traced.returncode, 0, traced)
        return False

    def recovery_after_kill_at(self, pristine, call, number):
        """The outcome of recovery; empty when apply ended before that call."""
        folder = self.path("app-traced")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(pristine, folder, symlinks=True)
        if not self.kill_at_call(folder, call, number):
            self.assert_version(folder, NEW)
            return ""
        recovery = self.xppkg(folder, "--json", "recover", code=0).json["recovery"]
        self.assert_nothing_staged(folder)
        self.assert_old_or_new(folder)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)
        return recovery

    def test_folder_is_old_or_new_after_a_kill_at_each_call_that_changes_names(self):
        if not can_trace():
            self.skipTest("strace cannot be used here")
        pristine = self.install(OLD)
        recoveries = []
        for call in ("renameat", "mkdirat", "chmod", "linkat", "unlinkat", "symlinkat"):
            for number in range(1, 500):
                with self.subTest(call=call, number=number):
                    recovery = self.recovery_after_kill_at(pristine, call, number)
                    if not recovery:
                        break
                    recoveries.append(recovery)
        self.assertGreater(len(recoveries), 40)
        self.assertEqual(set(recoveries), {"nothing", "completed"})


if __name__ == "__main__":
    unittest.main(verbosity=1)
