"""`xppkg-release prune`: what goes, what stays, and that no update gets dearer."""

import os
import shutil
import unittest

from manage_releases_case import PruneCase, names
from xppkg_case import snapshot, write

COUNT = 12


class Prune(PruneCase):
    def test_after_pruning_every_kept_pair_has_a_way_that_is_no_dearer(self):
        repo = self.repository(COUNT)
        kept = names(COUNT)[-4:]
        folders = self.workstations(repo, kept)
        before = self.costs(folders)
        sizes = {path: os.path.getsize(os.path.join(repo, path)) for path in self.disk_files(repo)}
        foreseen = self.prune(repo, 4, "--dry-run")
        result = self.prune(repo, 4)
        self.assertEqual({**foreseen, "changed": True, "dry_run": False}, result)
        gone = set(sizes) - set(self.disk_files(repo))
        self.assertEqual({file["path"]: file["bytes"] for file in result["files"]},
                         {path: sizes[path] for path in gone})
        self.assertEqual(result["bytes"], sum(sizes[path] for path in gone))
        after = self.costs(folders)
        for pair, cost in before.items():
            self.assertLessEqual(after[pair], cost, pair)
        self.assertEqual([release["version"] for release in self.show(repo)[0]["releases"]
                          if release["channels"]], kept)
        self.release_tool("verify", repo, code=0)
        self.xppkg(folders[kept[0]], "apply", code=0)
        self.assert_same(snapshot(folders[kept[0]]), snapshot(self.tree(kept[-1])))
        self.assert_serves(repo, kept[-1])

    def test_pruned_release_is_not_found_and_its_users_get_the_full_package(self):
        repo = self.repository(4)
        pc = self.workstations(repo, ["1"])["1"]
        self.prune(repo, 1)
        self.xppkg(pc, "apply", "--to", "2", error="notfound.version")
        self.xppkg(pc, "verify", "--full", code=0)
        self.assertEqual(self.xppkg(pc, "--json", "plan", code=0).json["reason"], "unknown-base")
        self.xppkg(pc, "apply", code=0)
        self.assert_same(snapshot(pc), snapshot(self.tree("4")))

    def test_release_that_a_kept_chain_needs_stays_as_a_step_in_no_channel(self):
        repo = self.make_repository()
        for version, channel in (("1", "lts"), ("2", "stable"), ("3", "stable")):
            self.add(repo, version, self.tree(version), "--channel", channel, "--deltas", "1",
                     code=0)
        folders = self.workstations(repo, ["1", "3"])
        before = self.costs(folders)
        result = self.prune(repo, 1)
        self.assertEqual(result["releases"],
                         [{"version": "2", "platform": "any", "stays_as_step": True}])
        self.assertEqual(result["deltas"], [])
        step = self.show(repo)[0]["releases"][1]
        self.assertEqual((step["version"], step["channels"], step["full_bytes"]), ("2", [], 0))
        self.assertEqual(self.costs(folders), before)
        plan = self.xppkg(folders["1"], "--json", "plan", "--to", "3", code=0).json
        self.assertEqual([step["to"] for step in plan["steps"]], ["2", "3"])
        self.xppkg(folders["1"], "apply", "--to", "3", code=0)
        self.assert_same(snapshot(folders["1"]), snapshot(self.tree("3")))
        self.release_tool("verify", repo, code=0)
        self.release_tool("promote", repo, "--package", "app", "--channel", "lts", "2",
                          error="notfound.version")
        self.assertFalse(self.prune(repo, 1)["changed"])

    def test_newest_of_each_channel_and_platform_stay(self):
        repo = self.make_repository()
        for version, platform, channel in (
                ("1", "linux-x86_64", "stable"), ("2", "linux-x86_64", "stable"),
                ("3", "linux-x86_64", "beta"), ("4", "linux-x86_64", "beta"),
                ("1", "windows-x86_64", "stable")):
            self.add(repo, version, self.tree(version), "--platform", platform, "--channel",
                     channel, code=0)
        self.prune(repo, 1)
        self.assertEqual([(release["version"], release["platform"])
                          for release in self.show(repo)[0]["releases"] if release["channels"]],
                         [("1", "windows-x86_64"), ("2", "linux-x86_64"), ("4", "linux-x86_64")])

    def test_delta_from_a_withdrawn_release_to_a_kept_one_stays(self):
        repo = self.repository(4)
        pc = self.workstations(repo, ["3"])["3"]
        self.release_tool("withdraw", repo, "--package", "app", "3", code=0)
        self.prune(repo, 1)
        self.assertEqual(self.xppkg(pc, "--json", "plan", code=0).json["reason"], "delta-chain")
        self.xppkg(pc, "apply", code=0)
        self.assert_same(snapshot(pc), snapshot(self.tree("4")))

    def test_old_metadata_goes_but_for_the_last_ten_and_the_roots(self):
        repo = self.repository(1)
        for number in range(COUNT):
            self.release_tool("promote", repo, "--package", "app", "--channel", f"c{number}", "1",
                              code=0)
        self.prune(repo, 1)
        found = {}
        for name in os.listdir(os.path.join(repo, "metadata")):
            number, _, role = name.partition(".")
            if role and number.isdigit():
                found.setdefault(role, set()).add(int(number))
        self.assertEqual(found, {"root.json": {1}, "targets.json": {1, 2},
                                 "snapshot.json": set(range(5, 15)),
                                 "app.json": set(range(4, 14))})
        self.release_tool("verify", repo, code=0)
        self.assert_serves(repo, "1")

    def test_files_that_no_metadata_lists_go_and_foreign_packages_stay(self):
        repo = self.repository(1)
        self.add(repo, "1", self.tree("1"), package="tool", code=0)
        before = self.disk_files(repo)
        left = ["targets/app/9/any/full.xpp", "targets/tool/1/any/left.xpp",
                "targets/app/1/any/x.json.new", "metadata/timestamp.json.new",
                "metadata/7.app.json.new"]
        for path in left:
            os.makedirs(os.path.dirname(os.path.join(repo, path)), exist_ok=True)
            write(os.path.join(repo, path), "left")
        os.symlink(self.folder, os.path.join(repo, "targets/app/link"))
        result = self.prune(repo, 1)
        self.assertEqual((sorted(file["path"] for file in result["files"]), result["bytes"]),
                         (sorted(left), 4 * len(left)))
        self.assertEqual(self.disk_files(repo), before)
        self.assertFalse(os.path.exists(os.path.join(repo, "targets/app/9")))
        self.assertTrue(os.path.lexists(os.path.join(repo, "targets/app/link")))

    def test_dry_run_changes_nothing_and_needs_no_keys_and_no_right_to_write(self):
        repo = self.repository(3)
        shutil.rmtree(repo + ".keys")
        shutil.rmtree(os.path.join(repo, ".work"))
        before = snapshot(repo, without=())
        words = ["prune", repo, "--package", "app", "--keep", "1", "--dry-run"]
        said = self.run_program("xppkg-release", *words, code=0)
        self.assertIn("release 2 (any)", said.out)
        self.assertIn("Nothing was changed", said.err)
        self.assertFalse(self.run_program("xppkg-release", "--json", *words, code=0)
                         .json["changed"])
        self.assert_same(snapshot(repo, without=()), before)

    def test_nothing_to_prune_publishes_nothing(self):
        repo = self.repository(2)
        before = self.published_files(repo)
        self.assertFalse(self.prune(repo, 2)["changed"])
        self.assertFalse(self.prune(repo, 5)["changed"])
        self.assert_same(self.published_files(repo), before)

    def test_bad_arguments_and_wrong_keys_change_nothing(self):
        repo = self.repository(2)
        before = self.published_files(repo)
        self.prune(repo, 0, code=None, error="usage.invalid")
        self.prune(repo, "x", code=None, error="usage.invalid")
        self.prune(repo, 1, code=None, error="usage.passphrase",
                   env={"XPPKG_PASSPHRASE": "wrong"})
        self.release_tool("prune", repo, "--package", "none", "--keep", "1",
                          error="notfound.package")
        self.release_tool("prune", repo, "--package", "app", error="usage.invalid")
        self.assert_same(self.published_files(repo), before)

    def test_adding_goes_on_after_pruning(self):
        repo = self.repository(4)
        self.prune(repo, 2)
        self.add(repo, "5", self.tree("5"), code=0)
        self.assertEqual(self.show(repo)[0]["releases"][-1]["deltas"][-1]["from"], "4")
        self.release_tool("verify", repo, code=0)
        self.assert_serves(repo, "5")


if __name__ == "__main__":
    unittest.main(verbosity=1)
