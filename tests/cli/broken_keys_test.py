"""`xppkg-release key` with a wrong passphrase, killed, or asked for nonsense: nothing is half done."""

import json
import os
import unittest

from key_case import KeyCase
from xppkg_case import read, snapshot, write


class Broken(KeyCase):
    def test_wrong_passphrase_changes_nothing(self):
        repo = self.repository()
        before = self.state(repo)
        draft = self.path("draft")
        self.release_tool("root", "export", repo, draft, code=0)
        exported = read(draft)
        for words in (["key", "new", repo, "extra"],
                      ["key", "new", repo, "extra", "--role", "app"],
                      ["key", "rotate", repo, "timestamp"], ["key", "rotate", repo, "app"],
                      ["key", "rotate", repo, "root"], ["key", "revoke", repo, "snapshot"],
                      ["key", "threshold", repo, "root", "2"],
                      ["root", "sign", draft, "--keys", repo + ".keys"],
                      ["refresh", repo], ["refresh", repo, "--snapshot"]):
            for passphrase in ("wrong", ""):
                with self.subTest(words, passphrase=passphrase):
                    self.release_tool(*words, env={"XPPKG_PASSPHRASE": passphrase},
                                      error="usage.passphrase")
                    self.assert_same(self.state(repo), before)
        self.assertEqual(read(draft), exported)

    def test_killed_rotation_of_a_top_role_leaves_a_repository_that_serves_and_finishes(self):
        pristine = self.repository()
        check = self.checked_by_a_workstation(pristine)
        kills = self.kill_at_each_rename(
            pristine, lambda repo: ["key", "rotate", repo, "snapshot"], check)
        self.assertGreaterEqual(kills, 6)

    def test_killed_rotation_of_a_package_leaves_a_repository_that_serves_and_finishes(self):
        pristine = self.repository()
        check = self.checked_by_a_workstation(pristine)
        kills = self.kill_at_each_rename(
            pristine, lambda repo: ["key", "rotate", repo, "app"], check)
        self.assertGreaterEqual(kills, 6)

    def test_killed_refresh_leaves_a_repository_that_serves_and_finishes(self):
        pristine = self.repository()
        kills = self.kill_at_each_rename(
            pristine, lambda repo: ["refresh", repo, "--snapshot"],
            lambda repo: self.release_tool("verify", repo, code=0))
        self.assertGreaterEqual(kills, 3)

    def test_rotation_that_a_killed_run_had_decided_is_not_made_twice(self):
        repo = self.repository()
        self.key(repo, "rotate", "timestamp", code=0)
        ids = self.key_ids(repo, "timestamp")
        os.makedirs(repo + "/.work/metadata")
        write(repo + "/.work/metadata/0", read(repo + "/root.json"))
        write(repo + "/.work/publication.json",
              json.dumps({"format": "1.0", "files": ["root.json"]}))
        self.assertTrue(self.key(repo, "rotate", "timestamp", "--json", code=0).json["finished"])
        self.assertEqual(self.key_ids(repo, "timestamp"), ids)
        self.assertFalse(os.path.exists(repo + "/.work/publication.json"))

    def test_list_of_a_killed_run_that_leads_out_of_the_repository_is_refused(self):
        repo = self.repository()
        before = snapshot(self.folder, without=("repo",))
        write(repo + "/.work/publication.json",
              json.dumps({"format": "1.0", "files": ["../evil"]}))
        os.makedirs(repo + "/.work/metadata")
        write(repo + "/.work/metadata/0", "x")
        self.assertNotEqual(self.release_tool("refresh", repo).code, 0)
        self.assert_same(snapshot(self.folder, without=("repo",)), before)

    def test_new_key_takes_no_name_that_is_there(self):
        repo = self.repository()
        before = self.state(repo)
        self.key(repo, "new", "timestamp", error="repository.exists")
        for name in ("../x", "a/b", "", ".x", "\u00fc"):
            self.key(repo, "new", name, error="usage.invalid")
        self.assert_same(self.state(repo), before)

    def test_key_list_needs_no_passphrase(self):
        repo = self.repository()
        self.run_program("xppkg-release", "key", "list", repo, start_new_session=True, code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
