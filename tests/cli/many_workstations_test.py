"""Many at once, and runs that are broken off: every workstation ends on a complete release."""

import random
import time
import unittest

from site_case import MARK, SiteCase
from xppkg_case import MIDDLE, NEW, OLD, kill, release_snapshot, snapshot, start

WORKSTATIONS = 20


class ManyWorkstations(SiteCase):
    def test_twenty_that_start_while_a_release_is_written_all_end_on_a_complete_one(self):
        pilot = self.workstation("pilot")
        folders = [self.workstation(f"pc-{number}") for number in range(WORKSTATIONS)]
        self.xppkg(pilot, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        release = start("xppkg", "-C", pilot, "release")
        runs = [start("xppkg", "-C", folder, "start", "--", *MARK) for folder in folders]
        for folder, run in zip(folders, runs):
            out, err = run.communicate()
            self.assertEqual((run.returncode, out), (0, "ran\n"), err)
            self.assertIn(snapshot(folder), [release_snapshot(OLD), release_snapshot(NEW)])
        self.assertEqual(release.communicate()[0:0] + (release.returncode,), (0,))
        for folder in folders:
            self.xppkg(folder, "start", "--", *MARK, code=0)
            self.assert_version(folder, NEW)
        fleet = self.fleet(pilot)
        self.assertEqual({item["version"] for item in fleet.values()}, {NEW})
        self.assertEqual(len(fleet), WORKSTATIONS + 1)
        self.xppkg(pilot, "fleet", "wait", "--timeout", "0", code=0)

    def test_release_that_is_killed_at_any_moment_is_there_or_not_and_goes_on(self):
        folder, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(folder, "release", OLD, code=0)
        began = time.monotonic()
        self.xppkg(folder, "release", MIDDLE, code=0)
        seconds = time.monotonic() - began
        moments = random.Random(7)
        for number, version in enumerate((NEW, OLD, MIDDLE, NEW)):
            before = self.xppkg(folder, "--json", "site", "check", code=0).json
            run = start("xppkg", "-C", folder, "release", version)
            time.sleep(seconds * (number + moments.random()) / 4)
            kill(run)
            after = self.xppkg(folder, "--json", "site", "check", code=0).json
            self.assertIn(after["released"], (before["released"], version))
            self.xppkg(other, "apply", code=0)
            self.assert_version(other, after["released"])
            self.xppkg(folder, "release", version, code=0)
            self.xppkg(other, "apply", code=0)
            self.assert_version(other, version)


if __name__ == "__main__":
    unittest.main(verbosity=1)
