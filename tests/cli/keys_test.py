"""`xppkg-release key`: making, replacing and revoking keys, and what workstations make of it."""

import os
import unittest

from key_case import KeyCase
from thief import Mirror
from xppkg_case import read, write


class Rotation(KeyCase):
    def test_workstation_of_root_1_follows_after_rotation_of_each_role_in_turn(self):
        repo = self.repository()
        pc = self.pc(repo)
        first = self.path("root-1.json")
        write(first, read(repo + "/root.json"))
        for number, role in enumerate(("timestamp", "snapshot", "targets", "app", "root"), start=2):
            with self.subTest(role):
                before = self.key_ids(repo, role)
                self.key(repo, "rotate", role, code=0)
                after = self.key_ids(repo, role)
                self.assertEqual(len(after), len(before))
                self.assertFalse(set(before) & set(after))
                version = str(number)
                self.serve(repo)
                self.xppkg(pc, "check", code=0)
                self.add(repo, version, self.tree(version), code=0)
                self.serve(repo)
                self.assert_follows(pc, version)
        self.assertEqual(self.release_tool("--json", "verify", repo, code=0).json["roots"], 5)
        late = self.pc(repo, "late", root=first)
        self.assert_follows(late, "6")

    def test_workstation_of_root_1_follows_after_two_rotations_in_a_row(self):
        for role in ("timestamp", "snapshot", "targets", "app", "root"):
            with self.subTest(role):
                repo = self.repository("repo-" + role)
                pc = self.pc(repo, "pc-" + role)
                self.key(repo, "rotate", role, code=0)
                self.key(repo, "rotate", role, code=0)
                self.add(repo, "2", self.tree("2"), code=0)
                self.serve(repo, "pc-" + role)
                self.assert_follows(pc, "2")

    def test_old_keys_cannot_publish_after_rotation(self):
        repo = self.repository()
        old = self.clone(repo, "old") + ".keys"
        for role in ("timestamp", "snapshot", "app"):
            self.key(repo, "rotate", role, code=0)
        before = self.published_files(repo)
        error = self.add(repo, "2", self.tree("2"), "--keys", old, "--json", error="trust.key")
        self.assertEqual(error.json["error"]["facts"]["at hand"], "0")
        self.assert_same(self.published_files(repo), before)

    def test_old_key_files_are_kept_under_a_name_that_tells(self):
        repo = self.repository()
        for _ in range(2):
            self.key(repo, "rotate", "timestamp", code=0)
        names = [name for name in os.listdir(repo + ".keys") if name.startswith("timestamp")]
        self.assertEqual(sorted(names), ["timestamp-2.retired.key.json", "timestamp-3.key.json",
                                         "timestamp.retired.key.json"])

    def test_metadata_of_a_new_root_holds_under_the_old_root_too(self):
        repo = self.repository()
        old, = self.key_ids(repo, "timestamp")
        self.key(repo, "rotate", "timestamp", code=0)
        new, = self.key_ids(repo, "timestamp")
        self.assertEqual(self.signers(repo, "timestamp.json"), {old, new})
        self.release_tool("refresh", repo, code=0)
        self.assertEqual(self.signers(repo, "timestamp.json"), {new})

    def test_unknown_role_is_told_and_makes_no_key(self):
        repo = self.repository()
        before = self.state(repo)
        self.key(repo, "rotate", "nobody", error="notfound.package")
        self.key(repo, "new", "extra", "--role", "nobody", error="notfound.package")
        self.assert_same(self.state(repo), before)


class Thresholds(KeyCase):
    def test_second_key_makes_two_signatures_under_the_role(self):
        repo = self.repository()
        pc = self.pc(repo)
        self.key(repo, "new", "app-second", "--role", "app", "--threshold", "2", code=0)
        self.add(repo, "2", self.tree("2"), code=0)
        newest = os.path.basename(Mirror(repo).newest("app"))
        self.assertEqual(self.signers(repo, newest), set(self.key_ids(repo, "app")))
        self.assertEqual(len(self.key_ids(repo, "app")), 2)
        self.serve(repo)
        self.assert_follows(pc, "2")

    def test_threshold_of_two_with_one_key_at_hand_is_refused_and_says_what_is_missing(self):
        repo = self.repository()
        self.key(repo, "new", "app-second", "--role", "app", "--threshold", "2", code=0)
        os.rename(repo + ".keys/app-second.key.json", self.path("away"))
        before = self.state(repo)
        error = self.add(repo, "2", self.tree("2"), "--json", error="trust.key").json["error"]
        self.assertEqual(error["facts"]["role"], "app")
        self.assertEqual((error["facts"]["needed"], error["facts"]["at hand"]), ("2", "1"))
        self.assertIn("TRUST.md", error["next"])
        self.assert_same(self.state(repo), before)

    def test_root_threshold_of_two_with_one_key_at_hand_points_to_the_ceremony(self):
        repo = self.repository()
        self.key(repo, "threshold", "root", "2", code=0)
        os.rename(repo + ".keys/root-spare.key.json", self.path("away"))
        before = self.state(repo)
        error = self.key(repo, "rotate", "timestamp", "--json", error="trust.key").json["error"]
        self.assertIn("--export", error["facts"]["help"])
        self.assert_same(self.state(repo), before)

    def test_threshold_that_no_one_could_reach_is_refused(self):
        repo = self.repository()
        before = self.state(repo)
        for threshold in ("0", "3", "-1", "x"):
            self.key(repo, "threshold", "root", threshold, error="usage.invalid")
        self.key(repo, "new", "x", "--role", "app", "--threshold", "3", error="usage.invalid")
        self.assert_same(self.published_files(repo),
                         {path: what for path, what in before.items()
                          if not path.startswith("keys/")})

    def test_key_of_another_person_is_trusted_by_its_public_part(self):
        repo = self.repository()
        self.release_tool("key", "new", "-", "anna", "--keys", self.path("anna"),
                          "--quick-passphrase", env={"XPPKG_PASSPHRASE": "another"}, code=0)
        self.key(repo, "trust", self.path("anna", "anna.key.json"), "--role", "root", code=0)
        self.assertEqual(len(self.key_ids(repo, "root")), 3)
        self.key(repo, "trust", self.path("anna", "anna.key.json"), "--role", "root",
                 error="usage.invalid")
        self.assertNotIn("anna.key.json", os.listdir(repo + ".keys"))


