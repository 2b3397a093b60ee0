"""`xppkg-release root`: the next root is signed where its keys are, and published like a client takes
it."""

import json
import os
import shutil
import unittest

from key_case import KeyCase
from thief import Mirror, StolenKey, canonical
from xppkg_case import PASSPHRASE, read, write


class CeremonyCase(KeyCase):
    def offline(self, name="repo"):
        """A repository whose root keys lie in a folder of their own: (repository, that folder)."""
        repo = self.repository(name)
        safe = self.path(name + "-safe")
        os.mkdir(safe)
        for key in ("root", "root-spare"):
            shutil.move(os.path.join(repo + ".keys", key + ".key.json"), safe)
        return repo, safe

    def root(self, *words, **options):
        return self.release_tool("root", *words, **options)

    def edit(self, draft, change):
        content = json.loads(read(draft))
        change(content)
        write(draft, json.dumps(content))


class Ceremony(CeremonyCase):
    def test_rotation_with_offline_root_keys_is_exported_signed_elsewhere_and_imported(self):
        repo, safe = self.offline()
        pc = self.pc(repo)
        draft = self.path("root-2.draft")
        self.key(repo, "rotate", "timestamp", error="trust.key")
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        before = self.key_ids(repo, "timestamp")
        self.add(repo, "2", self.tree("2"), code=0)  # Goes on with the keys of root 1.
        os.rename(repo, repo + ".away")  # Signing needs no repository.
        self.root("sign", draft, "--keys", safe, code=0)
        os.rename(repo + ".away", repo)
        self.root("import", repo, draft, code=0)
        self.assertNotEqual(self.key_ids(repo, "timestamp"), before)
        self.assertEqual(read(repo + "/root.json"), read(repo + "/metadata/2.root.json"))
        self.release_tool("verify", repo, code=0)
        self.add(repo, "3", self.tree("3"), code=0)
        self.serve(repo)
        self.assert_follows(pc, "3")

    def test_who_signs_sees_what_changes(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        old, = self.key_ids(repo, "snapshot")
        self.key(repo, "rotate", "snapshot", "--export", draft, code=0)
        self.root("export", repo, draft, "--days", "100", code=0)
        known = ["--root", repo + "/root.json"]
        shown = self.root("show", draft, *known, code=0).out
        self.assertIn(f"- {old}", shown)
        self.assertRegex(shown, r"snapshot +1 of 1 keys must sign\n  \+ [0-9a-f]{64}\n")
        self.assertIn("Signatures: 0 of 1 that the old root requires", shown)
        signed = self.root("sign", draft, "--keys", safe, *known, code=0)
        self.assertIn(f"- {old}", signed.err)
        self.assertEqual(signed.out, "")
        self.assertTrue(self.root("--json", "show", draft, code=0).json["complete"])

    def test_two_people_sign_where_two_keys_must(self):
        repo, safe = self.offline()
        pc = self.pc(repo)
        draft = self.path("draft")
        self.key(repo, "threshold", "root", "2", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        self.root("import", repo, draft, code=0)
        os.remove(draft)
        people = {}
        for name in ("root", "root-spare"):
            people[name] = self.path("of-" + name)
            os.mkdir(people[name])
            shutil.copy(os.path.join(safe, name + ".key.json"), people[name])
        self.key(repo, "rotate", "targets", "--export", draft, code=0)
        before = self.state(repo)
        self.root("sign", draft, "--keys", people["root"], code=0)
        self.assertFalse(self.root("--json", "show", draft, code=0).json["complete"])
        self.root("import", repo, draft, error="trust.signature")
        self.assert_same(self.state(repo), before)
        self.root("sign", draft, "--keys", people["root-spare"], code=0)
        self.root("import", repo, draft, code=0)
        self.serve(repo)
        self.xppkg(pc, "check", code=0)

    def test_new_root_key_of_another_person_never_leaves_his_machine(self):
        repo, safe = self.offline()
        draft, anna = self.path("draft"), self.path("anna")
        self.release_tool("key", "new", "-", "root-anna", "--keys", anna, "--quick-passphrase",
                          env={"XPPKG_PASSPHRASE": "hers"}, code=0)
        self.key(repo, "trust", os.path.join(anna, "root-anna.key.json"), "--role", "root",
                 "--threshold", "2", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        self.root("sign", draft, "--keys", anna, env={"XPPKG_PASSPHRASE": "hers"}, code=0)
        self.root("import", repo, draft, code=0)
        self.assertEqual(len(self.key_ids(repo, "root")), 3)
        self.assertEqual(self.keys_of(repo, "root")["threshold"], 2)
        self.release_tool("verify", repo, code=0)

    def test_draft_gathers_several_changes_into_one_root(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        self.key(repo, "revoke", "snapshot", "--export", draft, code=0)
        self.assertFalse(self.root("--json", "show", draft, code=0).json["complete"])
        self.root("sign", draft, "--keys", safe, code=0)
        imported = self.root("--json", "import", repo, draft, code=0).json
        self.assertEqual(set(imported["roles"]), {"timestamp", "snapshot"})
        self.assertEqual(imported["root"], 2)

    def test_life_of_root_is_renewed(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.root("export", repo, draft, "--days", "7300", code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        before = self.keys_of(repo, "root")["expires"]
        self.root("import", repo, draft, code=0)
        self.assertGreater(self.keys_of(repo, "root")["expires"], before)

    def test_import_of_the_same_draft_twice_changes_nothing(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        self.root("import", repo, draft, code=0)
        before = self.state(repo)
        self.assertFalse(self.root("--json", "import", repo, draft, code=0).json["changed"])
        self.assert_same(self.state(repo), before)


class Refused(CeremonyCase):
    def test_draft_that_does_not_follow_the_current_root_is_refused(self):
        repo, safe = self.offline()
        drafts = self.path("one"), self.path("two")
        self.key(repo, "rotate", "timestamp", "--export", drafts[0], code=0)
        self.key(repo, "rotate", "snapshot", "--export", drafts[1], code=0)
        for draft in drafts:
            self.root("sign", draft, "--keys", safe, code=0)
        self.root("import", repo, drafts[0], code=0)
        before = self.state(repo)
        self.root("import", repo, drafts[1], error="usage.invalid")
        self.key(repo, "rotate", "targets", "--export", drafts[1], error="usage.invalid")
        self.assert_same(self.state(repo), before)

    def test_draft_of_another_repository_is_refused(self):
        repo, _ = self.offline()
        other, safe = self.offline("other")
        draft = self.path("draft")
        self.key(other, "rotate", "timestamp", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        before = self.state(repo)
        self.root("import", repo, draft, error="usage.invalid")
        self.assert_same(self.state(repo), before)

    def test_draft_that_was_changed_after_signing_is_refused(self):
        repo, safe = self.offline()
        draft, good = self.path("draft"), self.path("good")
        self.key(repo, "rotate", "timestamp", "--export", good, code=0)
        self.root("sign", good, "--keys", safe, code=0)
        before = self.state(repo)

        def weaker(content):
            content["next"]["signed"]["roles"]["timestamp"]["threshold"] = 2

        def later(content):
            content["next"]["signed"]["expires"] = "2099-01-01T00:00:00Z"

        for change in (weaker, later):
            with self.subTest(change.__name__):
                shutil.copy(good, draft)
                self.edit(draft, change)
                self.root("import", repo, draft, error="trust.signature")
                self.assert_same(self.state(repo), before)

    def test_file_that_is_no_draft_is_refused(self):
        repo, safe = self.offline()
        good = self.path("good")
        self.root("export", repo, good, code=0)
        draft = self.path("draft")
        cases = {"empty": b"", "list": b"[]", "root itself": read(repo + "/root.json"),
                 "cut": read(good)[:-200], "noise": os.urandom(300)}
        for name, content in cases.items():
            for words in (["sign", draft, "--keys", safe], ["show", draft],
                          ["import", repo, draft]):
                with self.subTest(name, words=words):
                    write(draft, content)
                    run = self.root(*words)
                    self.assertIn(run.error, ("usage.invalid", "trust.malformed"))
                    self.assertEqual(read(draft), content)
        self.edit(good, lambda content: content["next"]["signed"].update(version=7))
        self.root("show", good, error="usage.invalid")

    def test_keys_that_have_no_say_sign_nothing(self):
        repo, _ = self.offline()
        draft = self.path("draft")
        self.root("export", repo, draft, code=0)
        before = read(draft)
        self.root("sign", draft, "--keys", repo + ".keys", error="trust.key")
        self.root("sign", draft, "--keys", self.path("nothing"), error="trust.key")
        self.root("sign", draft, error="usage.invalid")
        self.assertEqual(read(draft), before)

    def test_root_that_one_of_two_keys_signed_is_refused_by_workstations_and_by_import(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.key(repo, "threshold", "root", "2", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        self.root("import", repo, draft, code=0)
        pc = self.pc(repo)
        thief = StolenKey(os.path.join(safe, "root.key.json"), PASSPHRASE)
        mirror = Mirror(self.serve(repo))
        root = mirror.read("root")
        root["version"] += 1
        gone, = set(root["roles"]["root"]["keyids"]) - {thief.id}
        root["roles"]["root"] = {"keyids": [thief.id], "threshold": 1}
        del root["keys"][gone]
        os.remove(draft)
        self.root("export", repo, draft, code=0)

        def stolen(content):
            content["next"] = {"signed": root, "signatures": [
                {"keyid": thief.id, "sig": thief.sign(canonical(root))}]}

        self.edit(draft, stolen)
        before = self.state(repo)
        self.root("import", repo, draft, error="trust.signature")
        self.assert_same(self.state(repo), before)
        mirror.write("root", root, thief)
        self.xppkg(pc, "check", error="trust.signature")

    def test_new_keys_that_are_not_at_hand_stop_the_import(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        os.rename(repo + ".keys/timestamp-2.key.json", self.path("away"))
        before = self.state(repo)
        self.root("import", repo, draft, error="trust.key")
        self.assert_same(self.state(repo), before)

    def test_killed_import_leaves_a_repository_that_serves_and_finishes_when_run_again(self):
        repo, safe = self.offline()
        draft = self.path("draft")
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.key(repo, "rotate", "targets", "--export", draft, code=0)
        self.root("sign", draft, "--keys", safe, code=0)
        kills = self.kill_at_each_rename(repo, lambda clone: ["root", "import", clone, draft],
                                         self.checked_by_a_workstation(repo))
        self.assertGreaterEqual(kills, 8)


if __name__ == "__main__":
    unittest.main(verbosity=1)
