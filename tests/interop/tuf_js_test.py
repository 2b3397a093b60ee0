#!/usr/bin/env python3
"""Repositories of xppkg-release are read, and refused, by tuf-js: a TUF client that shares no code
with ours.

tuf_js_test.py FOLDER: where tuf-js is installed once. Ends with 77 where it cannot be had.
"""

import hashlib
import json
import os
import subprocess
import sys
import unittest

import tuf_js
from http_folder import HttpFolder
from xppkg_case import ENVIRONMENT, NEW, PACKAGE, XppkgCase, read, write

MODULES = sys.argv[1]
# Its errors for bytes that are not as they were signed; any other error is not about the bytes.
CHANGED = r"Expected hash \w+ but got|signed by 0/1 keys"


def newest(repo, role):
    """The path of a role's newest metadata."""
    folder = os.path.join(repo, "metadata")
    names = [name for name in os.listdir(folder) if name.split(".", 1)[1] == role + ".json"]
    return os.path.join(folder, max(names, key=lambda name: int(name.split(".")[0])))


def targets_of(repo):
    """{path: SHA-256} of all that the package's role lists."""
    listed = json.loads(read(newest(repo, PACKAGE)))["signed"]["targets"]
    return {path: target["hashes"]["sha256"] for path, target in listed.items()}


def file_of(repo, path):
    folder, name = os.path.split(path)
    return os.path.join(repo, "targets", folder, f"{targets_of(repo)[path]}.{name}")


def target_like(repo, end):
    return next(path for path in sorted(targets_of(repo)) if path.endswith(end) and NEW in path)


def changed(data):
    """One byte is another: metadata expires a thousand years later, else it is one in the middle."""
    year = data.find(b'"expires":"2')
    place = len(data) // 2 if year < 0 else year + len(b'"expires":"')
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


class TufJsCase(XppkgCase):
    def client(self, root, name="client"):
        """The metadata folder of a client that trusts this root."""
        folder = self.path(name)
        os.makedirs(folder)
        write(os.path.join(folder, "root.json"), read(root))
        return folder

    def run_client(self, client, repo, *targets, clock=None):
        """tuf-js reads targets of a repository: its exit status, output and error."""
        places = client + "-targets"
        os.makedirs(places, exist_ok=True)
        with HttpFolder(repo) as server:
            run = subprocess.run(
                tuf_js.command(MODULES, client, server.url, places, *targets, clock=clock),
                capture_output=True, text=True, timeout=60, env=tuf_js.environment(ENVIRONMENT))
        return run

    def assert_reads(self, client, repo, *targets, clock=None):
        """tuf-js gets exactly these targets' bytes."""
        run = self.run_client(client, repo, *targets, clock=clock)
        self.assertEqual(run.returncode, 0, run.stderr)
        listed = targets_of(repo)
        got = {path: hashlib.sha256(read(place)).hexdigest()
               for path, place in json.loads(run.stdout).items()}
        self.assertEqual(got, {path: listed[path] for path in targets})

    def assert_refuses(self, client, repo, *targets, error=CHANGED, clock=None):
        run = self.run_client(client, repo, *targets, clock=clock)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertRegex(run.stderr, error)


