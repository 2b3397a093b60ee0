"""Shared by the tests of the source room: a folder, servers for it, and the probe."""

import hashlib
import os
import random
import shutil
import subprocess
import tempfile
import unittest

from faulty_http import FaultyServer, Proxy
from nginx import Nginx

BLOCK = 64 * 1024
CLEAN = {name: value for name, value in os.environ.items()
         if not name.lower().endswith("_proxy")}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def block_digests(data):
    blocks = (data[at:at + BLOCK] for at in range(0, len(data), BLOCK))
    return ",".join(hashlib.blake2b(block, digest_size=32).hexdigest() for block in blocks)


class Result:
    """The probe's output: all lines, and those that are not progress."""

    def __init__(self, code, text):
        self.code = code
        self.lines = [line for line in text.splitlines() if not line.startswith("progress ")]
        self.progress = [tuple(map(int, line.split()[1:])) for line in text.splitlines()
                         if line.startswith("progress ")]
        self.text = "\n".join(self.lines)


class SourceCase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="source-test-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = os.path.join(self.folder, "root")
        self.store = os.path.join(self.folder, "store")
        os.mkdir(self.root)
        self.data = random.Random(7).randbytes(10 * BLOCK + 12345)
        self.put("sub/file.bin", self.data)

    def put(self, path, data):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def serve(self, **options):
        server = Nginx(self.root, **options)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def misbehave(self, behaviour, certificate=None):
        server = FaultyServer(behaviour, certificate)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def proxy(self, **options):
        server = Proxy(**options)
        self.addCleanup(server.__exit__)
        return server.__enter__()

    def start(self, *words, env=None):
        return subprocess.Popen([os.environ["SOURCE_PROBE"], *map(str, words)],
                                stdout=subprocess.PIPE, text=True, env={**CLEAN, **(env or {})})

    def run_probe(self, *words, env=None):
        process = self.start(*words, env=env)
        try:
            text, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"the probe did not end: {words}")
        self.assertIn(process.returncode, (0, 1), text)
        self.assertNotIn("foreign exception", text)
        return Result(process.returncode, text)

    def read(self, url, path="sub/file.bin", limit=1 << 20, options=(), env=None):
        return self.run_probe(*options, "read", url, path, limit, env=env)

    def read_from(self, url, offset, size=None, path="sub/file.bin", options=(), end=None):
        size = len(self.data) if size is None else size
        return self.run_probe(*options, "from", url, path, offset, size,
                              size if end is None else end)

    def fetch_words(self, *urls, data=None, path="sub/file.bin"):
        data = self.data if data is None else data
        return ["fetch", self.store, path, len(data), sha256(data), BLOCK, block_digests(data),
                *urls]

    def fetch(self, *urls, options=(), env=None, **more):
        return self.run_probe(*options, *self.fetch_words(*urls, **more), env=env)

    def assert_read(self, result, data=None):
        data = self.data if data is None else data
        self.assertIn(f"read {len(data)} {sha256(data)}", result.lines, result.text)

    def assert_from(self, result, data):
        self.assertIn(f"from {len(data)} {sha256(data)}", result.lines, result.text)

    def assert_error(self, result, code, *parts):
        self.assertEqual(result.code, 1, result.text)
        self.assertTrue(result.lines[-1].startswith(f"error {code}:"), result.text)
        for part in parts:
            self.assertIn(part, result.lines[-1])

    def assert_fetched(self, result, data=None):
        data = self.data if data is None else data
        self.assertEqual(result.lines[-1], f"fetched {len(data)}", result.text)
        with open(os.path.join(self.store, sha256(data)), "rb") as file:
            self.assertEqual(sha256(file.read()), sha256(data))
        self.assertEqual(os.listdir(self.store), [sha256(data)])

    def part(self):
        return os.path.join(self.store, sha256(self.data) + ".part")
