"""`xppkg-release`: its rules, its keys, and two runs at once."""

import os
import pty
import shutil
import time
import unittest

from publish_case import PublishCase
from xppkg_case import (DOCUMENTED, PASSPHRASE, make_tree, noise, read, snapshot, start,
                        wait_until, write)


class Rules(PublishCase):
    def test_same_release_twice_is_published_already(self):
        repo = self.make_repository()
        self.assertTrue(self.add(repo, "1", self.tree("1"), "--json", code=0).json["changed"])
        before = self.published_files(repo)
        again = self.add(repo, "1", self.tree("1"), code=0)
        self.assertIn("published already", again.err)
        self.assertFalse(self.add(repo, "1", self.tree("1"), "--json", code=0).json["changed"])
        self.assert_same(self.published_files(repo), before)

    def test_other_contents_under_a_published_version_are_refused(self):
        repo = self.make_repository()
        self.add(repo, "1.0", self.tree("1"), code=0)
        before = self.published_files(repo)
        self.add(repo, "1.0", self.tree("2"), error="release.exists")
        self.add(repo, "1", self.tree("2"), error="release.exists")  # the same version
        self.assert_same(self.published_files(repo), before)

    def test_bad_names_and_versions_are_refused(self):
        repo = self.make_repository()
        before = self.published_files(repo)
        for version in ("", "a", "1..2", "1/2", "../1", "1 2", "v1", "1.0-"):
            with self.subTest(version):
                self.add(repo, version, self.tree("1"), error="usage.invalid")
        for package in ("", "../x", "a/b", "targets", "root", ".x", "\u00fc"):
            with self.subTest(package):
                self.add(repo, "1", self.tree("1"), package=package, error="usage.invalid")
        for words in (["--channel", "a/b"], ["--platform", "x y"], ["--level", "99"]):
            with self.subTest(words):
                self.add(repo, "1", self.tree("1"), *words, error="usage.invalid")
        self.assert_same(self.published_files(repo), before)

    def test_missing_notes_file_publishes_nothing(self):
        repo = self.make_repository()
        self.assertNotEqual(self.add(repo, "1", self.tree("1"), "--notes", self.path("no")).error,
                            "")
        self.assertEqual(self.versions(repo), [])

    def test_config_pattern_without_a_file_is_told(self):
        repo = self.make_repository()
        self.assertIn("*.conf", self.add(repo, "1", self.tree("1"), "--config", "*.conf",
                                         code=0).err)

    def test_number_of_deltas_is_kept(self):
        repo = self.make_repository()
        for version in ("1", "2", "3"):
            self.add(repo, version, self.tree(version), "--deltas", "0" if version == "2" else "1",
                     code=0)
        deltas = {release["version"]: [delta["from"] for delta in release["deltas"]]
                  for release in self.show(repo)[0]["releases"]}
        self.assertEqual(deltas, {"1": [], "2": [], "3": ["2"]})

    def test_folder_that_is_no_repository_is_told_and_not_made(self):
        for words in (["show"], ["verify"]):
            self.release_tool(*words, self.path("none"), error="repository.invalid")
        self.add(self.path("none"), "1", self.tree("1"), error="repository.invalid")
        self.assertFalse(os.path.exists(self.path("none")))

    def test_init_does_not_touch_what_is_there(self):
        repo = self.make_repository()
        before = snapshot(repo)
        self.release_tool("init", repo, error="repository.exists")
        self.assert_same(snapshot(repo), before)
        os.mkdir(self.path("other.keys"))
        write(self.path("other.keys/file"), "x")
        self.release_tool("init", self.path("other"), error="repository.exists")
        self.assertFalse(os.path.exists(self.path("other")))

    def test_interrupted_add_ends_as_cancelled_and_publishes_nothing(self):
        repo = self.make_repository()
        tree = make_tree(self.path("big"), {"data": noise(3, 20_000_000)})
        process = start("xppkg-release", "add", repo, "--package", "app", "--version", "1", tree,
                        env={"XPPKG_PASSPHRASE": PASSPHRASE})
        wait_until(lambda: os.path.exists(os.path.join(repo, ".work")))
        time.sleep(0.3)
        process.terminate()
        _, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, DOCUMENTED["cancelled"], err)
        self.assertEqual(self.versions(repo), [])


