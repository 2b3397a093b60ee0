"""A changed byte anywhere in a repository never becomes a wrong tree."""

import contextlib
import os
import shutil
import unittest

from xppkg_case import XppkgCase, edited, make_tree, noise, read, snapshot, write

REFUSALS = ("trust.malformed", "trust.signature", "trust.hash", "trust.key", "trust.rollback",
            "trust.expired", "limit.exceeded", "corrupt.payload")


class FlippedBytes(XppkgCase):
    def setUp(self):
        super().setUp()
        self.repo = self.make_repository()
        program = noise(1, 30_000)
        for version in ("1", "2"):
            tree = make_tree(self.path(version), {"bin/app": program, "news.txt": version * 50})
            self.add(self.repo, version, tree, code=0)
            program = edited(program, 2)

    def installed(self, name):
        folder = self.path(name)
        self.init(folder, f"file:{self.repo}", root=f"{self.repo}/root.json", code=0)
        self.xppkg(folder, "install", "1", code=0)
        return folder

    def files(self):
        """All files that a client could read, with those it needs not."""
        found = []
        for place, folders, files in os.walk(self.repo):
            folders[:] = [name for name in folders if name != ".work"]
            found += [os.path.join(place, name) for name in files]
        return sorted(found)

    def is_used(self, path):
        """Whether going from 1 to 2 with a fresh memory of metadata reads this file."""
        name = os.path.basename(path)
        if "/metadata/" in path:
            return name in ("timestamp.json", "3.snapshot.json", "2.targets.json", "2.app.json")
        return path.find("/targets/app/2/") > 0 and not name.endswith("full.xpp")

    def flipped(self, path, offset, bit=1):
        data = bytearray(read(path))
        data[offset] ^= bit
        write(path, data)

    def test_changed_byte_in_any_file_is_refused_and_afterwards_the_file_serves(self):
        pristine, expected = self.installed("app"), snapshot(self.path("2"))
        used = 0
        for path in self.files():
            sound = read(path)
            for offset in sorted({0, len(sound) // 3, len(sound) // 2, len(sound) - 2}):
                with self.subTest(os.path.relpath(path, self.repo), offset=offset):
                    self.flipped(path, offset)
                    used += self.try_flipped(pristine, path, sound, expected)
        self.assertGreater(used, 20)

    def try_flipped(self, pristine, path, sound, expected):
        folder = self.path("copy")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(pristine, folder, symlinks=True)
        for name in os.listdir(os.path.join(folder, ".xppkg/trust")):
            if name != "root.json":
                os.remove(os.path.join(folder, ".xppkg/trust", name))
        with self.kept(folder) if self.is_used(path) else contextlib.nullcontext():
            result = self.xppkg(folder, "apply")
            if self.is_used(path):
                self.assertIn(result.error, REFUSALS, result)
                self.assertEqual(result.code, 5, result)
            else:
                self.assertEqual(result.code, 0, result)
        write(path, sound)
        self.xppkg(folder, "apply", code=0)
        self.assert_same(snapshot(folder), expected)
        return self.is_used(path)

    def test_changed_byte_in_the_full_package_is_refused_and_afterwards_it_serves(self):
        path = [name for name in self.files() if "/app/2/" in name and name.endswith("full.xpp")][0]
        sound = read(path)
        folder = self.path("app")
        self.init(folder, f"file:{self.repo}", root=f"{self.repo}/root.json", code=0)
        for offset in (*range(8), len(sound) // 3, len(sound) // 2, len(sound) - 1):
            with self.subTest(offset=offset):
                self.flipped(path, offset)
                with self.kept(folder):
                    self.xppkg(folder, "install", "2", error="trust.hash")
                write(path, sound)
        self.xppkg(folder, "install", "2", code=0)
        self.assert_same(snapshot(folder), snapshot(self.path("2")))

    def test_every_changed_byte_of_timestamp_json_is_refused(self):
        folder = self.installed("app")
        path = os.path.join(self.repo, "metadata/timestamp.json")
        size = len(read(path))
        self.assertGreater(size, 400)
        with self.kept(folder):
            for offset in range(size - 1):  # The last byte is the newline behind the document.
                self.flipped(path, offset)
                result = self.xppkg(folder, "apply")
                self.assertEqual(result.code, 5, f"{offset}: {result}")
                self.flipped(path, offset)
        self.xppkg(folder, "apply", code=0)
        self.assert_same(snapshot(folder), snapshot(self.path("2")))

    def test_every_kind_of_changed_byte_in_the_signed_part_is_refused(self):
        folder = self.installed("app")
        path = os.path.join(self.repo, "metadata/timestamp.json")
        at = read(path).index(b'"version"')
        with self.kept(folder):
            for bit in (2, 4, 8, 16, 32, 64, 128):
                for offset in range(at, at + 11):
                    self.flipped(path, offset, bit)
                    self.xppkg(folder, "apply", code=5)
                    self.flipped(path, offset, bit)

    def test_verify_of_the_repository_finds_a_changed_byte_in_any_file(self):
        for path in self.files():
            name = os.path.basename(path)
            if name in ("1.snapshot.json", "2.snapshot.json", "1.targets.json", "1.app.json"):
                continue  # History that no client reads any more.
            with self.subTest(os.path.relpath(path, self.repo)):
                self.flipped(path, len(read(path)) // 2)
                self.assertNotEqual(self.release_tool("--json", "verify", self.repo).code, 0)
                self.flipped(path, len(read(path)) // 2)
        self.release_tool("verify", self.repo, code=0)

    def test_payloads_that_change_places_are_refused(self):
        folder = self.installed("app")
        full = [path for path in self.files() if path.endswith("full.xpp")]
        delta = [path for path in self.files() if ".from-1" in path][0]
        sound = read(delta)
        write(delta, read(full[0]))
        with self.kept(folder):
            self.xppkg(folder, "apply", error="trust.hash")
        write(delta, sound)
        self.xppkg(folder, "apply", code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
