"""Bad input: each gets a stable id, its exit status, and changes nothing."""

import fcntl
import json
import os
import shutil
import subprocess
import time
import unittest

from faulty_http import FaultyServer, answers, reply
from nginx import Nginx, free_port
from xppkg_case import (MIDDLE, NEW, OLD, Link, Program, XppkgCase, edited, make_tree, noise, read,
                        snapshot, start, wait_until, write)


class UnsafeTrees(XppkgCase):
    def setUp(self):
        super().setUp()
        self.repo = self.make_repository()
        self.before = None

    def assert_refused(self, tree, error):
        before = snapshot(self.repo, without=(".work",))
        self.add(self.repo, "1.0", tree, error=error)
        self.assert_same(snapshot(self.repo, without=(".work",)), before)
        self.assertEqual(self.release_tool("show", self.repo, "--json", code=0).json["packages"],
                         [])

    def tree(self, name, entries):
        return make_tree(self.path(name), entries)

    def test_names_that_some_platform_cannot_hold_are_refused(self):
        names = ["aux", "con.txt", "COM1", "lpt9.log", "nul .txt", "dot.", "space ", "a:b",
                 "back\\slash", "what?", "star*", "quo\"te", "pipe|", "<less", "more>", "new\nline",
                 "bell\x07", "folder./file", "prn/file", "x" * 251 + "/" + "y" * 251 + "/" +
                 "z" * 251 + "/" + "v" * 251 + "/" + "w" * 251]
        for number, name in enumerate(names):
            with self.subTest(name):
                self.assert_refused(self.tree(f"tree-{number}", {name: "x"}), "tree.unsafe-name")

    def test_name_that_is_not_utf8_is_refused(self):
        tree = self.tree("tree", {})
        write(os.path.join(tree.encode(), b"f\xfcr"), b"x")
        self.assert_refused(tree, "tree.unsafe-name")

    def test_names_that_are_the_same_where_case_does_not_count_are_refused(self):
        for number, (one, other) in enumerate((("Readme", "README"), ("a/File", "a/file"),
                                               ("Folder/a", "folder/b"),
                                               ("stra\u00dfe", "STRASSE"))):
            with self.subTest(one):
                tree = self.tree(f"tree-{number}", {one: "x", other: "x"})
                self.assert_refused(tree, "tree.unsafe-name")

    def test_names_that_are_the_same_in_unicode_are_refused(self):
        tree = self.tree("tree", {"\u00fcber": "x", "u\u0308ber": "x"})
        self.assert_refused(tree, "tree.unsafe-name")

    def test_links_that_leave_the_tree_are_refused(self):
        for number, (path, target) in enumerate((("l", "/etc/passwd"), ("l", ".."),
                                                 ("l", "../../x"), ("a/b/l", "../../../x"),
                                                 ("l", "a/../../x"), ("l", "c:\\x"))):
            with self.subTest(target):
                tree = self.tree(f"tree-{number}", {path: Link(target), "a/x": "x"})
                self.assert_refused(tree, "tree.unsafe-entry")

    def test_fifo_is_refused(self):
        tree = self.tree("tree", {"file": "x"})
        os.mkfifo(os.path.join(tree, "fifo"))
        self.assert_refused(tree, "tree.unsafe-entry")

    def test_set_user_id_and_sticky_modes_are_refused(self):
        for mode in (0o4755, 0o2755, 0o1755):
            with self.subTest(oct(mode)):
                tree = self.tree(f"tree-{mode}", {"bin/app": Program(b"x")})
                os.chmod(os.path.join(tree, "bin/app"), mode)
                self.assert_refused(tree, "tree.unsafe-entry")

    def test_updaters_own_folder_is_refused_in_any_case(self):
        for number, name in enumerate((".xppkg/config.json", ".XPPKG/x")):
            with self.subTest(name):
                self.assert_refused(self.tree(f"tree-{number}", {name: "x"}), "tree.unsafe-entry")

    def test_tree_that_is_missing_or_no_folder_is_an_error(self):
        write(self.path("file"), "x")
        for tree in (self.path("none"), self.path("file")):
            self.assertNotEqual(self.add(self.repo, "1.0", tree).error, "")


