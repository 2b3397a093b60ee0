"""`xppkg-release` after publishing: promote, withdraw, and what workstations make of it."""

import fcntl
import os
import unittest

from manage_releases_case import ManageReleasesCase
from xppkg_case import read


class Promote(ManageReleasesCase):
    def test_release_joins_another_channel_and_its_clients_are_told(self):
        repo = self.repository("1")
        self.add(repo, "2", self.tree("2"), "--channel", "beta", code=0)
        pc = self.workstation(repo, "1")
        self.xppkg(pc, "check", code=0)
        manifest = [path for path in self.published_files(repo) if "manifest" in path]
        result = self.manage("promote", repo, "--channel", "stable", "2", code=0).json
        self.assertEqual((result["changed"], result["releases"]),
                         (True, [{"package": "app", "version": "2", "platform": "any"}]))
        self.assertEqual(self.release_of(repo, "2")["channels"], ["beta", "stable"])
        self.xppkg(pc, "check", code=100)
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "2")
        self.assertEqual([path for path in self.published_files(repo) if "manifest" in path],
                         manifest)
        self.release_tool("verify", repo, code=0)

    def test_promoting_again_changes_nothing(self):
        repo = self.repository("1")
        self.assertTrue(self.manage("promote", repo, "--channel", "lts", "1", code=0)
                        .json["changed"])
        with self.unchanged(repo):
            for version in ("1", "1.0"):
                self.assertFalse(self.manage("promote", repo, "--channel", "lts", version, code=0)
                                 .json["changed"])
            said = self.release_tool("promote", repo, "--package", "app", "--channel", "lts", "1",
                                     code=0)
            self.assertIn("already", said.err)

    def test_all_platforms_of_a_version_join_unless_one_is_named(self):
        repo = self.make_repository()
        for platform in ("linux-x86_64", "windows-x86_64"):
            self.add(repo, "1", self.tree("1"), "--platform", platform, code=0)
        self.manage("promote", repo, "--channel", "lts", "--platform", "windows-x86_64", "1",
                    code=0)
        self.assertEqual(self.channels(repo), {"linux-x86_64": ["stable"],
                                               "windows-x86_64": ["lts", "stable"]})
        result = self.manage("promote", repo, "--channel", "beta", "1", code=0).json
        self.assertEqual(len(result["releases"]), 2)
        self.assertEqual(self.channels(repo), {"linux-x86_64": ["beta", "stable"],
                                               "windows-x86_64": ["beta", "lts", "stable"]})

    def channels(self, repo):
        return {release["platform"]: release["channels"]
                for release in self.show(repo)[0]["releases"]}

    def test_release_can_leave_a_channel_on_the_way(self):
        repo = self.repository("1", words=("--channel", "beta"))
        result = self.manage("promote", repo, "--channel", "stable", "--from", "beta", "1",
                             code=0).json
        self.assertEqual(result["deserted"], [{"channel": "beta", "platform": "any"}])
        self.assertEqual(self.release_of(repo, "1")["channels"], ["stable"])

    def test_what_is_unknown_or_badly_named_is_refused_and_changes_nothing(self):
        repo = self.repository("1")
        with self.unchanged(repo):
            self.manage("promote", repo, "--channel", "lts", "9", error="notfound.version")
            self.manage("promote", repo, "--channel", "lts", "--platform", "mars", "1",
                        error="notfound.version")
            self.manage("promote", repo, "--channel", "a/b", "1", error="usage.invalid")
            self.manage("promote", repo, "--channel", "lts", "--from", "lts", "1",
                        error="usage.invalid")
            self.manage("promote", repo, "--channel", "lts", "x", error="usage.invalid")
            self.release_tool("promote", repo, "--package", "none", "--channel", "lts", "1",
                              error="notfound.package")
            self.manage("promote", repo, "--channel", "lts", "1", error="usage.passphrase",
                        env={"XPPKG_PASSPHRASE": "wrong"})
        self.manage("promote", self.path("none"), "--channel", "lts", "1",
                    error="repository.invalid")


