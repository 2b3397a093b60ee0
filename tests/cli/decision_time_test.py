"""A site's choice is verified as of the decision: `faketime` stands for the time that passes."""

import glob
import os
import unittest

from manage_releases_case import ManageReleasesCase

LATER = {"LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0], "FAKETIME": "+3d"}
EARLIER = {**LATER, "FAKETIME": "-400d"}


class DecisionTime(ManageReleasesCase):
    def site(self):
        """A repository whose metadata lives for a day, a pilot on "2", and another workstation."""
        repo = self.repository("1")
        self.release_tool("policy", repo, "--days", "timestamp=1", "--days", "snapshot=1", code=0)
        self.add(repo, "2", self.tree("2"), code=0)
        database = ("--database", "sqlite:" + self.path("site.db"))
        folders = []
        for name in ("pilot", "other"):
            folder = self.path(name)
            self.init(folder, f"file:{repo}", root=f"{repo}/root.json", words=database, code=0)
            folders.append(folder)
        self.xppkg(folders[0], "install", "2", code=0)
        self.xppkg(folders[0], "release", code=0)
        return folders

    def test_decision_is_followed_though_the_metadata_has_expired_since(self):
        _, other = self.site()
        self.xppkg(other, "check", env=LATER, error="trust.expired")
        self.xppkg(other, "install", "2", env=LATER, error="trust.expired")
        self.xppkg(other, "plan", env=LATER, code=0)
        self.xppkg(other, "install", env=LATER, code=0)
        self.assert_runs(other, "2")
        self.xppkg(other, "apply", env=LATER, code=0)

    def test_site_cannot_go_back_by_metadata_that_has_expired(self):
        pilot, other = self.site()
        self.xppkg(pilot, "release", "1", code=0)
        self.xppkg(pilot, "release", "2", code=0)
        os.rename(self.path("repo"), self.path("away"))
        self.xppkg(pilot, "release", "1", env=LATER, error="trust.expired")
        self.xppkg(other, "install", env=LATER, code=0)
        self.assert_runs(other, "2")

    def test_clock_that_went_back_neither_blocks_nor_revives(self):
        pilot, other = self.site()
        # It has seen what was signed today: a year ago is before that.
        self.xppkg(pilot, "check", env=EARLIER, code=0)
        self.xppkg(pilot, "apply", env=EARLIER, code=0)
        self.xppkg(other, "install", env=EARLIER, code=0)
        self.assert_runs(other, "2")


if __name__ == "__main__":
    unittest.main(verbosity=1)
