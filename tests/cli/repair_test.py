"""Repair over a real web server: which bytes are fetched, and what stays. The package of the release
has several blocks, so that it shows which of them were asked for."""

import json
import os
import re
import shutil
import unittest

from nginx import Nginx
from xppkg_case import Program, XppkgCase, edited, make_tree, noise, read, snapshot, wait_until, write

MIB = 1024 * 1024
PARTS = 6  # files of five MiB that do not compress: a package of four segments


def tree_of(version):
    entries = {f"data/{i}.bin": noise(i, 5 * MIB) for i in range(PARTS)}
    entries["bin/app"] = Program(edited(noise(100, 200_000), version))
    entries["app.ini"] = f"version = {version}\n"
    entries["twice/one"] = entries["twice/two"] = noise(101, 50_000)
    return entries


class Repair(XppkgCase):
    shared = None

    @classmethod
    def tearDownClass(cls):
        if cls.shared:
            shutil.rmtree(cls.shared)
            cls.shared = None

    def setUp(self):
        super().setUp()
        self.repo = self.make_shared()
        self.server = Nginx(self.repo)
        self.server.__enter__()
        self.addCleanup(lambda: self.server.__exit__())  # pylint: disable=unnecessary-lambda
        self.app = self.path("app")
        self.init(self.app, self.server.url, root=f"{self.repo}/root.json", code=0)

    def make_shared(self):
        """Two releases, made once and never changed."""
        if Repair.shared is None:
            repo = self.make_repository()
            for version in (1, 2):
                tree = make_tree(self.path(f"tree-{version}"), tree_of(version))
                self.add(repo, version, tree, "--config", "*.ini", code=0)
            Repair.shared = self.folder + "-shared"
            shutil.copytree(self.folder, Repair.shared, symlinks=True)
        return os.path.join(Repair.shared, "repo")

    def tree(self, version):
        return snapshot(os.path.join(Repair.shared, f"tree-{version}"))

    def install_one(self):
        self.xppkg(self.app, "install", "1", code=0)
        self.seen = len(self.log())

    def log(self):
        return self.server.requests()

    def requests(self):
        """(path, status, bytes) of every request since the installation."""
        pattern = re.compile(r'"GET /(\S+) HTTP/1\.1" (\d+) (\d+)')
        found = [pattern.search(line).groups() for line in self.log()[self.seen:]]
        return [(path, int(status), int(size)) for path, status, size in found]

    def payload_bytes(self, kind):
        return [size for path, status, size in self.requests()
                if path.endswith(kind) and status in (200, 206)]

    def blocks(self, version):
        """Sizes of the blocks of the full package: the header, then the segments."""
        folder = os.path.join(self.repo, f"targets/app/{version}/any")
        name = next(name for name in os.listdir(folder) if name.endswith("manifest.json"))
        manifest = json.loads(read(os.path.join(folder, name)))["signed"]
        full = next(payload for payload in manifest["payloads"] if payload["kind"] == "full")
        return [block["size"] for block in full["blocks"]]

    def full_package(self, version):
        folder = os.path.join(self.repo, f"targets/app/{version}/any")
        return next(os.path.join(folder, name) for name in os.listdir(folder)
                    if name.endswith("full.xpp"))

    def spoil(self, path, at=1000):
        place = os.path.join(self.app, path)
        data = bytearray(read(place))
        data[at] ^= 1
        write(place, data)

    def assert_whole(self, version, without=()):
        found = snapshot(self.app)
        for path in without:
            del found[path]
        self.assert_same(found, self.tree(version))
        self.assert_nothing_staged(self.app)

    def test_only_the_blocks_that_hold_damaged_files_are_fetched(self):
        self.install_one()
        header, *segments = self.blocks(1)
        self.assertEqual(len(segments), 4)
        self.spoil("data/1.bin")  # In the first two segments.
        self.xppkg(self.app, "verify", error="damage.found")
        result = self.xppkg(self.app, "--json", "repair", code=0).json
        self.assertEqual(result["mended"], [{"path": "data/1.bin", "finding": "changed"}])
        self.assertEqual(result["downloaded"], header + segments[0] + segments[1])
        self.assertTrue(result["changed"])
        self.assert_whole(1)
        wait_until(lambda: len(self.requests()) == 3)
        # Nothing else was asked for: no metadata, no manifest.
        self.assertEqual(self.payload_bytes("full.xpp"), [header, segments[0], segments[1]])
        self.xppkg(self.app, "verify", code=0)
        self.xppkg(self.app, "verify", "--full", code=0)

    def test_second_repair_has_nothing_to_do(self):
        self.install_one()
        self.spoil("bin/app")
        self.xppkg(self.app, "repair", code=0)
        count = len(self.log())
        result = self.xppkg(self.app, "--json", "repair", code=0).json
        self.assertFalse(result["changed"])
        self.assertEqual((result["mended"], result["downloaded"]), ([], 0))
        self.assertIn("nothing to repair", self.xppkg(self.app, "repair", code=0).err)
        self.assertEqual(len(self.log()), count)
        actions = [item["action"] for item in
                   self.xppkg(self.app, "--json", "history", code=0).json]
        self.assertEqual(actions, ["install", "repair"])

    def test_what_the_folder_has_is_not_fetched(self):
        self.install_one()
        os.remove(os.path.join(self.app, "twice/one"))
        os.chmod(os.path.join(self.app, "bin/app"), 0o600)
        result = self.xppkg(self.app, "--json", "repair", code=0).json
        self.assertEqual(result["mended"], [{"path": "bin/app", "finding": "wrong-mode"},
                                            {"path": "twice/one", "finding": "missing"}])
        self.assertEqual(result["downloaded"], 0)
        self.assertEqual(self.requests(), [])
        self.assert_whole(1)

    def test_repair_keeps_unknown_files_and_changed_configuration_and_tells(self):
        self.install_one()
        write(os.path.join(self.app, "notes.txt"), "mine")
        write(os.path.join(self.app, "app.ini"), "mine too")
        self.spoil("bin/app")
        self.assertIn("app.ini", self.xppkg(self.app, "verify", code=3).out)
        result = self.xppkg(self.app, "repair", code=0)
        self.assertIn("bin/app: changed", result.out)
        self.assertIn("Kept your changed app.ini; the new one is app.ini.new.", result.err)
        self.assertEqual(read(os.path.join(self.app, "notes.txt")), b"mine")
        self.assertEqual(read(os.path.join(self.app, "app.ini")), b"mine too")
        self.assertEqual(read(os.path.join(self.app, "app.ini.new")), b"version = 1\n")
        verified = self.xppkg(self.app, "--json", "verify", code=0).json
        self.assertEqual([item["finding"] for item in verified["differences"]], ["config-changed"])
        self.assertFalse(self.xppkg(self.app, "--json", "repair", code=0).json["changed"])

    def test_quick_verify_sees_a_changed_byte_by_its_time_and_takes_a_touch_for_none(self):
        self.install_one()
        place = os.path.join(self.app, "data/2.bin")
        os.utime(place, (1, 1))
        self.xppkg(self.app, "verify", code=0)
        self.spoil("data/2.bin")
        found = self.xppkg(self.app, "--json", "verify", code=3).json
        self.assertEqual(found["differences"],
                         [{"path": "data/2.bin", "finding": "changed", "damage": True}])
        os.remove(os.path.join(self.app, ".xppkg/times"))
        self.xppkg(self.app, "verify", code=3)

    def test_damaged_base_is_repaired_and_all_else_comes_as_delta(self):
        self.install_one()
        header, *segments = self.blocks(1)
        self.spoil("data/4.bin")  # In the third and fourth of the segments.
        plan = self.xppkg(self.app, "--json", "plan", "--newest", code=0).json
        self.assertEqual(plan["reason"], "mended-base")
        self.assertEqual([step["kind"] for step in plan["steps"]], ["delta"])
        self.assertEqual(plan["mend_bytes"], segments[2] + segments[3])
        delta = plan["steps"][0]["bytes"]
        self.assertEqual(plan["bytes"], plan["mend_bytes"] + delta)
        self.seen = len(self.log())
        applied = self.xppkg(self.app, "--json", "apply", "--newest", code=0).json
        self.assertEqual(applied["downloaded"], header + segments[2] + segments[3] + delta)
        self.assert_whole(2)
        wait_until(lambda: len(self.payload_bytes("full.xpp")) == 3)
        self.assertEqual(self.payload_bytes("full.xpp"), [header, segments[2], segments[3]])
        self.assertEqual(self.payload_bytes("from-1.xpp"), [delta])
        self.xppkg(self.app, "verify", "--full", code=0)

    def test_damaged_file_that_changes_is_repaired_before_its_delta(self):
        self.install_one()
        self.spoil("bin/app")
        applied = self.xppkg(self.app, "--json", "apply", "--newest", code=0).json
        self.assertEqual(applied["reason"], "mended-base")
        self.assert_whole(2)

    def test_base_whose_package_is_gone_is_replaced_by_the_full_package(self):
        self.install_one()
        full = self.full_package(1)
        os.rename(full, full + ".away")
        self.addCleanup(os.rename, full + ".away", full)
        self.spoil("data/4.bin")
        with self.kept(self.app):
            result = self.xppkg(self.app, "repair", error="repair.unavailable")
        self.assertIn("apply --newest", result.err)
        plan = self.xppkg(self.app, "--json", "plan", "--newest", code=0).json
        self.assertEqual(plan["reason"], "damaged-base")
        applied = self.xppkg(self.app, "apply", "--newest", code=0)
        self.assertIn("cannot be repaired; the full package is used", applied.err)
        self.assert_whole(2)

    def test_repair_that_breaks_off_half_way_ends_in_the_full_package(self):
        self.install_one()
        full = self.full_package(1)
        whole = read(full)
        self.addCleanup(write, full, whole)
        self.spoil("data/1.bin")
        # The header and the first segment are there, the second is cut.
        os.truncate(full, sum(self.blocks(1)[:2]) + 1000)
        with self.kept(self.app):
            self.xppkg(self.app, "repair", error="transport.truncated")
        applied = self.xppkg(self.app, "apply", "--newest", code=0)
        self.assertIn("cannot be repaired; the full package is used", applied.err)
        self.assert_whole(2)

    def test_wrong_modes_and_lost_copies_cost_an_update_nothing(self):
        self.install_one()
        os.chmod(os.path.join(self.app, "bin/app"), 0o600)
        os.remove(os.path.join(self.app, "twice/one"))
        applied = self.xppkg(self.app, "--json", "apply", "--newest", code=0).json
        self.assertEqual((applied["reason"], applied["mend_bytes"]), ("mended-base", 0))
        self.assertEqual(applied["downloaded"], applied["steps"][0]["bytes"])
        self.assertEqual(self.payload_bytes("full.xpp"), [])
        self.assert_whole(2)

    def test_lost_pristine_state_of_a_changed_config_file_is_repaired_too(self):
        for damage in (os.remove, lambda path: write(path, "spoiled")):
            with self.subTest(damage):
                self.app = self.path(f"app-{id(damage)}")
                self.init(self.app, self.server.url, root=f"{self.repo}/root.json", code=0)
                self.install_one()
                write(os.path.join(self.app, "app.ini"), "mine")
                pristine = os.path.join(self.app, ".xppkg/pristine")
                damage(os.path.join(pristine, os.listdir(pristine)[0]))
                applied = self.xppkg(self.app, "apply", "--newest", code=0)
                self.assertNotIn("could not be used", applied.err)
                self.assertEqual(read(os.path.join(self.app, "app.ini")), b"mine")
                self.assertEqual(read(os.path.join(self.app, "app.ini.new")), b"version = 2\n")
                # The header and the one block that holds it.
                wait_until(lambda: len(self.payload_bytes("full.xpp")) == 2)

    def test_damaged_manifest_is_fetched_and_the_files_are_repaired(self):
        self.install_one()
        write(os.path.join(self.app, ".xppkg/manifest.json"), "{}")
        self.spoil("bin/app")
        result = self.xppkg(self.app, "repair", code=0)
        self.assertIn("The saved manifest cannot be used", result.err)
        self.assert_whole(1)
        self.xppkg(self.app, "verify", "--full", code=0)

    def test_source_that_lies_is_refused_and_nothing_changes(self):
        self.install_one()
        evil = self.path("evil")
        shutil.copytree(self.repo, evil)
        for place, _, names in os.walk(evil):
            for name in names:
                if name.endswith("full.xpp"):
                    data = bytearray(read(os.path.join(place, name)))
                    for at in range(100, len(data), 100_000):
                        data[at] ^= 1
                    write(os.path.join(place, name), data)
        self.spoil("data/1.bin")
        config = os.path.join(self.app, ".xppkg/config.json")
        good = read(config)
        write(config, good.replace(self.server.url.encode(), f"file://{evil}".encode()))
        with self.kept(self.app):
            self.xppkg(self.app, "repair", error="trust.hash")
        both = json.loads(good)
        both["sources"].insert(0, f"file://{evil}")
        write(config, json.dumps(both))
        result = self.xppkg(self.app, "repair", code=0)
        self.assertIn("Source skipped", result.err)
        self.assert_whole(1)

    def test_repair_needs_something_installed(self):
        self.xppkg(self.app, "repair", error="usage.nothing-installed")
        self.assertIn("Examples:", self.xppkg(self.app, "repair", "--help", code=0).out)


if __name__ == "__main__":
    unittest.main()
