"""Checks before anything is downloaded: space, files, rights and volumes, on real file
systems of limited size."""

import os
import shutil
import subprocess
import unittest

from xppkg_case import (NEW, OLD, Program, XppkgCase, make_tree, noise, snapshot, write)

NOBODY = 65534


class Preflight(XppkgCase):
    def mount(self, folder, options):
        """A file system in memory, or a skipped test where that is not allowed."""
        os.makedirs(folder, exist_ok=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    def assert_nothing_downloaded(self, folder):
        downloads = os.path.join(folder, ".xppkg/download")
        self.assertEqual(os.listdir(downloads) if os.path.exists(downloads) else [], [])

    def refused(self, folder, unit, verb="apply"):
        """Runs a command, which must lack space; how much, by its message."""
        with self.kept(folder):
            result = self.xppkg(folder, "--json", verb, error="space.insufficient")
        facts = result.json["error"]["facts"]
        needed, free, missing = (int(facts[f"{word} {unit}"])
                                 for word in ("needed", "free", "missing"))
        self.assertEqual(needed - free, missing)
        self.assertGreater(missing, 0)
        self.assert_nothing_downloaded(folder)
        told = self.xppkg(folder, verb, error="space.insufficient").err
        self.assertIn(f"missing {unit}: ", told)
        return missing


class Space(Preflight):
    def test_full_disk_keeps_the_old_version_and_says_how_many_bytes_are_missing(self):
        self.mount(self.path("disk"), "size=8m")
        folder = self.install(OLD, name="disk/app")
        filler = self.path("disk/filler")
        space = os.statvfs(self.path("disk"))
        write(filler, bytes(space.f_bavail * space.f_bsize - 2_000_000))
        missing = self.refused(folder, "bytes")
        self.assertGreater(missing, 2_000_000)
        # So much more, in whole pages, and it goes through.
        os.truncate(filler, os.path.getsize(filler) - missing - 4096)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_disk_without_room_for_more_files_keeps_the_old_version_and_says_how_many(self):
        self.mount(self.path("disk"), "nr_inodes=300")
        folder = self.install(OLD, name="disk/app")
        for number in range(os.statvfs(self.path("disk")).f_favail - 10):
            write(self.path(f"disk/filler-{number}"), "")
        missing = self.refused(folder, "files")
        for number in range(missing):
            os.remove(self.path(f"disk/filler-{number}"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_space_that_is_asked_for_is_enough_for_many_small_and_doubled_files(self):
        repo = self.make_repository()
        doubled = noise(9, 1_000_000)
        for version in ("1", "2"):
            entries = {f"small/{number}": version + str(number) for number in range(1500)}
            entries["first"] = Program(version.encode())
            if version == "2":
                entries.update({f"doubled-{number}": doubled for number in range(8)})
            self.add(repo, version, make_tree(self.path(version), entries), code=0)
        self.mount(self.path("disk"), "size=40m")
        folder = self.path("disk/app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", "1", code=0)
        filler = self.path("disk/filler")
        space = os.statvfs(self.path("disk"))
        write(filler, bytes(space.f_bavail * space.f_bsize - 1_000_000))
        missing = self.refused(folder, "bytes")
        os.truncate(filler, os.path.getsize(filler) - missing - 4096)
        self.xppkg(folder, "apply", code=0)
        self.assert_same(snapshot(folder), snapshot(self.path("2")))


class SpaceOfOthers(Preflight):
    """Repair and rollback stage and back up as an update does."""

    def setUp(self):
        super().setUp()
        self.repo = self.copy_of_published()

    def prepared(self, verb):
        """A folder in which the command has to write, and what it then is."""
        folder = self.path("disk/app")
        self.init(folder, f"file:{self.repo}", root=f"{self.repo}/root.json", code=0)
        self.xppkg(folder, "install", OLD, code=0)
        self.xppkg(folder, "apply", code=0)
        if verb == "repair":
            for name in ("bin/app", "lib/core.so"):
                size = os.path.getsize(os.path.join(folder, name))
                write(os.path.join(folder, name), bytes(size))
            os.remove(os.path.join(folder, "plugins/extra.plugin"))
            # If blocks were requested first, the missing source would be the error.
            os.rename(self.repo + "/targets", self.repo + "/away")
        return folder, NEW if verb == "repair" else OLD

    def finish(self, folder, verb, version):
        if verb == "repair":
            os.rename(self.repo + "/away", self.repo + "/targets")
        self.xppkg(folder, verb, code=0)
        self.assert_version(folder, version)
        self.xppkg(folder, "verify", "--full", code=0)

    def without_bytes(self, verb):
        self.mount(self.path("disk"), "size=12m")
        folder, version = self.prepared(verb)
        filler = self.path("disk/filler")
        space = os.statvfs(self.path("disk"))
        write(filler, bytes(space.f_bavail * space.f_bsize - 1_000_000))
        missing = self.refused(folder, "bytes", verb)
        os.truncate(filler, os.path.getsize(filler) - missing - 4096)
        self.finish(folder, verb, version)

    def without_files(self, verb):
        self.mount(self.path("disk"), "nr_inodes=300")
        folder, version = self.prepared(verb)
        for number in range(os.statvfs(self.path("disk")).f_favail - 10):
            write(self.path(f"disk/filler-{number}"), "")
        for number in range(self.refused(folder, "files", verb)):
            os.remove(self.path(f"disk/filler-{number}"))
        self.finish(folder, verb, version)

    def test_repair_on_a_full_disk_changes_nothing_and_says_how_many_bytes_are_missing(self):
        self.without_bytes("repair")

    def test_repair_without_room_for_more_files_changes_nothing_and_says_how_many(self):
        self.without_files("repair")

    def test_way_back_on_a_full_disk_changes_nothing_and_says_how_many_bytes_are_missing(self):
        self.without_bytes("rollback")

    def test_way_back_without_room_for_more_files_changes_nothing_and_says_how_many(self):
        self.without_files("rollback")


class Places(Preflight):
    def test_folder_on_another_volume_is_seen_by_repair_and_rollback(self):
        repo = self.copy_of_published()
        folder = self.path("app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", OLD, code=0)
        self.xppkg(folder, "apply", code=0)
        share = os.path.join(folder, "share")
        shutil.copytree(share, self.path("share"))
        self.mount(share, "size=1m")
        shutil.copytree(self.path("share"), share, dirs_exist_ok=True)
        write(os.path.join(share, "help.txt"), "damaged")
        shutil.rmtree(repo)
        for verb in ("repair", "rollback"):
            with self.subTest(verb=verb), self.kept(folder):
                result = self.xppkg(folder, "--json", verb, error="disk.unsuitable")
                self.assertEqual(result.json["error"]["facts"]["path"], share)

    @unittest.skipUnless(os.geteuid() == 0, "only root may make a folder immutable")
    def test_immutable_folder_is_named_before_anything_is_downloaded(self):
        folder = self.install(OLD)
        share = os.path.join(folder, "share")
        if subprocess.run(["chattr", "+i", share], capture_output=True, check=False).returncode:
            self.skipTest("no folder can be made immutable on this file system")
        self.addCleanup(subprocess.run, ["chattr", "-i", share], check=False, capture_output=True)
        with self.kept(folder):
            result = self.xppkg(folder, "--json", "apply", error="rights.denied")
        self.assertEqual(result.json["error"]["facts"]["folder"], share)
        self.assert_nothing_downloaded(folder)
        subprocess.run(["chattr", "-i", share], check=True)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_file_of_another_user_in_a_sticky_folder_is_named_before_anything_is_downloaded(self):
        folder = self.install(OLD)
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.lchown(os.path.join(place, name), NOBODY, NOBODY)
        os.chown(folder, NOBODY, NOBODY)
        share, changes = os.path.join(folder, "share"), os.path.join(folder, "share/help.txt")
        os.chown(share, 0, 0)
        os.chmod(share, 0o1777)
        os.chown(changes, 0, 0)
        with self.kept(folder):
            result = self.xppkg(folder, "--json", "apply", user=NOBODY, error="rights.denied")
        self.assertEqual(result.json["error"]["facts"]["path"], changes)
        self.assert_nothing_downloaded(folder)
        for path in (share, changes):
            os.chown(path, NOBODY, NOBODY)
        self.xppkg(folder, "apply", user=NOBODY, code=0)
        self.assert_version(folder, NEW)

    def test_folder_on_another_volume_is_refused_before_anything_is_downloaded(self):
        folder = self.install(OLD)
        self.mount(os.path.join(folder, "share"), "size=1m")
        with self.kept(folder):
            result = self.xppkg(folder, "--json", "apply", error="disk.unsuitable")
        self.assertEqual(result.json["error"]["facts"]["path"], os.path.join(folder, "share"))
        self.assert_nothing_downloaded(folder)

    @unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
    def test_folder_of_another_user_is_named_before_anything_is_downloaded(self):
        folder = self.install(OLD)
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.lchown(os.path.join(place, name), NOBODY, NOBODY)
        os.chown(folder, NOBODY, NOBODY)
        os.chown(os.path.join(folder, "share"), 0, 0)
        with self.kept(folder):
            result = self.xppkg(folder, "--json", "apply", user=NOBODY, error="rights.denied")
        self.assertEqual(result.json["error"]["facts"]["folder"], os.path.join(folder, "share"))
        self.assert_nothing_downloaded(folder)
        os.chown(os.path.join(folder, "share"), NOBODY, NOBODY)
        self.xppkg(folder, "apply", user=NOBODY, code=0)
        self.assert_version(folder, NEW)

    def test_path_that_is_too_long_here_is_refused_before_anything_is_downloaded(self):
        repo = self.make_repository()
        name = "n" * 200
        for version, path in (("1", "short"), ("2", f"{name}/{name}/{name}")):
            self.add(repo, version, make_tree(self.path(version), {path: version}), code=0)
        deep = self.path(*["d" * 200] * 18)
        os.makedirs(deep)
        folder = os.path.join(deep, "app")
        self.init(folder, f"file:{repo}", root=f"{repo}/root.json", code=0)
        self.xppkg(folder, "install", "1", code=0)
        with self.kept(folder):
            result = self.xppkg(folder, "--json", "apply", error="disk.unsuitable")
        self.assertIn("4095", result.json["error"]["facts"]["reason"])
        self.assert_nothing_downloaded(folder)
        short = self.path("app")
        shutil.copytree(folder, short)
        self.xppkg(short, "apply", code=0)
        self.assert_same(snapshot(short), snapshot(self.path("2")))


if __name__ == "__main__":
    unittest.main(verbosity=1)
