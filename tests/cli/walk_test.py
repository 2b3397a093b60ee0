"""The whole walk with the real commands: from a vendor's folder over each kind of source into an
installation, and back."""

import os
import shutil
import unittest

from nginx import Nginx, free_port
from xppkg_case import (MIDDLE, NEW, OLD, PACKAGE, Folder, Program, XppkgCase, make_tree, read,
                        snapshot, write)


class Walk(XppkgCase):
    def walk(self, source, words=()):
        folder = self.path("app")
        self.init(folder, source, words=words, code=0)
        self.xppkg(folder, "install", OLD, code=0)
        self.assert_version(folder, OLD)
        check = self.xppkg(folder, "--json", "check", code=100).json
        self.assertEqual((check["installed"], check["newest"]), (OLD, NEW))
        self.assertIn("\u00fcberall schneller", check["notes"])
        plan = self.xppkg(folder, "--json", "plan", "--newest", code=0).json
        self.assertEqual(plan["reason"], "delta-chain")
        self.assertLess(plan["bytes"] * 5, plan["full_bytes"])
        self.assertEqual(sum(step["bytes"] for step in plan["steps"]), plan["bytes"])
        applied = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual((applied["changed"], applied["downloaded"]), (True, plan["bytes"]))
        self.assert_version(folder, NEW)
        self.xppkg(folder, "check", code=0)
        verified = self.xppkg(folder, "--json", "verify", "--full", code=0).json
        self.assertEqual((verified["sound"], verified["differences"]), (True, []))
        again = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual((again["changed"], again["reason"]), (False, "up-to-date"))
        return folder

    def test_walk_over_a_folder_ends_with_the_vendors_bytes(self):
        self.walk(f"file:{self.published()}")

    def test_walk_over_http_ends_with_the_vendors_bytes(self):
        with Nginx(self.published()) as server:
            self.walk(server.url)

    def test_walk_over_https_ends_with_the_vendors_bytes(self):
        with Nginx(self.published(), tls=True) as server:
            self.walk(server.url, ["--ca-file", server.ca_file])

    def test_https_without_the_right_certificate_is_refused(self):
        with Nginx(self.published(), tls=True) as server:
            folder = self.path("app")
            self.init(folder, server.url, code=0)
            result = self.xppkg(folder, "install")
            self.assertEqual(result.code, 4, result)
            self.assertEqual(snapshot(folder), {})

    def test_apply_to_an_older_version_goes_back(self):
        folder = self.install(NEW)
        self.xppkg(folder, "apply", "--to", OLD, code=0)
        self.assert_version(folder, OLD)
        self.xppkg(folder, "apply", "--newest", code=0)
        self.assert_version(folder, NEW)

    def test_plan_from_two_releases_before_names_the_steps_and_downloads_less_than_full(self):
        plan = self.xppkg(self.install(OLD), "--json", "plan", "--to", NEW, code=0).json
        self.assertEqual((plan["from"], plan["to"]), (OLD, NEW))
        self.assertEqual({step["kind"] for step in plan["steps"]}, {"delta"})
        self.assertEqual((plan["steps"][0]["from"], plan["steps"][-1]["to"]), (OLD, NEW))
        self.assertLess(plan["bytes"], plan["full_bytes"])
        self.assertGreater(plan["disk_bytes"], plan["bytes"])

    def test_versions_are_equal_whatever_their_leading_zeros(self):
        folder = self.install(OLD)
        self.xppkg(folder, "apply", "--to", "4.7.12", code=0)
        self.assert_version(folder, NEW)

    def test_history_tells_each_change_and_each_failure(self):
        folder = self.install(OLD)
        self.xppkg(folder, "apply", "--newest", code=0)
        self.xppkg(folder, "apply", "--to", "9.9", error="notfound.version")
        items = self.xppkg(folder, "--json", "history", code=0).json
        self.assertEqual([(item["action"], item["from"], item["to"], item["result"])
                          for item in items],
                         [("install", "", OLD, "done"), ("apply", OLD, NEW, "done"),
                          ("apply", NEW, "", "notfound.version")])
        status = self.status(folder)
        self.assertEqual((status["last_action"], status["last_result"]),
                         ("apply", "notfound.version"))

    def test_files_may_be_replaced_by_folders_and_back(self):
        repo = self.make_repository()
        trees = {"1": {"a": "file", "b/c": "below", "d/e/f": Program(b"deep")},
                 "2": {"a/b": "now below", "b": "now a file", "d": Folder(0o700)}}
        for version, entries in trees.items():
            self.add(repo, version, make_tree(self.path(version), entries), code=0)
        folder = self.path("app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", "1", code=0)
        for version in ("2", "1", "2"):
            self.xppkg(folder, "apply", "--to", version, code=0)
            self.assert_same(snapshot(folder), snapshot(self.path(version)))

    def test_one_empty_file_is_a_release_like_others(self):
        repo = self.make_repository()
        self.add(repo, "1", make_tree(self.path("1"), {"other": b""}), code=0)
        self.add(repo, "2", make_tree(self.path("2"), {"file": b""}), code=0)
        folder = self.path("app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        for verb in (("install", "1"), ("apply", "--to", "2"), ("apply", "--to", "1")):
            self.xppkg(folder, *verb, code=0)
            self.assert_same(snapshot(folder), snapshot(self.path(verb[-1])))


class Sources(XppkgCase):
    def test_dead_source_is_skipped_for_the_next_one(self):
        dead = f"http://127.0.0.1:{free_port()}"
        folder = self.install(OLD, sources=(dead, f"file:{self.published()}"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_corrupt_source_is_skipped_for_the_next_one(self):
        bad = self.copy_of_published("bad")
        for place, _, files in os.walk(os.path.join(bad, "targets")):
            for name in files:
                data = bytearray(read(os.path.join(place, name)))
                data[len(data) // 2] ^= 1
                write(os.path.join(place, name), data)
        folder = self.install(OLD, sources=(f"file:{bad}", f"file:{self.published()}"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_source_with_corrupt_metadata_is_skipped_for_the_next_one(self):
        bad = self.copy_of_published("bad")
        write(os.path.join(bad, "metadata/timestamp.json"), "<html>sign in to the network</html>")
        folder = self.install(OLD, sources=(f"file:{bad}", f"file:{self.published()}"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_relative_paths_of_source_and_database_are_kept_absolute(self):
        repo = os.path.relpath(self.published(), self.folder)
        folder = self.path("app")
        self.init(folder, f"file:{repo}", words=["--database", "sqlite:site.db"], cwd=self.folder,
                  code=0)
        self.xppkg(folder, "install", OLD, cwd="/", code=0)
        self.xppkg(folder, "release", cwd="/", code=0)
        self.assertTrue(os.path.exists(self.path("site.db")))
        self.assert_version(folder, OLD)

    def test_source_in_a_folder_with_spaces_and_umlauts_is_read(self):
        repo = self.path("Ver\u00f6ffentlichungen von uns")
        shutil.copytree(self.published(), repo)
        folder = self.path("Unser Programm \u00fc")
        self.init(folder, f"file:{repo}", code=0)
        self.xppkg(folder, "install", code=0)
        self.assert_version(folder, NEW)

    def test_folder_copied_elsewhere_goes_on_there(self):
        folder = self.install(OLD)
        moved = self.path("moved")
        shutil.copytree(folder, moved, symlinks=True)
        shutil.rmtree(folder)
        self.xppkg(moved, "apply", code=0)
        self.assert_version(moved, NEW)


class Publishing(XppkgCase):
    def test_channels_offer_only_their_own_releases(self):
        repo = self.make_repository()
        for version, channel in (("1", "stable"), ("2", "beta")):
            tree = make_tree(self.path(version), {"file": version})
            self.add(repo, version, tree, "--channel", channel, code=0)
        for channel, newest in (("stable", "1"), ("beta", "2")):
            folder = self.path(channel)
            self.init(folder, f"file:{repo}", root=f"{repo}/root.json",
                      words=["--channel", channel], code=0)
            self.assertEqual(self.xppkg(folder, "--json", "check", code=100).json["newest"], newest)
            self.xppkg(folder, "install", code=0)
            self.assert_same(snapshot(folder), snapshot(self.path(newest)))

    def test_channel_without_releases_is_told(self):
        folder = self.path("app")
        self.init(folder, words=["--channel", "nightly"], code=0)
        self.xppkg(folder, "install", error="notfound.version")

    def test_platforms_get_their_own_files(self):
        repo = self.make_repository()
        for platform in ("windows-x86_64", "linux-x86_64"):
            tree = make_tree(self.path(platform), {"bin/app": Program(platform.encode())})
            self.add(repo, "1.0", tree, "--platform", platform, code=0)
        for platform in ("windows-x86_64", "linux-x86_64"):
            folder = self.path("app-" + platform)
            self.init(folder, f"file:{repo}", root=f"{repo}/root.json",
                      words=["--platform", platform], code=0)
            self.xppkg(folder, "install", code=0)
            self.assert_same(snapshot(folder), snapshot(self.path(platform)))
        other = self.path("other")
        self.init(other, f"file:{repo}", root=f"{repo}/root.json",
                  words=["--platform", "macos-arm64"], code=0)
        self.xppkg(other, "install", error="notfound.version")

    def test_packages_of_one_repository_do_not_mix(self):
        repo = self.make_repository()
        for package in ("app", "tool"):
            tree = make_tree(self.path(package), {"file": package})
            self.add(repo, "1.0", tree, package=package, code=0)
        for package in ("app", "tool"):
            folder = self.path("of-" + package)
            self.init(folder, f"file:{repo}", root=f"{repo}/root.json", package=package, code=0)
            self.xppkg(folder, "install", code=0)
            self.assert_same(snapshot(folder), snapshot(self.path(package)))
        self.init(self.path("none"), f"file:{repo}", root=f"{repo}/root.json", package="none",
                  code=0)
        self.xppkg(self.path("none"), "install", error="notfound.package")

    def test_show_lists_packages_releases_and_deltas(self):
        shown = self.release_tool("show", self.published(), PACKAGE, "--json", code=0).json
        releases = shown["packages"][0]["releases"]
        self.assertEqual([release["version"] for release in releases], [OLD, MIDDLE, NEW])
        self.assertEqual([delta["from"] for delta in releases[1]["deltas"]], [OLD])
        self.assertIn(MIDDLE, [delta["from"] for delta in releases[2]["deltas"]])
        self.assertIn(NEW, self.release_tool("show", self.published(), code=0).out)
        self.release_tool("show", self.published(), "none", error="notfound.package")

    def test_repository_verifies_to_the_last_byte(self):
        found = self.release_tool("--json", "verify", self.published(), code=0).json
        self.assertEqual(found["problems"], [])
        self.assertGreater(found["bytes"], 100_000)


if __name__ == "__main__":
    unittest.main(verbosity=1)
