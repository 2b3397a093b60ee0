"""The user's and the site's own: their files, their rights, their database's decision."""

import json
import os
import unittest

from xppkg_case import (MIDDLE, NEW, OLD, PACKAGE, Program, XppkgCase, describe, make_tree, read,
                        release_snapshot, snapshot, write)


class UsersFiles(XppkgCase):
    def test_changed_config_is_kept_and_the_new_one_laid_beside(self):
        folder = self.install(OLD)
        settings = os.path.join(folder, "settings.ini")
        write(settings, "[app]\nmine = yes\n")
        applied = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual([notice["id"] for notice in applied["notices"]], ["config.kept"])
        self.assertEqual(read(settings), b"[app]\nmine = yes\n")
        self.assertEqual(read(settings + ".new"), b"[app]\nversion = 2\n")
        verified = self.xppkg(folder, "--json", "verify", "--full", code=0).json
        self.assertEqual(verified["differences"],
                         [{"path": "settings.ini", "finding": "config-changed", "damage": False}])

    def test_unchanged_config_follows_the_release(self):
        folder = self.install(OLD)
        self.xppkg(folder, "apply", code=0)
        self.assertEqual(read(os.path.join(folder, "settings.ini")), b"[app]\nversion = 2\n")
        self.assertFalse(os.path.exists(os.path.join(folder, "settings.ini.new")))

    def test_users_own_files_are_kept_over_every_change(self):
        folder = self.install(OLD)
        own = {"notes.txt": "mine", "logs/today.log": "mine too", "lib/plugin.so": Program(b"own"),
               "My folder/deep/file": "mine as well"}
        make_tree(folder, own)
        os.chmod(folder, 0o755)
        before = {path: describe(os.path.join(folder, path)) for path in own}
        for version in (NEW, OLD, MIDDLE):
            self.xppkg(folder, "apply", "--to", version, code=0)
            self.assertEqual(before, {path: describe(os.path.join(folder, path)) for path in own})
            found = snapshot(folder)
            for path, entry in release_snapshot(version).items():
                self.assertEqual(found[path], entry, path)

    def test_users_file_in_the_way_is_moved_aside_and_told(self):
        folder = self.install(OLD)
        os.mkdir(os.path.join(folder, "plugins"))
        write(os.path.join(folder, "plugins/extra.plugin"), "the user's own")
        applied = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual([notice["id"] for notice in applied["notices"]], ["file.displaced"])
        self.assert_version(folder, NEW)
        self.assertEqual(read(os.path.join(folder, applied["notices"][0]["detail"])),
                         b"the user's own")

    def test_first_install_over_existing_files_keeps_them_aside(self):
        folder = self.path("app")
        make_tree(folder, {"bin/app": "an older copy", "mine.txt": "mine"})
        self.init(folder, code=0)
        self.xppkg(folder, "install", code=0)
        self.assertEqual(read(os.path.join(folder, "mine.txt")), b"mine")
        os.remove(os.path.join(folder, "mine.txt"))
        self.assert_version(folder, NEW)
        self.assertEqual(read(os.path.join(folder, ".xppkg/displaced", NEW, "bin/app")),
                         b"an older copy")


class Rights(XppkgCase):
    NOBODY = 65534

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can run a command as another user")

    def test_user_without_rights_can_look_but_not_change(self):
        folder = self.install(OLD)
        before = snapshot(folder, without=())
        user = self.NOBODY
        self.assertEqual(self.status(folder, user=user)["installed"], OLD)
        self.assertEqual(self.xppkg(folder, "--json", "check", user=user, code=100).json["newest"],
                         NEW)
        plan = self.xppkg(folder, "--json", "plan", "--newest", user=user, code=0).json
        self.assertEqual(plan["reason"], "delta-chain")
        self.xppkg(folder, "verify", "--full", user=user, code=0)
        self.assertEqual(len(self.xppkg(folder, "--json", "history", user=user, code=0).json), 1)
        self.xppkg(folder, "recover", user=user, code=0)
        for words in (["apply"], ["apply", "--newest"], ["apply", "--to", MIDDLE], ["install"]):
            self.xppkg(folder, *words, user=user, error="rights.denied")
            self.xppkg(folder, "--json", *words, user=user, error="rights.denied")
        self.assert_same(snapshot(folder, without=()), before)

    def test_init_in_a_folder_without_rights_changes_nothing(self):
        folder = self.path("app")
        os.mkdir(folder)
        self.init(folder, user=self.NOBODY, error="rights.denied")
        self.assertEqual(os.listdir(folder), [])

    def test_repository_that_is_read_only_serves_and_verifies(self):
        repo = self.copy_of_published()
        for place, folders, files in os.walk(repo):
            for name in folders + files:
                path = os.path.join(place, name)
                os.chmod(path, 0o555 if os.path.isdir(path) else 0o444)
        os.chmod(repo, 0o555)
        user = self.NOBODY
        self.release_tool("verify", repo, user=user, code=0)
        self.release_tool("show", repo, user=user, code=0)
        home = self.path("home")
        os.mkdir(home)
        os.chown(home, user, user)
        folder = os.path.join(home, "app")
        self.init(folder, f"file:{repo}", user=user, code=0)
        self.xppkg(folder, "install", user=user, code=0)
        self.assert_version(folder, NEW)


