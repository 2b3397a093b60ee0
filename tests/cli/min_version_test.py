"""`xppkg-release min-version`: the vendor's minimum version, and what workstations make of it."""

import os
import unittest

from manage_releases_case import ManageReleasesCase


class MinVersion(ManageReleasesCase):
    def test_no_workstation_goes_below_the_minimum_version_and_says_so(self):
        repo = self.repository("1", "2", "3")
        pc = self.workstation(repo, "3")
        result = self.manage("min-version", repo, "2", code=0).json
        self.assertEqual(result, {"changed": True, "package": "app", "min_version": "2",
                                  "previous": "", "deserted": [], "warnings": []})
        with self.kept(pc):
            for words in (["apply", "--to", "1"], ["plan", "--to", "1"]):
                refused = self.xppkg(pc, "--json", *words, error="policy.below-floor").json
                self.assertEqual(refused["error"]["facts"], {"version": "1", "minimum version": "2"})
            self.xppkg(pc, "apply", "--to", "1", error="policy.below-floor")
        self.xppkg(pc, "apply", "--to", "2.0", code=0)
        self.assert_runs(pc, "2")
        new = self.path("new")
        self.init(new, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(new, "install", "1", error="policy.below-floor")
        self.assertEqual(os.listdir(new), [".xppkg"])
        self.assertEqual(self.show(repo)[0]["min_version"], "2")
        self.assertIn("minimum version: 2", self.release_tool("show", repo, code=0).out)
        self.release_tool("verify", repo, code=0)

    def test_decision_below_the_minimum_version_is_refused_until_the_site_decides_anew(self):
        repo = self.repository("1", "2")
        words = ["--database", f"sqlite:{self.path('site.db')}"]
        pilot = self.workstation(repo, "1", name="pilot", words=words)
        other = self.workstation(repo, "2", name="other", words=words)
        self.xppkg(pilot, "release", code=0)
        self.manage("min-version", repo, "2", code=0)
        for folder in (pilot, other):
            self.xppkg(folder, "check")  # It follows the site's database, not the vendor.
            with self.kept(folder):
                self.xppkg(folder, "apply", error="policy.below-floor")
                self.xppkg(folder, "plan", error="policy.below-floor")
        self.xppkg(pilot, "release", "1", error="policy.below-floor")
        self.xppkg(pilot, "release", error="policy.below-floor")  # what is installed
        self.xppkg(other, "release", "1", error="policy.below-floor")
        self.assertEqual(self.status(other)["released"], "1")
        self.xppkg(pilot, "release", "2", code=0)
        for folder in (pilot, other):
            self.xppkg(folder, "apply", code=0)
            self.assert_runs(folder, "2")

    def test_installation_below_the_minimum_version_goes_on_and_gets_away(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "1")
        self.manage("min-version", repo, "2", code=0)
        self.xppkg(pc, "check", code=100)
        self.xppkg(pc, "verify", "--full", code=0)
        plan = self.xppkg(pc, "--json", "plan", code=0).json
        self.assertEqual((plan["to"], plan["reason"]), ("2", "delta-chain"))
        self.xppkg(pc, "verify", code=0)
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "2")

    def test_newest_of_a_channel_is_never_below_the_minimum_version(self):
        repo = self.repository("1")
        self.add(repo, "2", self.tree("2"), "--channel", "beta", code=0)
        pc = self.workstation(repo, "1")
        result = self.manage("min-version", repo, "2", code=0).json
        self.assertEqual(result["deserted"], [{"channel": "stable", "platform": "any"}])
        with self.kept(pc):
            for words in (["check"], ["apply"], ["apply", "--newest"]):
                refused = self.xppkg(pc, "--json", *words, error="notfound.version").json
                self.assertEqual(refused["error"]["facts"]["minimum version"], "2")

    def test_minimum_version_goes_down_only_when_that_is_said(self):
        repo = self.repository("1", "2", "3")
        self.manage("min-version", repo, "3", code=0)
        with self.unchanged(repo):
            self.manage("min-version", repo, "2", error="usage.invalid")
            for version in ("3", "3.0"):
                self.assertFalse(self.manage("min-version", repo, version, code=0).json["changed"])
        lowered = self.release_tool("min-version", repo, "--package", "app", "--lower", "2", code=0)
        self.assertIn("LOWERED from 3 to 2", lowered.err)
        pc = self.workstation(repo, "2")
        self.xppkg(pc, "apply", "--to", "1", error="policy.below-floor")

    def test_minimum_version_above_the_newest_release_or_no_version_is_refused(self):
        repo = self.repository("1", "2")
        with self.unchanged(repo):
            for version in ("3", "2.0.1", "x"):
                self.manage("min-version", repo, version, error="usage.invalid")
            self.release_tool("min-version", repo, "--package", "none", "1",
                              error="notfound.package")

    def test_minimum_version_stays_over_later_publications(self):
        repo = self.repository("1", "2")
        self.manage("min-version", repo, "2", code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        self.manage("promote", repo, "--channel", "lts", "2", code=0)
        self.manage("withdraw", repo, "3", code=0)
        self.assertEqual(self.show(repo)[0]["min_version"], "2")


if __name__ == "__main__":
    unittest.main(verbosity=1)
