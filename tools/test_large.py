#!/usr/bin/env python3
"""Publishes, installs and updates a release with one large file. Called by test-large.sh.

test_large.py BUILD WORK GIB
"""
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

PASSPHRASE = "large"  # of throw-away keys
MIB = 1024 * 1024
VERSIONS = ("1", "2")


def write_large(path, size, seed):
    """A sparse file: an island of noise in each 16 MiB, and one that does not compress at its end,
    which is at no round place."""
    noise = random.Random(seed)
    with open(path, "wb") as file:
        for place in range(0, size, 16 * MIB):
            file.seek(place)
            file.write(noise.randbytes(64 * 1024))
        file.seek(size)
        # In pieces: what this process takes at most counts for those it starts.
        for _ in range(64):
            file.write(noise.randbytes(MIB))
        file.write(noise.randbytes(4321))


def make_release(folder, version, size):
    folder.mkdir(parents=True)
    write_large(folder / "large.dat", size, version)
    (folder / "small").write_text(f"version {version}\n")


def digest(path):
    """SHA-256 of a file, piece by piece."""
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(MIB):
            hasher.update(piece)
    return hasher.hexdigest()


class Walk:
    def __init__(self, build, work):
        self.programs = {"xppkg": build / "src/cli/xppkg",
                         "xppkg-release": build / "tools/xppkg-release/xppkg-release"}
        self.work = work
        self.folder = work / "app"

    def run(self, what, program, *words):
        """Runs a command, which must succeed, and prints what it took."""
        begin = time.monotonic()
        process = subprocess.Popen([self.programs[program], *map(str, words)],
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True,
                                   env={**os.environ, "XPPKG_PASSPHRASE": PASSPHRASE})
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"test-large: {what} ended with {process.returncode}\n{out}")
        print(f"{what:<22} {time.monotonic() - begin:8.1f} s {usage.ru_maxrss / 1024:8.0f} MiB",
              flush=True)
        return out

    def on_folder(self, what, *words):
        return self.run(what, "xppkg", "-C", self.folder, *words)

    def expect(self, version):
        for name in ("large.dat", "small"):
            if digest(self.folder / name) != digest(self.work / version / name):
                sys.exit(f"test-large: {name} is not that of release {version}")

    def go(self, size):
        repository = self.work / "repository"
        self.run("init", "xppkg-release", "init", repository)
        for version in VERSIONS:
            make_release(self.work / version, version, size)
            self.run(f"add {version}", "xppkg-release", "add", repository, "--package", "app",
                     "--version", version, self.work / version)
        self.on_folder("init", "init", "--source", f"file:{repository}", "--root",
                       repository / "root.json", "--package", "app")
        self.on_folder("install 1", "install", "1")
        self.expect("1")
        applied = json.loads(self.on_folder("apply to 2", "--json", "apply", "--to", "2"))
        self.expect("2")
        self.on_folder("verify --full", "verify", "--full")
        self.on_folder("apply back to 1", "apply", "--to", "1")
        self.expect("1")
        print(f"download of the update: {applied['downloaded']:,} bytes")


def main():
    build, work, gib = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), float(sys.argv[3])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    Walk(build, work).go(int(gib * 1024 * MIB))
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
