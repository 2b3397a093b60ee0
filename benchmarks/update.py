#!/usr/bin/env python3
"""Measures updates of real releases beside bsdiff/bspatch and rsync, in turn (A B A B …), and fails
where a ratio to a peer of the same run is over its bound.

update.py BUILD RELEASES: RELEASES/PACKAGE/VERSION/, at least two versions a package
"""
import os
import pathlib
import shutil
import sys
import tempfile

from measure import measure, median, quiet

BUILD, RELEASES = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
XPPKG = BUILD / "src/cli/xppkg"
XPPKG_RELEASE = BUILD / "tools/xppkg-release/xppkg-release"
RUNS = 5
# (package, from, to, the file that makes up most of it)
PAIRS = [("esbuild", "0.27.5", "0.27.7", "esbuild.exe"),
         ("typescript", "5.9.2", "5.9.3", "lib/typescript.js")]
# Bounds on any machine: ours / theirs.
MOST_SIZE = 1.0          # delta of the whole folder / bsdiff of the main file alone + 512 bytes
MOST_PUBLISH_CPU = 2.0   # `add` with its proofs and signatures / bsdiff and zstd -19 of the tree
MOST_APPLY_MEMORY = 2.0  # `apply` / bspatch


class Pair:
    def __init__(self, work, package, old, new, main):
        self.package, self.old, self.new = package, old, new
        self.old_tree, self.new_tree = RELEASES / package / old, RELEASES / package / new
        self.main = main
        self.work = work
        self.repository = work / "repository"
        self.patch = work / "patch"

    def publish(self):
        quiet(XPPKG_RELEASE, "init", self.repository)
        quiet(XPPKG_RELEASE, "add", self.repository, "--package", self.package, "--version",
              self.old, self.old_tree)
        ours = measure(XPPKG_RELEASE, "add", self.repository, "--package", self.package,
                       "--version", self.new, self.new_tree)
        theirs = measure("sh", "-c", 'bsdiff "$0" "$1" "$2" && tar -cf "$3" -C "$4" . && '
                         'zstd -q -19 --single-thread -f "$3"', self.old_tree / self.main,
                         self.new_tree / self.main, self.patch, self.work / "tar", self.new_tree)
        delta = next((self.repository / "targets" / self.package / self.new).rglob("*.from-*"))
        return ours, theirs, delta.stat().st_size, self.patch.stat().st_size

    def apply(self):
        base = self.work / "base"
        quiet(XPPKG, "-C", base, "init", "--source", f"file:{self.repository}", "--root",
              self.repository / "root.json", "--package", self.package)
        quiet(XPPKG, "-C", base, "install", self.old)
        rows = {"xppkg": [], "bspatch": [], "rsync": []}
        for _ in range(RUNS):
            for name in rows:
                rows[name].append(getattr(self, name)(base))
        return {name: median(values) for name, values in rows.items()}

    def fresh(self, source):
        target = self.work / "run"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)
        os.sync()
        return target

    def xppkg(self, base):
        return measure(XPPKG, "-C", self.fresh(base), "apply", "--newest")

    def bspatch(self, _):
        target = self.fresh(self.old_tree)
        return measure("bspatch", target / self.main, target / "new", self.patch)

    def rsync(self, _):
        return measure("rsync", "-a", "--delete", "--fsync", f"{self.new_tree}/",
                       self.fresh(self.old_tree))


def row(what, program, figures):
    wall, cpu, memory = figures
    print(f"| {what} | {program} | {wall:.2f} | {cpu:.2f} | {memory:.0f} |")


def main():
    os.environ["XPPKG_PASSPHRASE"] = "benchmark"
    over = []

    def bound(what, ours, theirs, most):
        if ours > most * theirs:
            over.append(f"{what}: {ours / theirs:.2f} times the peer, at most {most}")

    for package, old, new, main_file in PAIRS:
        with tempfile.TemporaryDirectory(dir=BUILD) as work:
            pair = Pair(pathlib.Path(work), package, old, new, main_file)
            ours, theirs, size, peer_size = pair.publish()
            applied = pair.apply()
        what = f"{package} {old} → {new}"
        print(f"\n{what}: delta {size:,} bytes, bsdiff of {main_file} {peer_size:,}\n")
        print("| work | program | wall s | cpu s | peak MB |\n| --- | --- | ---: | ---: | ---: |")
        row("publish", "xppkg-release add", ours)
        row("patch, full package", "bsdiff, tar, zstd -19", theirs)
        row("update", "xppkg apply", applied["xppkg"])
        row("patch the main file", "bspatch", applied["bspatch"])
        row("copy the new tree", "rsync --fsync", applied["rsync"])
        bound(f"{what}: size", size, peer_size + 512, MOST_SIZE)
        bound(f"{what}: cpu of publishing", ours[1], theirs[1], MOST_PUBLISH_CPU)
        bound(f"{what}: memory of updating", applied["xppkg"][2], applied["bspatch"][2],
              MOST_APPLY_MEMORY)
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