class Arguments(XppkgCase):
    def test_unknown_version_changes_nothing(self):
        folder = self.install(OLD)
        with self.kept(folder):
            for verb in ("plan", "apply"):
                self.xppkg(folder, verb, "--to", "9.9", error="notfound.version")
                self.xppkg(folder, verb, "--json", "--to", "9.9", error="notfound.version")
            self.xppkg(folder, "apply", "--to", "not a version", error="usage.invalid")
        self.xppkg(self.install(OLD, name="other", words=["--database",
                                                          f"sqlite:{self.path('site.db')}"]),
                   "release", "9.9", error="notfound.version")

    def test_install_over_another_version_points_to_apply(self):
        folder = self.install(OLD)
        with self.kept(folder):
            self.xppkg(folder, "install", NEW, error="usage.already-installed")
        self.xppkg(folder, "install", OLD, code=0)

    def test_folder_that_is_not_set_up_is_told(self):
        for verb in (["install"], ["check"], ["plan"], ["apply"], ["verify"], ["recover"],
                     ["status"], ["history"], ["release"]):
            for folder in (self.path(), self.path("none")):
                self.xppkg(folder, "--json", *verb, error="usage.not-installation")
        self.assertEqual(os.listdir(self.path()), [])

    def test_init_twice_is_refused_and_keeps_the_first(self):
        folder = self.install(OLD)
        with self.kept(folder):
            self.init(folder, "http://example.org", error="usage.already-initialised")

    def test_init_with_bad_values_sets_nothing_up(self):
        write(self.path("bad.json"), "{}")
        cases = [(dict(package="../x"), "usage.invalid"), (dict(package=""), "usage.invalid"),
                 (dict(words=["--channel", "a b"]), "usage.invalid"),
                 (dict(words=["--platform", "a/b"]), "usage.invalid"),
                 (dict(words=["--database", "oracle:x"]), "usage.invalid"),
                 (dict(words=["--database", "sqlite:"]), "usage.invalid"),
                 (dict(root=self.path("bad.json")), "trust.malformed")]
        for number, (options, error) in enumerate(cases):
            with self.subTest(options):
                folder = self.path(f"app-{number}")
                self.init(folder, error=error, **options)
                self.xppkg(folder, "status", error="usage.not-installation")
        for source in ("ftp://x/y", "example.com", "http://", "http://a b/", ""):
            with self.subTest(source):
                self.init(self.path("app"), source, error="usage.invalid")
        self.assertFalse(os.path.exists(self.path("app")))

    def test_size_with_a_sign_is_not_understood(self):
        for size in ("-5", "-5MB", "+5", "", "MB"):
            with self.subTest(size):
                self.xppkg(self.path("new"), "init", "--source", "file:/srv", "--root", "root.json",
                           "--package", "app", f"--keep-bytes={size}", error="usage.invalid")

    def test_init_without_the_root_file_is_an_error(self):
        result = self.init(self.path("app"), root=self.path("none"))
        self.assertNotEqual(result.error, "")
        self.assertFalse(os.path.exists(self.path("app", ".xppkg", "config.json")))

    def test_file_that_is_named_may_be_a_link(self):
        link = self.path("link.json")
        os.symlink(os.path.join(self.published(), "root.json"), link)
        self.init(self.path("app"), root=link, code=0)

    def test_root_of_another_vendor_is_refused(self):
        other = self.make_repository("other")
        folder = self.path("app")
        self.init(folder, root=os.path.join(other, "root.json"), code=0)
        self.xppkg(folder, "install", error="trust.signature")
        self.assertEqual(snapshot(folder), {})

    def test_second_run_at_the_same_time_is_turned_away(self):
        folder = self.install(OLD)
        with open(os.path.join(folder, ".xppkg/lock"), "r+b") as lock, self.kept(folder):
            fcntl.lockf(lock, fcntl.LOCK_EX)
            for verb in (["apply"], ["install", OLD], ["recover"]):
                self.xppkg(folder, *verb, error="locked.other-run")
                self.xppkg(folder, "--json", *verb, error="locked.other-run")
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)