class Withdraw(ManageReleasesCase):
    def test_withdrawn_newest_is_offered_no_more_and_its_users_get_away_by_a_delta(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "2")
        other = self.workstation(repo, "1", name="other")
        result = self.manage("withdraw", repo, "2", code=0).json
        self.assertEqual((result["changed"], result["files"]), (True, 2))
        self.assertGreater(result["bytes"], 0)
        self.assertEqual(self.offered(repo), ["1"])
        self.assert_payloads_are_gone(repo, "2/any")
        self.release_tool("verify", repo, code=0)
        for folder in (pc, other):
            self.xppkg(folder, "check", code=0)
        told = self.xppkg(other, "apply", "--to", "2", error="notfound.version")
        self.assertIn("the vendor withdrew it", told.err)
        self.xppkg(pc, "verify", "--full", code=0)
        self.xppkg(pc, "apply", "--to", "1", code=0)
        self.assert_runs(pc, "1")

    def test_check_plan_and_apply_say_the_same_of_a_withdrawn_release(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "2")
        self.manage("withdraw", repo, "2", code=0)
        for words in ([], ["--newest"]):
            with self.subTest(words):
                self.xppkg(pc, "check", code=0)
                plan = self.xppkg(pc, "--json", "plan", *words, code=0).json
                self.assertEqual((plan["reason"], plan["steps"], plan["to"]),
                                 ("nothing-newer", [], "2"))
                applied = self.xppkg(pc, "--json", "apply", *words, code=0).json
                self.assertEqual((applied["changed"], applied["reason"]), (False, "nothing-newer"))
                self.assert_runs(pc, "2")

    def test_list_of_versions_is_what_a_workstation_can_go_to(self):
        repo = self.repository("1", "2", "3")
        pc = self.workstation(repo, "2")
        listed = self.xppkg(pc, "--json", "check", "--list", code=0).json["releases"]
        self.assertEqual([one["version"] for one in listed], ["3", "2", "1"])
        self.assertEqual([one["installed"] for one in listed], [False, True, False])
        self.assertTrue(all(one["full_bytes"] > 0 for one in listed))
        self.manage("withdraw", repo, "2", code=0)
        listed = self.xppkg(pc, "--json", "check", "--list", code=0).json["releases"]
        self.assertEqual([one["version"] for one in listed], ["3", "1"])
        self.assertRegex(self.xppkg(pc, "check", "--list", code=0).out, r"^  3 .* stable\n  1 ")

    def test_only_release_that_is_withdrawn_stays_where_it_is(self):
        repo = self.repository("1")
        pc = self.workstation(repo, "1")
        self.manage("withdraw", repo, "1", code=0)
        self.assertIn("No newer version", self.xppkg(pc, "check", code=0).out)
        self.xppkg(pc, "plan", code=0)
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "1")

    def test_other_contents_under_a_withdrawn_version_are_told_and_taken(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "2")
        self.manage("withdraw", repo, "2", code=0)
        self.add(repo, "2", self.tree("2b"), code=0)
        self.xppkg(pc, "check", code=100)
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "2b")
        self.xppkg(pc, "check", code=0)

    def test_site_that_runs_a_withdrawn_release_goes_on_with_it(self):
        repo = self.repository("1", "2")
        words = ["--database", f"sqlite:{self.path('site.db')}"]
        pilot = self.workstation(repo, "2", name="pilot", words=words)
        self.xppkg(pilot, "release", code=0)
        pc = self.workstation(repo, "2", words=words)
        self.manage("withdraw", repo, "2", code=0)
        for folder in (pilot, pc):
            with self.subTest(folder):
                self.xppkg(folder, "check", code=0)
                self.assertEqual(self.xppkg(folder, "--json", "plan", code=0).json["steps"], [])
                self.xppkg(folder, "apply", code=0)
                self.assertEqual(self.xppkg(folder, "start", "--", "echo", "runs", code=0).out,
                                 "runs\n")
                self.assert_runs(folder, "2")

    def test_delta_from_a_withdrawn_release_stays(self):
        repo = self.repository("1", "2", "3")
        pc = self.workstation(repo, "2")
        self.manage("withdraw", repo, "2", code=0)
        plan = self.xppkg(pc, "--json", "plan", "--newest", code=0).json
        self.assertEqual((plan["reason"], [step["from"] for step in plan["steps"]]),
                         ("delta-chain", ["2"]))
        self.xppkg(pc, "apply", "--newest", code=0)
        self.assert_runs(pc, "3")
        self.release_tool("verify", repo, code=0)

    def test_new_release_leads_away_from_a_withdrawn_one(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "2")
        self.manage("withdraw", repo, "2", code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        self.assertEqual([delta["from"] for delta in self.release_of(repo, "3")["deltas"]], ["1"])
        self.xppkg(pc, "check", code=100)
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "3")

    def test_release_withdrawn_after_the_decision_is_followed_until_the_site_decides_anew(self):
        repo = self.repository("1", "2")
        words = ["--database", f"sqlite:{self.path('site.db')}"]
        pilot = self.workstation(repo, "2", name="pilot", words=words)
        other = self.workstation(repo, "1", name="other", words=words)
        self.xppkg(pilot, "release", code=0)
        self.manage("withdraw", repo, "2", code=0)
        self.xppkg(other, "apply", code=0)
        self.assert_runs(other, "2")
        self.xppkg(other, "release", "1", code=0)
        self.xppkg(other, "apply", code=0)
        self.assert_runs(other, "1")
        self.xppkg(pilot, "apply", code=0)
        self.assert_runs(pilot, "1")

    def test_workstation_that_knows_of_the_withdrawal_follows_the_decision_all_the_same(self):
        repo = self.repository("1", "2")
        words = ["--database", f"sqlite:{self.path('site.db')}"]
        pilot = self.workstation(repo, "2", name="pilot", words=words)
        other = self.workstation(repo, "1", name="other", words=words)
        self.xppkg(pilot, "release", "--policy", "required", code=0)
        self.manage("withdraw", repo, "2", code=0)
        self.xppkg(other, "check", code=0)  # The vendor has nothing newer; that is saved now.
        self.assertNotEqual(self.xppkg(other, "gate").code, 0)
        plan = self.xppkg(other, "--json", "plan", code=0).json
        self.assertEqual((plan["to"], [step["kind"] for step in plan["steps"]]), ("2", ["full"]))
        self.xppkg(other, "apply", code=0)
        self.assert_runs(other, "2")
        self.xppkg(other, "gate", code=0)
        self.xppkg(other, "verify", "--full", code=0)
        new = self.workstation(repo, "1", name="new", words=words)
        self.xppkg(new, "apply", code=0)
        self.assert_runs(new, "2")

    def test_damage_of_a_withdrawn_release_is_repaired_from_the_database_of_the_site(self):
        repo = self.repository("1", "2")
        words = ["--database", f"sqlite:{self.path('site.db')}"]
        pilot = self.workstation(repo, "2", name="pilot", words=words)
        self.xppkg(pilot, "release", code=0)
        alone = self.workstation(repo, "2", name="alone")
        self.manage("withdraw", repo, "2", code=0)
        for folder in (pilot, alone):
            self.xppkg(folder, "check", code=0)
            with open(os.path.join(folder, "bin/app"), "r+b") as file:
                file.write(b"damage")
            os.remove(os.path.join(folder, ".xppkg/manifest.json"))
        self.xppkg(pilot, "repair", code=0)
        self.assert_runs(pilot, "2")
        self.xppkg(alone, "repair", error="repair.unavailable")

    def test_workstation_whose_saved_manifest_is_lost_gets_away_from_a_withdrawn_release(self):
        repo = self.repository("1", "2")
        pc = self.workstation(repo, "2")
        self.manage("withdraw", repo, "2", code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        os.remove(os.path.join(pc, ".xppkg/manifest.json"))
        self.xppkg(pc, "apply", code=0)
        self.assert_runs(pc, "3")

    def test_withdrawn_release_stays_listed_until_as_many_newer_ones_are_there(self):
        repo = self.repository("1", "2", "3")
        self.manage("withdraw", repo, "2", code=0)
        self.manage("prune", repo, "--keep", "2", code=0)
        self.assertEqual(self.versions(repo), ["1", "2", "3"])
        self.manage("prune", repo, "--keep", "1", code=0)
        self.assertEqual(self.versions(repo), ["3"])
        self.assertFalse(os.path.exists(os.path.join(repo, "targets/app/2")))
        self.release_tool("verify", repo, code=0)

    def test_withdrawn_release_is_promoted_into_no_channel(self):
        repo = self.repository("1", "2")
        self.manage("withdraw", repo, "2", code=0)
        with self.unchanged(repo):
            self.manage("promote", repo, "--channel", "lts", "2", error="notfound.version")

    def test_withdrawn_release_cannot_be_released_for_all_once_a_source_was_asked(self):
        repo = self.repository("1", "2")
        pilot = self.workstation(repo, "2", words=["--database", f"sqlite:{self.path('site.db')}"])
        self.manage("withdraw", repo, "2", code=0)
        self.xppkg(pilot, "check", code=0)
        self.xppkg(pilot, "release", error="notfound.version")
        self.assertFalse(os.path.exists(self.path("site.db")))

    def test_only_the_named_platform_is_withdrawn(self):
        repo = self.make_repository()
        for platform in ("linux-x86_64", "windows-x86_64"):
            self.add(repo, "1", self.tree("1"), "--platform", platform, code=0)
        result = self.manage("withdraw", repo, "--platform", "windows-x86_64", "1.0", code=0).json
        self.assertEqual([release["platform"] for release in result["releases"]],
                         ["windows-x86_64"])
        self.assertEqual(result["deserted"], [{"channel": "stable", "platform": "windows-x86_64"}])
        self.assertEqual([(release["platform"], release["withdrawn"])
                          for release in self.show(repo)[0]["releases"]],
                         [("linux-x86_64", False), ("windows-x86_64", True)])
        self.assert_payloads_are_gone(repo, "1/windows-x86_64")
        self.release_tool("verify", repo, code=0)
        self.assert_serves(repo, "1")

    def test_what_is_unknown_is_refused_and_changes_nothing(self):
        repo = self.repository("1")
        with self.unchanged(repo):
            self.manage("withdraw", repo, "9", error="notfound.version")
            self.manage("withdraw", repo, "--platform", "mars", "1", error="notfound.version")
            self.manage("withdraw", repo, "--platform", "../..", "1", error="usage.invalid")
            self.manage("withdraw", repo, "x", error="usage.invalid")
            self.release_tool("withdraw", repo, "--package", "none", "1", error="notfound.package")
            self.manage("withdraw", repo, "1", error="usage.passphrase",
                        env={"XPPKG_PASSPHRASE": "wrong"})

    def test_withdrawing_twice_finds_nothing_the_second_time(self):
        repo = self.repository("1", "2")
        self.manage("withdraw", repo, "2", code=0)
        with self.unchanged(repo):
            self.manage("withdraw", repo, "2", error="notfound.version")

    def test_missing_key_withdraws_nothing(self):
        repo = self.repository("1", "2")
        os.rename(repo + ".keys/timestamp.key.json", self.path("away"))
        with self.unchanged(repo):
            self.manage("withdraw", repo, "2", error="trust.key")


class Together(ManageReleasesCase):
    def test_a_second_run_is_turned_away_while_the_lock_is_held(self):
        repo = self.repository("1", "2")
        with open(os.path.join(repo, ".work/lock"), "r+") as file, self.unchanged(repo):
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.manage("promote", repo, "--channel", "lts", "1", error="locked.other-run")
            self.manage("withdraw", repo, "1", error="locked.other-run")
            self.manage("min-version", repo, "1", error="locked.other-run")
            self.manage("prune", repo, "--keep", "1", error="locked.other-run")

    def test_only_the_keys_of_the_package_the_snapshot_and_the_timestamp_are_needed(self):
        repo = self.repository("1", "2")
        for name in ("root", "root-spare", "targets"):
            os.remove(f"{repo}.keys/{name}.key.json")
        targets = read(os.path.join(repo, "metadata/2.targets.json"))
        self.manage("promote", repo, "--channel", "lts", "1", code=0)
        self.manage("min-version", repo, "1", code=0)
        self.manage("withdraw", repo, "1", code=0)
        self.manage("prune", repo, "--keep", "1", code=0)
        self.assertEqual(read(os.path.join(repo, "metadata/2.targets.json")), targets)
        self.assert_serves(repo, "2")


if __name__ == "__main__":
    unittest.main(verbosity=1)
