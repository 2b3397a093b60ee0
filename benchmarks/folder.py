#!/usr/bin/env python3
"""Measures the update of a folder of many files beside ostree and rsync, in turn (A B A B …), how
long the folder is between two releases, and whether memory grows with the size of a file. Fails
where a ratio to a peer of the same run is over its bound.

folder.py BUILD RELEASES: RELEASES/postgres/VERSION/, two versions
"""
import filecmp
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

from measure import measure, median, quiet

BUILD, RELEASES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
XPPKG = BUILD / "src/cli/xppkg"
XPPKG_RELEASE = BUILD / "tools/xppkg-release/xppkg-release"
PACKAGE, OLD, NEW = "postgres", "17.9.0-beta.17", "17.10.0-beta.17"
RUNS = 5
MIB = 1024 * 1024
SIZES = (64, 256)  # MiB of the one large file
# Bounds on any machine: ours / theirs.
MOST_TIME = 1.5      # `apply`, with its verification and fsync / ostree's delta and checkout
MOST_MEMORY = 1.0    # the same
MOST_GROWTH = 1.1    # `apply` of the larger file / of the smaller one
RENAMES = "rename,renameat,renameat2"


def publish(repository, package, trees, *words):
    """A repository of these releases: {version: tree}."""
    quiet(XPPKG_RELEASE, "init", repository)
    for version, tree in trees.items():
        quiet(XPPKG_RELEASE, "add", repository, "--package", package, "--version", version, *words,
              tree)


def install(folder, repository, package, version):
    quiet(XPPKG, "-C", folder, "init", "--source", f"file:{repository}", "--root",
          repository / "root.json", "--package", package)
    quiet(XPPKG, "-C", folder, "install", version)
    return folder