class BadSources(XppkgCase):
    def assert_survives(self, behaviour, *errors):
        folder = self.install(OLD)
        config = os.path.join(folder, ".xppkg/config.json")
        sound = read(config)
        with FaultyServer(behaviour) as server:
            value = json.loads(sound)
            value["sources"] = [server.url]
            write(config, json.dumps(value))
            with self.kept(folder):
                for words in (["apply"], ["--json", "apply"], ["check"], ["plan", "--newest"]):
                    self.assertIn(self.xppkg(folder, *words).error, errors)
        write(config, sound)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_source_that_answers_404_is_told(self):
        self.assert_survives(answers(lambda _: reply(404, b"no")), "notfound.file")

    def test_source_that_answers_500_is_told(self):
        self.assert_survives(answers(lambda _: reply(500, b"no")), "transport.status")

    def test_source_that_answers_with_a_page_is_refused(self):
        page = b"<html><body>Please sign in to the network.</body></html>"
        self.assert_survives(answers(lambda _: reply(200, page)), "transport.not-ours")

    def test_source_that_speaks_no_http_is_told(self):
        self.assert_survives(answers(lambda _: b"SSH-2.0-OpenSSH\r\n\r\n"),
                             "transport.unreachable", "transport.refused", "transport.truncated",
                             "transport.status")

    def test_source_that_hangs_up_is_told(self):
        self.assert_survives(answers(lambda _: b""), "transport.unreachable",
                             "transport.truncated")

    def test_dead_port_is_told(self):
        folder = self.path("app")
        self.init(folder, f"http://127.0.0.1:{free_port()}", code=0)
        self.xppkg(folder, "install", error="transport.unreachable")

    def test_folder_that_is_not_mounted_is_told(self):
        folder = self.path("app")
        self.init(folder, f"file:{self.path('none')}", code=0)
        self.xppkg(folder, "install", error="transport.unreachable")

    def test_repository_without_its_payloads_changes_nothing(self):
        repo = self.copy_of_published()
        folder = self.install(OLD, sources=(f"file:{repo}",))
        os.rename(os.path.join(repo, "targets"), os.path.join(repo, "away"))
        with self.kept(folder):
            self.xppkg(folder, "apply", error="notfound.file")
        os.rename(os.path.join(repo, "away"), os.path.join(repo, "targets"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_repository_that_goes_back_in_time_is_refused(self):
        early = self.copy_of_published("early")
        repo = self.copy_of_published()
        self.add(repo, "5.0", make_tree(self.path("5.0"), {"file": "x"}), code=0)
        folder = self.install(OLD, sources=(f"file:{repo}",))
        shutil.rmtree(repo)
        shutil.copytree(early, repo)
        with self.kept(folder):
            self.xppkg(folder, "apply", error="trust.rollback")


class DamagedInstallation(XppkgCase):
    def damage(self, folder):
        path = os.path.join(folder, "bin/app")
        data = bytearray(read(path))
        data[1000] ^= 1
        write(path, data)

    def test_damage_is_found_and_the_full_package_is_used(self):
        folder = self.install(OLD)
        self.damage(folder)
        found = self.xppkg(folder, "--json", "verify", "--full", code=3).json
        self.assertEqual(found["differences"],
                         [{"path": "bin/app", "finding": "changed", "damage": True}])
        self.xppkg(folder, "verify", "--full", error="damage.found")
        self.assertEqual(self.xppkg(folder, "--json", "plan", "--newest", code=0).json["reason"],
                         "damaged-base")
        applied = self.xppkg(folder, "--json", "apply", code=0).json
        self.assertEqual(applied["steps"][0]["kind"], "full")
        self.assert_version(folder, NEW)

    def test_apply_to_the_installed_version_repairs_it(self):
        folder = self.install(MIDDLE)
        self.damage(folder)
        os.remove(os.path.join(folder, "share/help.txt"))
        os.remove(os.path.join(folder, "lib/core.so.1"))
        os.chmod(os.path.join(folder, "lib/core.so"), 0o666)
        findings = self.xppkg(folder, "--json", "verify", code=3).json["differences"]
        self.assertEqual({item["finding"] for item in findings},
                         {"changed", "missing", "wrong-mode"})
        self.xppkg(folder, "apply", "--to", MIDDLE, code=0)
        self.assert_version(folder, MIDDLE)

    def test_file_replaced_by_a_folder_of_the_users_is_a_conflict_and_changes_nothing(self):
        folder = self.install(OLD)
        os.remove(os.path.join(folder, "bin/app"))
        make_tree(os.path.join(folder, "bin/app"), {"mine.txt": "mine"})
        with self.kept(folder):
            self.xppkg(folder, "apply", error="tree.conflict")

    def test_link_planted_over_a_file_is_replaced_and_its_target_left_alone(self):
        folder = self.install(OLD)
        write(self.path("outside"), "outside")
        os.remove(os.path.join(folder, "bin/app"))
        os.symlink(self.path("outside"), os.path.join(folder, "bin/app"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)
        self.assertEqual(read(self.path("outside")), b"outside")

    def test_folder_replaced_by_a_link_is_never_written_through(self):
        folder = self.install(OLD)
        outside = make_tree(self.path("outside"), {"app": "outside"})
        shutil.rmtree(os.path.join(folder, "bin"))
        os.symlink(outside, os.path.join(folder, "bin"))
        result = self.xppkg(folder, "apply")
        self.assertEqual(read(os.path.join(outside, "app")), b"outside")
        self.assertEqual(os.listdir(outside), ["app"])
        if result.code == 0:
            self.assert_version(folder, NEW)

    def test_damaged_state_is_told_and_not_guessed_at(self):
        for name in ("config.json", "installed.json", "manifest.json", "trust/root.json",
                     "trust/targets.json"):
            with self.subTest(name):
                folder = self.install(OLD, name="app-" + name.replace("/", "-"))
                path = os.path.join(folder, ".xppkg", name)
                sound = read(path)
                write(path, sound[:len(sound) // 2])
                before = snapshot(folder)
                result = self.xppkg(folder, "apply")
                self.assertTrue(result.code == 0 or result.error, result)
                if result.code == 0:
                    self.assert_version(folder, NEW)
                    continue
                self.assert_same(snapshot(folder), before)
                write(path, sound)
                self.xppkg(folder, "apply", code=0)
                self.assert_version(folder, NEW)

    def test_lost_manifest_is_fetched_anew(self):
        for damage in (os.remove, lambda path: write(path, b"{}")):
            with self.subTest(damage):
                folder = self.install(OLD, name=f"app-{id(damage)}")
                manifest = os.path.join(folder, ".xppkg/manifest.json")
                damage(manifest)
                self.xppkg(folder, "verify", code=1 if damage is os.remove else 5)
                self.xppkg(folder, "apply", "--to", OLD, code=0)
                self.xppkg(folder, "verify", "--full", code=0)
                damage(manifest)
                self.xppkg(folder, "apply", code=0)
                self.assert_version(folder, NEW)


class FullDisk(XppkgCase):
    def mount(self, options):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        disk = self.path("disk")
        os.mkdir(disk)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options + ",mode=755", "xppkg", disk],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        return disk

    def fill(self, disk, left):
        """Fills the disk up to some bytes."""
        found = os.statvfs(disk)
        write(os.path.join(disk, "filler"), bytes(max(0, found.f_bavail * found.f_frsize - left)))

    def installed_on(self, disk):
        folder = os.path.join(disk, "app")
        self.init(folder, code=0)
        self.xppkg(folder, "install", OLD, code=0)
        return folder

    def test_full_disk_is_told_beforehand_with_the_missing_bytes(self):
        disk = self.mount("size=16m")
        folder = self.installed_on(disk)
        self.fill(disk, 300_000)
        with self.kept(folder):
            facts = self.xppkg(folder, "--json", "apply", error="space.insufficient").json[
                "error"]["facts"]
            self.assertEqual(int(facts["needed bytes"]) - int(facts["free bytes"]),
                             int(facts["missing bytes"]))
            self.assertGreater(int(facts["missing bytes"]), 0)
            told = self.xppkg(folder, "apply", error="space.insufficient").err
            self.assertIn("missing bytes", told)
        os.remove(os.path.join(disk, "filler"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_disk_without_one_free_byte_keeps_the_old_version(self):
        disk = self.mount("size=16m")
        folder = self.installed_on(disk)
        self.fill(disk, 0)
        with self.kept(folder):
            facts = self.xppkg(folder, "--json", "apply", error="space.insufficient").json[
                "error"]["facts"]
            self.assertIn("missing bytes", facts)
        self.assertEqual(self.status(folder)["installed"], OLD)
        self.xppkg(folder, "verify", "--full", code=0)
        os.remove(os.path.join(disk, "filler"))
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_disk_that_fills_up_during_apply_keeps_the_old_version(self):
        # No more files can be made, which no look at the free bytes foretells.
        inodes = 120
        disk = self.mount(f"size=32m,nr_inodes={inodes}")
        folder = self.installed_on(disk)
        fillers = [os.path.join(disk, f"filler-{number}") for number in range(inodes)]
        made = 0
        while os.statvfs(disk).f_favail > 0:
            write(fillers[made], b"")
            made += 1
        for left in range(made):
            before = snapshot(folder)
            result = self.xppkg(folder, "--json", "apply")
            if result.code == 0:
                self.assertGreater(left, 5)
                break
            self.assertEqual(result.error, "space.insufficient", result)
            self.xppkg(folder, "recover", code=0)
            self.assert_same(snapshot(folder), before)
            os.remove(fillers[left])
        self.assert_version(folder, NEW)

    def test_publishing_on_a_full_disk_leaves_the_repository_as_it_was(self):
        disk = self.mount("size=16m")
        repo = os.path.join(disk, "repo")
        self.release_tool("init", repo, "--quick-passphrase", code=0)
        self.add(repo, "1", make_tree(self.path("1"), {"file": noise(1, 500_000)}), code=0)
        before = snapshot(repo, without=(".work",))
        self.fill(disk, 400_000)
        tree = make_tree(self.path("2"), {"file": edited(noise(1, 500_000), 2),
                                          "other": noise(3, 900_000)})
        self.add(repo, "2", tree, error="space.insufficient")
        self.release_tool("verify", repo, code=0)
        self.assert_same(snapshot(repo, without=(".work",)), before)
        os.remove(os.path.join(disk, "filler"))
        self.add(repo, "2", tree, code=0)
        self.release_tool("verify", repo, code=0)


class TruncatedPayload(XppkgCase):
    def test_truncated_payload_in_a_folder_is_told_and_then_completed(self):
        repo = self.copy_of_published()
        folder = self.install(OLD, sources=(f"file:{repo}",))
        sound = {}
        for place, _, files in os.walk(os.path.join(repo, "targets")):
            for name in files:
                if name.endswith(".xpp"):
                    path = os.path.join(place, name)
                    sound[path] = read(path)
                    write(path, sound[path][:len(sound[path]) * 2 // 3])
        with self.kept(folder):
            self.xppkg(folder, "apply", error="transport.truncated")
        for path, data in sound.items():
            write(path, data)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)

    def test_web_server_that_dies_during_the_download_is_told(self):
        repo = self.make_repository()
        self.add(repo, "1", make_tree(self.path("1"), {"file": noise(1, 2_000_000)}), code=0)
        folder = self.path("app")
        with Nginx(repo, server_lines="limit_rate 300k;") as server:
            self.init(folder, server.url, root=f"{repo}/root.json", code=0)
            process = start("xppkg", "-C", folder, "--json", "install")
            wait_until(lambda: os.path.isdir(os.path.join(folder, ".xppkg/download")))
            time.sleep(0.5)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, out)
        self.assertEqual(snapshot(folder), {})
        self.xppkg(folder, "--json", "install", error="transport.unreachable")


if __name__ == "__main__":
    unittest.main(verbosity=1)
