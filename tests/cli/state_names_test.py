"""Something of another kind at a name of ours in .xppkg: the run says where it lies and what to do,
and removes nothing of it."""

import os
import shutil
import unittest

from xppkg_case import NEW, OLD, XppkgCase, read, write

FILES = ("lock", "fetching", "in-use", "config.json", "passwords.json", "floors.json",
         "decision.json", "site-keys.json", "installed.json", "manifest.json", "times",
         "history.jsonl", "refused.json", "rolled-back.json", "pending.json", "journal",
         "journal.undo", "journal.done")
FOLDERS = ("trust", "proof", "download", "pristine", "kept", "displaced")
MADE_ANEW = ("staging", "backup", "probe")


class StateNames(XppkgCase):
    def setUp(self):
        super().setUp()
        self.app = self.install(OLD)

    def state(self, name):
        return os.path.join(self.app, ".xppkg", name)

    def aside(self, name):
        """The name is free afterwards; what it had comes back by the returned call."""
        path, kept = self.state(name), self.path("aside")
        if not os.path.lexists(path):
            return lambda: None
        os.rename(path, kept)
        return lambda: os.rename(kept, path)

    def assert_told(self, name):
        for words in (["apply"], ["repair"], ["rollback"]):
            facts = self.xppkg(self.app, "--json", *words,
                               error="tree.conflict").json["error"]["facts"]
            self.assertEqual(facts["path"], self.state(name))

    def test_folder_in_place_of_each_file_is_told_and_kept(self):
        for name in FILES + tuple(name + ".new" for name in FILES):
            with self.subTest(name=name):
                back = self.aside(name)
                os.makedirs(self.state(name) + "/in")
                write(self.state(name) + "/in/mine", "mine")
                self.assert_told(name)
                self.assertEqual(read(self.state(name) + "/in/mine"), b"mine")
                shutil.rmtree(self.state(name))
                back()
        self.xppkg(self.app, "apply", code=0)
        self.assert_version(self.app, NEW)

    def test_file_in_place_of_each_folder_is_told_and_kept(self):
        for name in FOLDERS:
            with self.subTest(name=name):
                back = self.aside(name)
                write(self.state(name), "mine")
                self.assert_told(name)
                self.assertEqual(read(self.state(name)), b"mine")
                os.remove(self.state(name))
                back()

    def test_folder_in_place_of_a_file_of_metadata_is_told(self):
        back = self.aside("trust/timestamp.json")
        os.mkdir(self.state("trust/timestamp.json"))
        self.assert_told("trust/timestamp.json")
        os.rmdir(self.state("trust/timestamp.json"))
        back()

    def test_file_in_place_of_what_each_run_makes_anew_is_in_nobodys_way(self):
        for name in MADE_ANEW:
            write(self.state(name), "left")
            for words in (["status"], ["verify"], ["recover"], ["plan"], ["check"]):
                self.assertIn(self.xppkg(self.app, *words).code, (0, 100))
        self.xppkg(self.app, "apply", code=0)
        self.assert_version(self.app, NEW)

    def test_who_only_looks_does_not_mind_what_he_does_not_read(self):
        os.mkdir(self.state("journal.new"))
        os.mkdir(self.state("refused.json"))
        for words in (["status"], ["verify", "--full"], ["history"], ["rollback", "--list"]):
            self.xppkg(self.app, *words, code=0)

    def test_file_in_place_of_the_folder_itself_is_told(self):
        file = self.path("file")
        write(file, "mine")
        self.assertEqual(self.xppkg(file, "--json", "status", error="usage.invalid")
                         .json["error"]["facts"]["reason"], "it is a file")
        self.init(file, error="usage.invalid")
        other = self.path("other")
        os.mkdir(other)
        write(other + "/.xppkg", "mine")
        self.init(other, error="tree.conflict")
        self.xppkg(other, "status", error="tree.conflict")
        self.assertEqual(read(other + "/.xppkg"), b"mine")


if __name__ == "__main__":
    unittest.main()