def fresh(source, target):
    """A copy that is on the disk before anything is measured."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)
    os.sync()
    return target


class Xppkg:
    name = "xppkg apply"

    def __init__(self, work, trees):
        self.run = self.result = work / "run"
        publish(work / "repository", PACKAGE, trees)
        self.base = install(work / "base", work / "repository", PACKAGE, OLD)

    def command(self):
        return XPPKG, "-C", fresh(self.base, self.run), "apply", "--newest"

    @staticmethod
    def switching(renames):
        """The renames that put files in their places."""
        def to(name):
            ending = re.compile(rf'[/"]{re.escape(name)}"(, \w+)?\)')
            return next(i for i, line in enumerate(renames) if ending.search(line))
        return renames[to("journal") + 1:to("journal.done")]


class Ostree:
    name = "ostree delta, checkout"

    def __init__(self, work, trees):
        self.run, self.client, self.delta = work / "run", work / "client", work / "delta"
        self.result = self.run / "checkout"
        server = work / "server"
        quiet("ostree", "init", f"--repo={server}", "--mode=archive")
        for tree in trees.values():
            quiet("ostree", "commit", f"--repo={server}", "-b", "app", f"--tree=dir={tree}")
        old, self.new = (subprocess.run(["ostree", "rev-parse", f"--repo={server}", name],
                                        check=True, capture_output=True, text=True).stdout.strip()
                         for name in ("app^", "app"))
        quiet("ostree", "static-delta", "generate", f"--repo={server}", f"--from={old}",
              f"--to={self.new}", "--inline", "--min-fallback-size=0", f"--filename={self.delta}")
        quiet("ostree", "init", f"--repo={self.client}", "--mode=bare-user")
        quiet("ostree", "pull-local", f"--repo={self.client}", server, old)

    def command(self):
        repo = fresh(self.client, self.run)
        return ("sh", "-c", 'ostree static-delta apply-offline --repo="$0" "$1" && '
                'ostree checkout --repo="$0" -U "$2" "$3"', repo, self.delta, self.new,
                self.result)


class Rsync:
    def __init__(self, work, trees, *words):
        self.run, self.words = work / "run", words
        self.old, self.new = trees.values()
        self.name = " ".join(["rsync", *words])
        self.result = self.run

    def command(self):
        return "rsync", *self.words, f"{self.new}/", fresh(self.old, self.run)

    @staticmethod
    def switching(renames):
        return renames


def switch_seconds(program):
    """Seconds from the first rename that puts a file in its place to the last one."""
    with tempfile.NamedTemporaryFile() as log:
        quiet("strace", "-f", "--seccomp-bpf", "-ttt", "-o", log.name, "-e", f"trace={RENAMES}",
              *program.command())
        lines = re.findall(r"^\d+ +[\d.]+ rename.*", log.read().decode(), re.M)
    times = [float(line.split()[1]) for line in program.switching(lines)]
    return times[-1] - times[0], len(times)


def with_new_times(old, new, target):
    """A copy of the new tree in which files that differ from the old one's have another time: npm
    gives all files the same, and rsync goes by size and time."""
    subprocess.run(["cp", "-a", new, target], check=True)
    for path in target.rglob("*"):
        before = old / path.relative_to(target)
        if path.is_file() and not (before.is_file() and filecmp.cmp(before, path, shallow=False)):
            os.utime(path)
    return target


def measure_folder(work):
    """{name: (wall, cpu, memory)} and {name: (seconds, renames)}."""
    old = RELEASES / PACKAGE / OLD
    trees = {OLD: old, NEW: with_new_times(old, RELEASES / PACKAGE / NEW, work / "new")}
    places = [work / name for name in ("xppkg", "ostree", "rsync")]
    for place in places:
        place.mkdir()
    programs = [Xppkg(places[0], trees), Ostree(places[1], trees),
                Rsync(places[2], trees, "-a", "--delete"),
                Rsync(places[2], trees, "-a", "--delete", "--fsync")]
    rows = {program.name: [] for program in programs}
    switches = {program.name: [] for program in programs if hasattr(program, "switching")}
    for _ in range(RUNS):
        for program in programs:
            rows[program.name].append(measure(*program.command()))
            subprocess.run(["diff", "-r", "--exclude=.xppkg", program.result, trees[NEW]],
                           check=True)
            if program.name in switches:
                switches[program.name].append(switch_seconds(program))
    return ({name: median(values) for name, values in rows.items()},
            {name: median(values) for name, values in switches.items()})


def memory_of(work, size):
    """Peak MB of an update that changes a few bytes of a file of so many MiB of noise."""
    noise = random.Random(size)
    trees = {"1": work / "1", "2": work / "2"}
    for tree in trees.values():
        tree.mkdir(parents=True)
    with open(trees["1"] / "large", "wb") as file:
        for _ in range(size):
            file.write(noise.randbytes(MIB))
    shutil.copy(trees["1"] / "large", trees["2"] / "large")
    with open(trees["2"] / "large", "r+b") as file:
        for place in range(0, size * MIB, MIB):
            file.seek(place + noise.randrange(MIB - 8))
            file.write(noise.randbytes(8))
    publish(work / "repository", "large", trees, "--level", "3")
    folder = install(work / "app", work / "repository", "large", "1")
    return measure(XPPKG, "-C", folder, "apply", "--newest")[2]


def main():
    os.environ["XPPKG_PASSPHRASE"] = "benchmark"
    with tempfile.TemporaryDirectory(dir=BUILD) as work:
        rows, switches = measure_folder(pathlib.Path(work))
    print(f"\n{PACKAGE} {OLD} → {NEW}\n")
    print("| program | wall s | cpu s | peak MB | first to last rename, ms |\n"
          "| --- | ---: | ---: | ---: | ---: |")
    for name, (wall, cpu, memory) in rows.items():
        seconds, count = switches.get(name, (None, 0))
        switch = f"{seconds * 1000:.0f} ({count:.0f} renames)" if seconds is not None else ""
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {switch} |")
    peaks = []
    for size in SIZES:
        with tempfile.TemporaryDirectory(dir=BUILD) as work:
            peaks.append(memory_of(pathlib.Path(work), size))
        print(f"\nupdate of a file of {size} MiB: {peaks[-1]:.0f} MB at most")
    over = []

    def bound(what, ours, theirs, most):
        if ours > most * theirs:
            over.append(f"{what}: {ours / theirs:.2f} times, at most {most}")

    bound("time, ostree", rows[Xppkg.name][0], rows[Ostree.name][0], MOST_TIME)
    bound("memory, ostree", rows[Xppkg.name][2], rows[Ostree.name][2], MOST_MEMORY)
    bound("memory by the size of a file", peaks[1], peaks[0], MOST_GROWTH)
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
