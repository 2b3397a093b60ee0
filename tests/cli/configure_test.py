"""Settings that are changed after init."""

import json
import os
import stat
import unittest

from xppkg_case import NEW, OLD, XppkgCase, read

DATABASE = "postgresql://pc@db.invalid/site"
WITH_PASSWORD = "postgresql://pc:secret@db.invalid/site"


class Configure(XppkgCase):
    def setUp(self):
        super().setUp()
        self.app = self.install(OLD)

    def state(self, name):
        return os.path.join(self.app, ".xppkg", name)

    def config(self):
        return json.loads(read(self.state("config.json")))

    def test_what_is_named_changes_and_the_rest_stays(self):
        before = self.config()
        self.xppkg(self.app, "configure", "--proxy", "none", "--keep", "3", "--keep-bytes", "5MB",
                   "--confirm-within", "2", "--workstation", "pc9", "--channel", "beta", code=0)
        self.assertEqual(self.config(), before | {
            "proxy": "none", "keep_releases": 3, "keep_bytes": 5 * 1024 * 1024,
            "confirm_starts": 2, "workstation": "pc9", "channel": "beta"})
        self.xppkg(self.app, "configure", "--channel", "stable", code=0)
        self.xppkg(self.app, "apply", code=0)
        self.assert_version(self.app, NEW)

    def test_sources_are_replaced(self):
        old = self.config()["sources"]
        self.xppkg(self.app, "configure", "--source", "https://one.invalid/", "--source", old[0],
                   code=0)
        self.assertEqual(self.config()["sources"], ["https://one.invalid/", old[0]])

    def test_value_that_cannot_be_used_changes_nothing(self):
        for words in (["--source", "ftp://x/y"], ["--channel", "a b"], ["--database", "oracle:x"],
                      ["--keep-bytes", "-5"], ["--keep", "many"]):
            with self.subTest(words), self.kept(self.app):
                self.xppkg(self.app, "configure", *words, error="usage.invalid")
        self.xppkg(self.path("none"), "configure", "--keep", "2", error="usage.not-installation")

    def test_password_lies_apart_and_goes_with_its_address(self):
        self.xppkg(self.app, "configure", "--database", WITH_PASSWORD, code=0)
        self.assertEqual(self.config()["database"], DATABASE)
        self.assertEqual(json.loads(read(self.state("passwords.json")))["addresses"],
                         {DATABASE: WITH_PASSWORD})
        self.assertEqual(stat.S_IMODE(os.stat(self.state("passwords.json")).st_mode), 0o600)
        os.chmod(self.state("passwords.json"), 0o640)
        self.xppkg(self.app, "configure", "--keep", "2", code=0)
        self.assertEqual(json.loads(read(self.state("passwords.json")))["addresses"],
                         {DATABASE: WITH_PASSWORD})
        self.assertEqual(stat.S_IMODE(os.stat(self.state("passwords.json")).st_mode), 0o640)
        self.xppkg(self.app, "configure", "--database", "", code=0)
        self.assertEqual(self.config()["database"], "")
        self.assertFalse(os.path.exists(self.state("passwords.json")))

    def test_result_is_one_document(self):
        self.assertEqual(self.xppkg(self.app, "--json", "configure", "--keep", "2", code=0).json,
                         {"folder": self.app})


if __name__ == "__main__":
    unittest.main(verbosity=1)