class Decisions(XppkgCase):
    def site(self, name="app", version=OLD):
        return self.install(version, name=name, words=["--database", self.database()])

    def database(self):
        return f"sqlite:{self.path('site.db')}"

    def test_apply_goes_to_the_released_version_and_not_to_the_newest(self):
        pilot, other = self.site("pilot"), self.site("other")
        self.xppkg(pilot, "apply", "--to", MIDDLE, code=0)
        released = self.xppkg(pilot, "--json", "release", code=0).json
        self.assertEqual((released["version"], released["counter"], released["changed"]),
                         (MIDDLE, 1, True))
        self.assertFalse(self.xppkg(pilot, "--json", "release", code=0).json["changed"])
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, MIDDLE)
        status = self.status(other)
        self.assertEqual((status["database_state"], status["released"]), ("released", MIDDLE))

    def test_release_of_an_older_version_takes_everybody_back(self):
        pilot, other = self.site("pilot", NEW), self.site("other", NEW)
        self.xppkg(pilot, "release", code=0)
        released = self.xppkg(pilot, "--json", "release", OLD, code=0).json
        self.assertEqual((released["version"], released["previous"]), (OLD, NEW))
        self.xppkg(other, "apply", code=0)
        self.assert_version(other, OLD)

    def test_database_without_a_decision_is_nothing_to_do(self):
        folder = self.site()
        write(self.path("site.db"), b"")
        with self.kept(folder):
            applied = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual((applied["changed"], applied["reason"]), (False, "no-decision"))
        self.assertEqual(self.status(folder)["database_state"], "undecided")

    def test_apply_with_unreachable_database_exits_11_and_keeps_the_version(self):
        folder = self.site()  # The file was never made: like a share that is not mounted.
        with self.kept(folder):
            self.xppkg(folder, "apply", error="database.unreachable")
            self.xppkg(folder, "plan", error="database.unreachable")
            self.xppkg(folder, "--json", "apply", error="database.unreachable")
        self.assertEqual(self.status(folder)["database_state"], "unreachable")
        self.assertFalse(os.path.exists(self.path("site.db")))

    def test_database_that_is_no_database_exits_11(self):
        folder = self.site()
        write(self.path("site.db"), "this is no database at all" * 100)
        with self.kept(folder):
            self.xppkg(folder, "apply", error="database.damaged")

    def test_released_version_that_no_source_has_comes_from_the_database(self):
        folder = self.site()
        repo = self.copy_of_published()
        pilot = self.path("pilot")
        self.init(pilot, f"file:{repo}", words=["--database", self.database()], code=0)
        self.add(repo, "9.0", make_tree(self.path("9.0"), {"file": "new"}), code=0)
        self.xppkg(pilot, "install", "9.0", code=0)
        self.xppkg(pilot, "release", code=0)
        self.xppkg(folder, "apply", code=0)
        self.assertEqual(snapshot(folder), snapshot(pilot))

    def test_released_version_is_followed_though_the_vendor_withdrew_it(self):
        repo = self.copy_of_published()
        folders = [self.path(name) for name in ("pilot", "other")]
        for folder in folders:
            self.init(folder, f"file:{repo}", words=["--database", self.database()], code=0)
            self.xppkg(folder, "install", OLD if folder == folders[1] else NEW, code=0)
        self.xppkg(folders[0], "release", code=0)
        self.release_tool("withdraw", repo, NEW, "--package", PACKAGE, code=0)
        self.xppkg(folders[1], "check", code=100)
        self.xppkg(folders[1], "apply", code=0)
        self.assert_version(folders[1], NEW)

    def test_release_without_a_database_is_a_usage_error(self):
        self.xppkg(self.install(OLD), "release", error="usage.invalid")

    def test_apply_without_a_database_goes_to_the_newest_of_the_channel(self):
        folder = self.install(OLD)
        self.assertEqual(self.status(folder)["database_state"], "none")
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_workstation_name_is_kept_in_the_status(self):
        folder = self.path("app")
        self.init(folder, words=["--workstation", "Kasse 3"], code=0)
        self.assertEqual(self.status(folder)["workstation"], "Kasse 3")
        config = json.loads(read(os.path.join(folder, ".xppkg/config.json")))
        self.assertEqual(config["package"], PACKAGE)


if __name__ == "__main__":
    unittest.main(verbosity=1)
