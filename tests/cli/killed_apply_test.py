"""`xppkg apply` killed at many moments: the folder is exactly the old or the new release."""

import os
import random
import shutil
import time
import unittest

from xppkg_case import NEW, OLD, XppkgCase, kill, release_snapshot, snapshot, start

TRIES = 40


class KilledApply(XppkgCase):
    def time_of(self, pristine, *words):
        """Seconds that the command takes from start to end, here and now."""
        folder = self.path("timed")
        shutil.copytree(pristine, folder, symlinks=True)
        begin = time.monotonic()
        self.xppkg(folder, *words, code=0)
        return time.monotonic() - begin

    def kill_after(self, folder, seconds, *words):
        """Starts the command and kills it; whether it was still running."""
        process = start("xppkg", "-C", folder, *words)
        time.sleep(seconds)
        was_running = process.poll() is None
        kill(process)
        return was_running

    def test_folder_is_old_or_new_after_a_kill_at_any_moment_and_apply_finishes(self):
        self.kill_at_many_moments(OLD, NEW)

    def test_going_back_is_all_or_nothing_too(self):
        self.kill_at_many_moments(NEW, OLD)

    def kill_at_many_moments(self, before, after):
        pristine = self.install(before)
        seconds = self.time_of(pristine, "apply", "--to", after)
        moments = random.Random(before)
        running, recoveries = 0, set()
        for number in range(TRIES // 2):
            folder = self.path(f"try-{number}")
            shutil.copytree(pristine, folder, symlinks=True)
            moment = seconds * (number + moments.random()) / (TRIES // 2)
            running += self.kill_after(folder, moment, "apply", "--to", after)
            with self.subTest(moment=moment):
                recovery = self.xppkg(folder, "--json", "recover", code=0).json["recovery"]
                recoveries.add(recovery)
                self.assert_nothing_staged(folder)
                self.assert_old_or_new(folder)
                self.assertEqual(
                    self.xppkg(folder, "--json", "recover", code=0).json["recovery"], "nothing")
                self.xppkg(folder, "apply", "--to", after, code=0)
                self.assert_version(folder, after)
            shutil.rmtree(folder)
        self.assertGreater(running, TRIES // 8)
        self.assertIn("nothing", recoveries)

    def test_kill_between_the_renames_is_recovered_by_any_command_that_does_not_only_look(self):
        pristine = self.install(OLD)
        completed = 0
        for number in range(TRIES):
            folder = self.path("app-killed")
            shutil.copytree(pristine, folder, symlinks=True)
            journal = os.path.join(folder, ".xppkg/journal")
            process = start("xppkg", "-C", folder, "apply")
            while not os.path.exists(journal) and process.poll() is None:
                pass
            time.sleep(number * 0.0002)
            kill(process)
            verb = (["status"], ["check"], ["plan"], ["verify"], ["history"])[number % 5]
            self.assertIn(self.xppkg(folder, *verb).code, (0, 3, 100))
            if verb[0] in ("status", "verify", "history"):
                self.xppkg(folder, "recover", code=0)
            self.assert_old_or_new(folder)
            actions = self.xppkg(folder, "--json", "history", code=0).json
            completed += any(item["action"] == "recover" for item in actions)
            self.xppkg(folder, "apply", code=0)
            self.assert_version(folder, NEW)
            shutil.rmtree(folder)
        self.assertGreater(completed, 0)

    def test_kill_during_the_first_install_leaves_nothing_or_everything(self):
        new = release_snapshot(NEW)
        empty = self.path("empty")
        self.init(empty, code=0)
        seconds = self.time_of(empty, "install")
        for number in range(TRIES // 4):
            folder = self.path(f"try-{number}")
            shutil.copytree(empty, folder)
            self.kill_after(folder, seconds * number / (TRIES // 4), "install")
            self.xppkg(folder, "recover", code=0)
            self.assertIn(snapshot(folder), ({}, new))
            self.xppkg(folder, "install", code=0)
            self.assert_version(folder, NEW)


if __name__ == "__main__":
    unittest.main(verbosity=1)
