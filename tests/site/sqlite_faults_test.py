"""An SQLite file whose writer is killed, or whose disk is full or goes away: nothing is lost."""

import os
import shutil
import subprocess
import tempfile
import unittest

from site_server_case import ServerCase, main

LARGE = "1:30000000"
SMALL = "2:1000"


class SqliteFaults(ServerCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="site-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.url = f"sqlite:{self.folder}/site.db"

    def site(self):
        steps = self.steps(self.url)
        self.assertEqual(steps.do("migrate"), "0")
        self.assertEqual(steps.do(f"upload {SMALL}"), "complete")
        self.assertEqual(steps.do(f"decide app 1 1.0 {SMALL}"), "done")
        return steps

    def test_upload_whose_process_is_killed_goes_on_in_the_next_one(self):
        pilot = self.site()
        pilot.begin_and_see(f"upload {LARGE}", 5)
        pilot.kill()
        steps = self.steps(self.url)
        self.assertEqual(steps.do("read app pc-1"), "1 1.0")
        steps.begin(f"upload {LARGE}")
        self.assertGreaterEqual(int(steps.line().split()[1]), 5)
        self.assertEqual(steps.end(), "complete")
        self.assertEqual(steps.do(f"decide app 2 2.0 {LARGE}"), "done")
        self.assertEqual(steps.do(f"fetch app 2 {LARGE}"), "same")

    def test_decision_is_there_whole_or_not_at_all_whenever_its_process_is_killed(self):
        self.site()
        counter = 1
        for attempt in range(8):
            pilot = self.steps(self.url)
            pilot.do("read app pc-1")
            pilot.begin(f"decide app {counter + 1} {counter + 1} {SMALL}")
            for _ in range(attempt * 20000):
                pass  # So that the kill comes at another moment.
            pilot.kill()
            now = int(self.steps(self.url).do("read app pc-1").split()[0])
            self.assertIn(now, (counter, counter + 1))
            counter = now
            self.assertEqual(self.steps(self.url).do(f"files app {counter}"), "1")

    @unittest.skipIf(os.geteuid() != 0, "only root can make a small disk")
    def test_full_disk_is_a_clear_error_and_a_disk_that_goes_away_is_no_empty_site(self):
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", self.folder],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", self.folder], check=False,
                        capture_output=True)
        steps = self.site()
        result = steps.do(f"upload {LARGE}")
        self.assert_error(result, "database.full")
        self.assertIn("full", result)
        self.assertEqual(steps.do(f"decide app 2 2.0 {LARGE}"), "payload-missing")
        self.assertEqual(steps.do("read app pc-1"), "1 1.0")
        self.assertEqual(steps.do(f"fetch app 1 {SMALL}"), "same")
        subprocess.run(["mount", "-o", "remount,size=80m", self.folder], check=True)
        self.assertEqual(steps.do(f"upload {LARGE}"), "complete")
        subprocess.run(["umount", "-l", self.folder], check=True)
        other = self.steps(self.url)
        for step in ("read app pc-1", "report app", "decide app 2 2.0"):
            self.assert_error(other.do(step), "database.unreachable")
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    main()