class KeyFiles(PublishCase):
    def test_keys_are_private_and_outside_the_repository(self):
        repo = self.make_repository()
        self.assertEqual(os.stat(repo + ".keys").st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(repo + ".keys/published").st_mode & 0o777, 0o700)
        for name in os.listdir(repo + ".keys"):
            path = os.path.join(repo + ".keys", name)
            if os.path.isdir(path):
                continue
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600, name)
            self.assertIn(b"argon2id", read(path))
        self.assertFalse([path for path in snapshot(repo) if "key" in path])

    def test_keys_inside_the_repository_are_refused(self):
        repo = self.path("repo")
        os.symlink(self.folder, self.path("alias"))
        for keys in (repo, repo + "/keys", repo + "/a/../keys", repo + "/./deep/keys",
                     self.path("alias", "repo", "keys")):
            with self.subTest(keys):
                self.release_tool("init", repo, "--keys", keys, error="usage.invalid")
                self.assertFalse(os.path.exists(repo))

    def test_keys_in_a_folder_of_their_own_serve(self):
        keys = self.path("safe", "keys")
        os.mkdir(self.path("safe"))
        repo = self.path("repo")
        self.release_tool("init", repo, "--keys", keys, "--quick-passphrase", code=0)
        self.assertFalse(os.path.exists(repo + ".keys"))
        self.add(repo, "1", self.tree("1"), "--keys", keys, code=0)
        self.assert_serves(repo, "1")

    def test_passphrase_comes_from_a_file(self):
        repo = self.path("repo")
        write(self.path("secret"), PASSPHRASE + "\r\nanother line\n")
        words = ["--passphrase-file", self.path("secret")]
        self.run_program("xppkg-release", "init", repo, "--quick-passphrase", *words, code=0)
        self.add(repo, "1", self.tree("1"), code=0)
        self.run_program("xppkg-release", "add", repo, "--package", "app", "--version", "2",
                         *words, self.tree("2"), code=0)

    def test_wrong_or_missing_passphrase_publishes_nothing_and_the_right_one_goes_on(self):
        repo = self.make_repository()
        for version in ("1", "2"):  # a new package, and a new release of one
            before = self.published_files(repo), snapshot(repo + ".keys")
            for passphrase in ("wrong", ""):
                self.add(repo, version, self.tree(version), error="usage.passphrase",
                         env={"XPPKG_PASSPHRASE": passphrase})
            self.run_program("xppkg-release", "add", repo, "--package", "app", "--version", version,
                             self.tree(version), start_new_session=True, error="usage.passphrase")
            self.assert_same(self.published_files(repo), before[0])
            self.assert_same(snapshot(repo + ".keys"), before[1])
            self.add(repo, version, self.tree(version), code=0)
            self.assert_serves(repo, version)

    def test_passphrase_as_an_argument_does_not_exist(self):
        self.release_tool("init", self.path("repo"), "--passphrase", "x", error="usage.invalid")
        self.assertFalse(os.path.exists(self.path("repo")))

    def test_prompt_asks_on_the_terminal_without_echo(self):
        repo = self.make_repository()
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.pop("XPPKG_PASSPHRASE", None)
            os.execv(os.environ["XPPKG_RELEASE"],
                     ["xppkg-release", "add", repo, "--package", "app", "--version", "1",
                      self.tree("1")])
        shown = self.read_until(terminal, b"Passphrase")
        os.write(terminal, PASSPHRASE.encode() + b"\n")
        shown += self.read_until(terminal, None)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, shown)
        self.assertNotIn(PASSPHRASE.encode(), shown)
        self.assertEqual(self.versions(repo), ["1"])

    def read_until(self, terminal, word):
        shown = b""
        while word is None or word not in shown:
            try:
                piece = os.read(terminal, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        return shown

    def test_missing_key_publishes_nothing(self):
        repo = self.make_repository()
        self.add(repo, "1", self.tree("1"), code=0)
        for name in ("timestamp", "snapshot", "app.package"):
            with self.subTest(name):
                key = os.path.join(repo + ".keys", name + ".key.json")
                os.rename(key, self.path("away"))
                before = self.published_files(repo), snapshot(repo + ".keys")
                self.add(repo, "2", self.tree("2"), error="trust.key")
                self.assert_same(self.published_files(repo), before[0])
                self.assert_same(snapshot(repo + ".keys"), before[1])
                os.rename(self.path("away"), key)
        self.add(repo, "2", self.tree("2"), code=0)
        self.assert_serves(repo, "2")

    def test_keys_of_another_repository_publish_nothing(self):
        repo, other = self.make_repository(), self.make_repository("other")
        self.add(repo, "1", self.tree("1"), code=0)
        self.add(other, "1", self.tree("1"), code=0)
        before = self.published_files(repo)
        self.add(repo, "2", self.tree("2"), "--keys", other + ".keys", error="trust.rollback")
        shutil.rmtree(other + ".keys/published")
        self.add(repo, "2", self.tree("2"), "--keys", other + ".keys", error="trust.key")
        self.add(repo, "1", self.tree("2"), "--keys", other + ".keys", package="new",
                 error="trust.key")
        self.assert_same(self.published_files(repo), before)
        self.release_tool("verify", repo, code=0)

    def test_damaged_key_publishes_nothing(self):
        repo = self.make_repository()
        key = os.path.join(repo + ".keys", "timestamp.key.json")
        write(key, read(key)[:-40])
        self.add(repo, "1", self.tree("1"), error="trust.key")
        self.assertEqual(self.versions(repo), [])
        self.release_tool("verify", repo, code=0)


class TwoAtOnce(PublishCase):
    def test_second_add_at_the_same_time_is_turned_away(self):
        repo = self.make_repository()
        tree = make_tree(self.path("big"), {"data": noise(3, 20_000_000)})
        first = start("xppkg-release", "add", repo, "--package", "app", "--version", "1", tree,
                      "--level", 19, env={"XPPKG_PASSPHRASE": PASSPHRASE})
        wait_until(lambda: os.path.exists(os.path.join(repo, ".work")) and
                   [name for name in os.listdir(os.path.join(repo, ".work")) if name != "lock"])
        self.add(repo, "2", self.tree("2"), error="locked.other-run")
        first.communicate(timeout=120)
        self.assertEqual(first.returncode, 0)
        self.add(repo, "2", self.tree("2"), code=0)
        self.assertEqual(self.versions(repo), ["1", "2"])
        self.release_tool("verify", repo, code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