class LostKeys(KeyCase):
    def test_lost_key_of_each_role_is_replaced_and_workstations_follow(self):
        repo = self.repository()
        pc = self.pc(repo)
        files = {"timestamp": "timestamp", "snapshot": "snapshot", "targets": "targets",
                 "app": "app.package", "root": "root"}
        for number, (role, name) in enumerate(files.items(), start=2):
            with self.subTest(role):
                lost = self.key_ids(repo, role)[0]
                os.remove(os.path.join(repo + ".keys", name + ".key.json"))
                self.key(repo, "revoke", lost[:12], code=0)
                self.assertNotIn(lost, self.key_ids(repo, role))
                self.add(repo, str(number), self.tree(str(number)), code=0)
                self.serve(repo)
                self.assert_follows(pc, str(number))
        self.assertEqual(len(self.key_ids(repo, "root")), 1)  # The spare one is left.

    def test_lost_timestamp_key_is_told_and_nothing_is_signed_by_others(self):
        repo = self.repository()
        os.remove(repo + ".keys/timestamp.key.json")
        before = self.state(repo)
        self.release_tool("refresh", repo, error="trust.key")
        self.assert_same(self.state(repo), before)

    def test_key_that_no_role_trusts_is_told(self):
        repo = self.repository()
        before = self.state(repo)
        for key in ("nokey", "0123456789abcdef", "", "ab"):
            self.key(repo, "revoke", key, error="usage.invalid")
        self.assert_same(self.state(repo), before)


class StolenKeys(KeyCase):
    def test_signature_of_a_stolen_package_key_is_refused_after_revoking_it(self):
        repo = self.repository()
        pc = self.pc(repo)
        keys = {role: [self.stolen(repo, name)] for role, name in
                (("app", "app.package"), ("snapshot", "snapshot"), ("timestamp", "timestamp"))}

        def forge(signed):
            signed["x-forged"] = "by the thief"

        Mirror(self.serve(repo)).publish({"app": forge}, keys)
        self.xppkg(pc, "check", code=0)  # So it was his key that did it.
        for _ in range(2):
            self.release_tool("refresh", repo, "--role", "app", code=0)
        self.key(repo, "revoke", "app.package", code=0)
        Mirror(self.serve(repo)).publish({"app": forge}, keys)
        self.assertEqual(self.xppkg(pc, "check", code=5).error, "trust.signature")
        self.add(repo, "2", self.tree("2"), code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        self.serve(repo)
        self.assert_follows(pc, "3")

    def test_versions_that_a_timestamp_thief_raised_end_with_the_new_root(self):
        repo = self.repository()
        pc = self.pc(repo)
        Mirror(self.serve(repo)).publish({}, {"timestamp": [self.stolen(repo, "timestamp")]},
                                         raise_by=1_000_000)
        self.xppkg(pc, "check", code=0)
        self.add(repo, "2", self.tree("2"), code=0)
        self.serve(repo)
        self.xppkg(pc, "check", error="trust.rollback")
        self.key(repo, "revoke", "timestamp", code=0)
        self.serve(repo)
        self.assert_follows(pc, "2")

    def test_versions_that_a_snapshot_thief_raised_end_with_the_new_root(self):
        repo = self.repository()
        pc = self.pc(repo)
        keys = {role: [self.stolen(repo, role)] for role in ("snapshot", "timestamp")}
        Mirror(self.serve(repo)).publish({}, keys, raise_by=1_000_000)
        self.xppkg(pc, "check", code=0)
        self.add(repo, "2", self.tree("2"), code=0)
        self.serve(repo)
        self.xppkg(pc, "check", error="trust.rollback")
        self.key(repo, "revoke", "timestamp", "snapshot", code=0)
        self.serve(repo)
        self.assert_follows(pc, "2")

    def test_root_that_a_thief_signs_with_one_revoked_key_is_refused(self):
        repo = self.repository()
        pc = self.pc(repo)
        thief = self.stolen(repo, "root")
        self.key(repo, "revoke", "root", code=0)
        source = self.serve(repo)
        self.xppkg(pc, "check", code=0)
        root = Mirror(source).read("root")
        root["version"] += 1
        root["keys"][thief.id] = thief.public
        for role in root["roles"].values():
            role["keyids"] = [thief.id]
        Mirror(source).write("root", root, thief)
        self.xppkg(pc, "check", error="trust.signature")
        self.serve(repo)
        self.xppkg(pc, "check", code=0)

    def test_key_is_revoked_in_every_role_that_has_it(self):
        repo = self.repository()
        self.key(repo, "trust", "snapshot", "--role", "app", code=0)
        self.key(repo, "trust", "snapshot", "--role", "timestamp", code=0)
        stolen, = self.key_ids(repo, "snapshot")
        self.key(repo, "revoke", "snapshot", code=0)
        listed = self.release_tool("--json", "key", "list", repo, code=0).out
        self.assertNotIn(stolen, listed)
        self.release_tool("verify", repo, code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