class Reads(TufJsCase):
    def test_every_manifest_package_and_delta_is_read(self):
        repo = self.published()
        paths = targets_of(repo)
        ends = {path.rsplit("/", 1)[1].split("-")[0] for path in paths}
        self.assertEqual(ends, {"manifest.json", "full.xpp", "delta.from"} & ends | ends)
        self.assertGreaterEqual(len(paths), 8)  # three manifests, three packages, deltas
        self.assert_reads(self.client(f"{repo}/root.json"), repo, *paths)

    def test_second_run_reads_what_was_published_since(self):
        repo = self.copy_of_published()
        client = self.client(f"{repo}/root.json")
        self.assert_reads(client, repo)
        tree = self.path("tree")
        os.makedirs(tree)
        write(os.path.join(tree, "news.txt"), "newer")
        self.add(repo, "5.0", tree, code=0)
        self.assert_reads(client, repo, *(path for path in targets_of(repo) if "/5.0/" in path))

    def test_target_that_nobody_lists_is_not_found(self):
        repo = self.published()
        for path in (f"{PACKAGE}/9.9/any/manifest.json", "other/1.0/any/manifest.json"):
            run = self.run_client(self.client(f"{repo}/root.json", path.replace("/", "-")), repo,
                                  path)
            self.assertEqual((run.returncode, json.loads(run.stdout)), (0, {path: None}))

    def test_client_goes_on_after_the_keys_of_timestamp_and_root_were_replaced(self):
        repo = self.copy_of_published()
        first = f"{repo}/metadata/1.root.json"
        client = self.client(first)
        self.assert_reads(client, repo)
        before = json.loads(read(newest(repo, "root")))["signed"]["roles"]
        for role in ("timestamp", "root"):
            self.release_tool("key", "rotate", repo, role, code=0)
        now = json.loads(read(newest(repo, "root")))["signed"]
        self.assertGreaterEqual(now["version"], 3)
        for role in ("timestamp", "root"):
            self.assertEqual(set(now["roles"][role]["keyids"]) & set(before[role]["keyids"]), set())
        path = target_like(repo, "manifest.json")
        self.assert_reads(client, repo, path)
        self.assert_reads(self.client(first, "new client"), repo, path)


class Refuses(TufJsCase):
    def assert_refused_while_changed(self, repo, place, *targets):
        sound, name = read(place), os.path.basename(place)
        write(place, changed(sound))
        try:
            self.assert_refuses(self.client(f"{repo}/root.json", "before " + name), repo, *targets)
        finally:
            write(place, sound)
        self.assert_reads(self.client(f"{repo}/root.json", "after " + name), repo, *targets)

    def test_changed_byte_in_any_role_is_refused(self):
        repo = self.copy_of_published()
        path = target_like(repo, "manifest.json")
        places = [os.path.join(repo, "metadata", "timestamp.json")]
        places += [newest(repo, role) for role in ("snapshot", "targets", PACKAGE)]
        for place in places:
            with self.subTest(os.path.basename(place)):
                self.assert_refused_while_changed(repo, place, path)

    def test_changed_byte_in_a_manifest_or_a_package_is_refused(self):
        repo = self.copy_of_published()
        for end in ("manifest.json", "full.xpp"):
            with self.subTest(end):
                path = target_like(repo, end)
                self.assert_refused_while_changed(repo, file_of(repo, path), path)

    def test_repository_of_another_vendor_is_refused(self):
        other = self.make_repository("other")
        repo = self.published()
        self.assert_refuses(self.client(f"{other}/root.json"), repo, error="signed by 0/1 keys")

    def test_expired_metadata_is_refused(self):
        repo = self.published()
        path = target_like(repo, "manifest.json")
        self.assert_reads(self.client(f"{repo}/root.json", "in time"), repo, path, clock="+300d")
        self.assert_refuses(self.client(f"{repo}/root.json", "too late"), repo, path,
                            error=r"\A\w*: .*expired", clock="+800d")

    def test_timestamp_that_goes_back_is_refused(self):
        repo = self.copy_of_published()
        old = read(os.path.join(repo, "metadata", "timestamp.json"))
        tree = self.path("tree")
        os.makedirs(tree)
        write(os.path.join(tree, "file"), b"")
        self.add(repo, "5.0", tree, code=0)
        client = self.client(f"{repo}/root.json")
        self.assert_reads(client, repo)
        write(os.path.join(repo, "metadata", "timestamp.json"), old)
        self.assert_refuses(client, repo, error=r"\ABadVersionError")


if __name__ == "__main__":
    try:
        tuf_js.install(MODULES)
    except tuf_js.Absent as reason:
        print(f"SKIPPED: nothing was compared with tuf-js: {reason}", file=sys.stderr)
        sys.exit(77)
    unittest.main(argv=sys.argv[:1])
