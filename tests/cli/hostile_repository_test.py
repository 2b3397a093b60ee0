"""Somebody who can write to the vendor's repository, or hand over a draft, and has no key: the vendor's
own tools must not sign for him."""

import json
import os
import shutil
import unittest

from key_case import KeyCase
from thief import Mirror, StolenKey, envelope
from xppkg_case import PASSPHRASE, read, snapshot, write

LONG_AGO, FAR = "2020-01-01T00:00:00Z", "2036-01-01T00:00:00Z"


class HostileCase(KeyCase):
    def stranger(self):
        """A key of nobody's."""
        folder = self.path("strangers")
        self.release_tool("key", "new", "-", "his", "--keys", folder, "--quick-passphrase", code=0)
        return StolenKey(os.path.join(folder, "his.key.json"), PASSPHRASE)

    def refused(self, repo, *words, error):
        """The command is refused and nothing was published."""
        before = self.state(repo)
        answer = self.release_tool(words[0], repo, *words[1:], error=error)
        self.assert_same(self.state(repo), before)
        return answer


class WrittenByOthers(HostileCase):
    def test_roots_of_another_are_not_gone_on_with(self):
        repo, his = self.repository(), self.stranger()
        mirror = Mirror(repo)
        root = mirror.read("root")
        root["keys"][his.id] = his.public
        for role in root["roles"].values():
            role["keyids"].append(his.id)
        mirror.write("root", root, his)
        shutil.copy(mirror.newest("root"), os.path.join(repo, "root.json"))
        mirror.publish({"targets": lambda targets: targets.update(expires=LONG_AGO)},
                       {role: [his] for role in ("targets", "snapshot", "timestamp")})
        for words in (["refresh"], ["min-version", "1", "--package", "app"], ["key", "rotate", "app"]):
            if words[0] == "key":
                self.key(repo, *words[1:], error="trust.rollback")
            else:
                self.refused(repo, *words, error="trust.rollback")

    def test_older_state_that_was_put_back_is_not_signed_again(self):
        repo = self.repository()
        shutil.copytree(repo + "/metadata", self.path("older"))
        old, = self.key_ids(repo, "app")
        self.key(repo, "revoke", "app.package", code=0)
        shutil.rmtree(repo + "/metadata")
        shutil.copytree(self.path("older"), repo + "/metadata")
        answer = self.refused(repo, "refresh", error="trust.rollback")
        self.assertIn("TRUST.md, section 5", answer.err)
        # The way out that the document names: a vendor who restored it on purpose says so.
        shutil.rmtree(repo + ".keys/published")
        said = self.release_tool("refresh", repo, code=0)
        self.assertIn("have no record of", said.err)
        self.assertEqual(self.key_ids(repo, "app"), [old])

    def test_work_folder_of_another_moves_and_removes_nothing_outside(self):
        repo, outside = self.repository(), self.path("outside")
        os.mkdir(outside)
        os.symlink(outside, repo + "/targets/link")
        os.makedirs(repo + "/.work/metadata")
        write(repo + "/.work/metadata/0", "his")
        write(repo + "/.work/publication.json",
              json.dumps({"format": "1.0", "files": ["targets/link/authorized_keys"]}))
        self.refused(repo, "refresh", error="repository.invalid")
        self.assertEqual(os.listdir(outside), [])
        shutil.rmtree(repo + "/.work")
        write(outside + "/mine", "kept")
        os.symlink(outside, repo + "/.work")
        self.refused(repo, "refresh", error="repository.invalid")
        self.assertEqual(os.listdir(outside), ["mine"])

    def test_root_that_names_files_otherwise_is_not_gone_on_with(self):
        repo = self.repository()
        root_key = self.stolen(repo, "root")
        mirror = Mirror(repo)
        root = mirror.read("root")
        root.update(version=2, consistent_snapshot=False)
        mirror.write("root", root, root_key)
        self.refused(repo, "refresh", error="repository.invalid")
        self.release_tool("verify", repo, error="repository.invalid")


class DamagedMemory(HostileCase):
    """KEYS/published, against which the repository is measured, is not as it was saved."""

    NAMES = ("root.json", "timestamp.json", "snapshot.json")

    def damages(self, path):
        """Each way of damage, done to the file in turn; the file is whole again afterwards."""
        whole = read(path)
        swapped = json.loads(whole)
        swapped["signed"]["expires"] = FAR
        for name, bytes_of_it in (("garbage", b"\x00\xff\x00"), ("empty", b""),
                                  ("truncated", whole[:len(whole) // 2]),
                                  ("changed", json.dumps(swapped).encode())):
            write(path, bytes_of_it)
            yield name
        with open(path, "wb") as file:
            file.truncate(64 * 1024 * 1024)
        yield "huge"
        write(path, whole)

    def test_damaged_memory_signs_nothing_and_says_what_helps(self):
        repo = self.repository()
        for name in self.NAMES:
            path = os.path.join(repo + ".keys/published", name)
            for damage in self.damages(path):
                with self.subTest(file=name, damage=damage):
                    answer = self.refused(repo, "refresh", error="corrupt.published")
                    self.assertIn(f"file: {name}\n", answer.err)
                    self.assertIn(f"published last: {repo}.keys/published\n", answer.err)
                    self.assertIn("TRUST.md, section 5", answer.err)
            self.release_tool("refresh", repo, code=0)

    def test_damaged_memory_does_not_let_an_older_state_be_signed(self):
        repo = self.repository()
        shutil.copytree(repo + "/metadata", self.path("older"))
        self.key(repo, "revoke", "app.package", code=0)
        shutil.rmtree(repo + "/metadata")
        shutil.copytree(self.path("older"), repo + "/metadata")
        write(repo + ".keys/published/timestamp.json", "{}")
        self.refused(repo, "refresh", error="corrupt.published")

    def test_signing_a_draft_keeps_what_was_published_with_these_keys(self):
        repo, other, draft = self.repository(), self.path("other"), self.path("draft")
        shutil.copytree(repo + ".keys", other)
        remembered = snapshot(other + "/published")
        self.key(repo, "rotate", "timestamp", code=0)
        self.release_tool("root", "export", repo, draft, code=0)
        self.release_tool("root", "sign", draft, "--keys", other, "--root", repo + "/root.json",
                          code=0)
        self.assert_same(snapshot(other + "/published"), remembered)
        shutil.copy(repo + ".keys/timestamp-2.key.json", other)
        self.release_tool("refresh", repo, "--keys", other, code=0)


class Drafts(HostileCase):
    def draft_of(self, repo, change):
        """A draft of the next root that was changed on its way."""
        draft = self.path("draft")
        self.release_tool("root", "export", repo, draft, code=0)
        content = json.loads(read(draft))
        change(content["base"], content["next"])
        write(draft, json.dumps(content))
        return draft

    def sign(self, draft, *words, **options):
        return self.release_tool("root", "sign", draft, *words, **options)

    def test_base_that_the_signer_does_not_know_is_not_signed_for(self):
        repo, his = self.repository(), self.stranger()

        def change(base, following):
            for root in (base["signed"], following["signed"]):
                root["keys"][his.id] = his.public
                for role in root["roles"].values():
                    role["keyids"].append(his.id)
            base.update(envelope(base["signed"], his))

        draft = self.draft_of(repo, change)
        stick = self.path("stick")
        os.mkdir(stick)
        shutil.copy(repo + ".keys/root.key.json", stick)
        self.sign(draft, "--keys", repo + ".keys", error="trust.signature")
        self.sign(draft, "--keys", stick, "--root", repo + "/root.json", error="trust.signature")
        self.release_tool("root", "show", draft, "--root", repo + "/root.json",
                          error="trust.signature")
        # Nothing is shown as if it had been there before if no root is known.
        shown = self.sign(draft, "--keys", stick, code=0).err
        self.assertIn("No root is known here", shown)
        self.assertEqual(shown.count(f"+ {his.id}"), 4)

    def test_keys_know_the_root_that_they_signed_for(self):
        repo, his = self.repository(), self.stranger()
        stick = self.path("stick")
        os.mkdir(stick)
        shutil.move(repo + ".keys/root.key.json", stick)
        shutil.move(repo + ".keys/root-spare.key.json", stick)
        draft = self.draft_of(repo, lambda base, following: None)
        self.sign(draft, "--keys", stick, "--root", repo + "/root.json", code=0)
        self.release_tool("root", "import", repo, draft, code=0)
        os.remove(draft)
        self.release_tool("root", "export", repo, draft, code=0)
        # The stick knows root 1, whose keys signed root 2, the base of this one.
        self.assertNotIn("No root is known", self.sign(draft, "--keys", stick, code=0).err)

        def change(base, following):
            base["signed"]["roles"]["root"]["keyids"].append(his.id)
            base["signed"]["keys"][his.id] = his.public
            base.update(envelope(base["signed"], his))

        os.remove(draft)
        self.sign(self.draft_of(repo, change), "--keys", stick, error="trust.signature")

    def test_draft_that_says_more_than_is_shown_is_refused(self):
        repo, his = self.repository(), self.stranger()

        def hidden_key(_, following):
            following["signed"]["keys"]["ab" * 32] = his.public

        def other_names(_, following):
            following["signed"]["consistent_snapshot"] = False

        def more(_, following):
            following["signed"]["more"] = 1

        for change in (hidden_key, other_names, more):
            draft = self.draft_of(repo, change)
            for verb in (["show"], ["sign", "--keys", repo + ".keys"]):
                self.release_tool("root", verb[0], draft, *verb[1:], error="usage.invalid")
            self.release_tool("root", "import", repo, draft, error="usage.invalid")
            os.remove(draft)

    def test_revoked_key_of_a_draft_comes_back_in_no_way(self):
        repo, draft = self.repository(), self.path("draft")

        def trusted():
            return json.loads(read(draft))["next"]["signed"]["roles"]["timestamp"]["keyids"]

        self.key(repo, "revoke", "timestamp", "--export", draft, code=0)
        first, = trusted()
        self.key(repo, "revoke", "timestamp-2", "--export", draft, code=0)
        second, = trusted()
        self.assertNotEqual(first, second)
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.assertNotIn(trusted()[0], (first, second))
        os.remove(draft)
        # The draft came to nothing, and one of its keys was seen by others.
        self.key(repo, "revoke", first[:16], code=0)
        self.key(repo, "rotate", "timestamp", "--export", draft, code=0)
        self.assertNotEqual(trusted()[0], first)

    def test_change_that_needs_no_root_is_not_half_exported(self):
        repo, draft = self.repository(), self.path("draft")
        before = self.state(repo)
        self.key(repo, "rotate", "app", "--export", draft, error="usage.invalid")
        self.assertFalse(os.path.exists(draft))
        self.assert_same(self.state(repo), before)


class Accidents(HostileCase):
    def keys(self, repo):
        return {role: [self.stolen(repo, name)] for role, name in (
            ("app", "app.package"), ("snapshot", "snapshot"), ("timestamp", "timestamp"))}

    def test_role_that_clients_would_not_read_is_not_published(self):
        repo = self.repository()
        compact = json.dumps(json.loads(read(Mirror(repo).newest("app"))), separators=(",", ":"))
        padding = {"length": 1, "hashes": {"sha256": "0" * 64},
                   "custom": {"x": "y" * (8 * 1024 * 1024 - len(compact) - 300)}}
        Mirror(repo).publish({"app": lambda app: app["targets"].update({"app/pad/any/x": padding})},
                             self.keys(repo))
        before = self.published_files(repo)["metadata/timestamp.json"]
        self.add(repo, "2", self.tree("2"), error="limit.exceeded")
        self.assertEqual(self.published_files(repo)["metadata/timestamp.json"], before)
        self.release_tool("show", repo, code=0)

    def test_time_of_a_clock_that_was_far_ahead_is_not_kept(self):
        repo = self.repository()
        mirror = Mirror(repo)
        timestamp = mirror.read("timestamp")
        timestamp.update(issued=FAR, version=timestamp["version"] + 1)
        mirror.write("timestamp", timestamp, self.stolen(repo, "timestamp"))
        self.release_tool("refresh", repo, code=0)
        self.assertLess(mirror.read("timestamp")["issued"], FAR)

    def test_package_that_has_expired_is_signed_anew_with_the_rest(self):
        repo = self.repository()
        mirror = Mirror(repo)
        mirror.publish({"app": lambda app: app.update(expires=LONG_AGO)}, self.keys(repo))
        self.release_tool("verify", repo, error="trust.expired")
        self.release_tool("refresh", repo, code=0)
        self.assertGreater(mirror.read("app")["expires"], LONG_AGO)
        self.release_tool("verify", repo, code=0)

    def test_keys_are_not_made_in_the_published_folder(self):
        repo = self.repository()
        self.release_tool("key", "new", repo, "mine", "--keys", repo + "/metadata",
                          error="usage.invalid")
        self.assertFalse(os.path.exists(repo + "/metadata/mine.key.json"))

    def test_stray_files_among_the_keys_stop_nobody(self):
        repo = self.repository()
        os.mkdir(repo + ".keys/folder.key.json")
        with open(repo + ".keys/large.key.json", "wb") as file:
            file.truncate(1 << 40)
        self.release_tool("refresh", repo, code=0)

    def test_signer_does_not_get_the_passphrase(self):
        repo, seen = self.repository(), self.path("seen")
        signer = self.path("signer.py")
        write(signer, "#!/usr/bin/python3\nimport os, json, sys\n"
                      f"open({seen!r}, 'w').write(os.environ.get('XPPKG_PASSPHRASE', ''))\n"
                      "for line in sys.stdin:\n    print(json.dumps({'keys': []}), flush=True)\n")
        os.chmod(signer, 0o755)
        self.release_tool("refresh", repo, "--signer", signer, code=0)
        self.assertEqual(read(seen), b"")

    def test_saved_metadata_of_any_size_or_kind_is_fetched_again(self):
        repo = self.repository()
        pc = self.pc(repo)
        for name in ("timestamp", "snapshot", "targets", "app"):
            path = f"{pc}/.xppkg/trust/{name}.json"
            with open(path, "wb") as file:
                file.truncate(1 << 40)
            self.xppkg(pc, "check", code=0)
            os.remove(path)
            os.mkdir(path)
            self.xppkg(pc, "check")
            os.rmdir(path)


if __name__ == "__main__":
    unittest.main()
