#!/usr/bin/env python3
"""Walks the main job on real releases and prints a table. Called by quickstart.sh.

quickstart.py BUILD WORK (--releases FOLDER | --from DIR DIR …)
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import time

PASSPHRASE = "quickstart"  # of throw-away keys; real ones are asked for


def version_key(version):
    number, _, tag = version.partition("-")
    return [int(part) for part in number.split(".")], tag == "", tag


class Walk:
    def __init__(self, build, work):
        self.xppkg = build / "src/cli/xppkg"
        self.xppkg_release = build / "tools/xppkg-release/xppkg-release"
        self.work = work
        self.repository = work / "repository"
        self.rows = []

    def run(self, *command):
        environment = {**os.environ, "XPPKG_PASSPHRASE": PASSPHRASE}
        run = subprocess.run([str(word) for word in command], env=environment, text=True,
                             stdout=subprocess.PIPE)
        if run.returncode != 0:
            sys.exit(f"quickstart: {' '.join(str(word) for word in command)} ended with "
                     f"{run.returncode}\n{run.stdout}")
        return run.stdout

    def publish(self, package, releases):
        if not self.repository.exists():
            self.run(self.xppkg_release, "init", self.repository)
        for version, tree in releases:
            self.run(self.xppkg_release, "add", self.repository, "--package", package,
                     "--version", version, tree)

    def update(self, package, releases):
        folder = self.work / "workstation" / package
        shutil.rmtree(folder, ignore_errors=True)
        site = self.work / f"site-{package}.db"
        site.unlink(missing_ok=True)
        on_folder = [self.xppkg, "-C", folder]
        self.run(*on_folder, "init", "--source", f"file:{self.repository}", "--root",
                 self.repository / "root.json", "--package", package, "--database",
                 f"sqlite:{site}")
        oldest, rest = releases[0], releases[1:]
        self.step(package, folder, oldest, [*on_folder, "--json", "install", oldest[0]])
        for version, tree in rest:
            self.run(*on_folder, "release", version)
            self.step(package, folder, (version, tree), [*on_folder, "--json", "apply"])
        if len(rest) > 1:  # and back, and over all of them in one go
            self.run(*on_folder, "release", oldest[0])
            self.step(package, folder, oldest, [*on_folder, "--json", "apply"])
            self.run(*on_folder, "release", rest[-1][0])
            self.step(package, folder, rest[-1], [*on_folder, "--json", "apply"])

    def step(self, package, folder, release, command):
        version, tree = release
        began = time.monotonic()
        result = json.loads(self.run(*command))
        seconds = time.monotonic() - began
        self.run(self.xppkg, "-C", folder, "verify", "--full")
        differences = compare(tree, folder)
        if differences:
            sys.exit(f"quickstart: {package} {version} differs: {differences[:5]}")
        chain = " + ".join("full" if step["kind"] == "full" else f"{step['from']}→{step['to']}"
                           for step in result["steps"])
        self.rows.append([f"{package} {version}", chain, f"{result['downloaded']:,}",
                          f"{result['full_bytes']:,}", f"{seconds:.2f} s", "yes"])

    def table(self):
        head = ["release", "chain", "downloaded", "full package", "time", "verified"]
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(len(head))]
        for row in [head, ["-" * width for width in widths], *self.rows]:
            cells = [cell.rjust(width) if i in (2, 3, 4) else cell.ljust(width)
                     for i, (cell, width) in enumerate(zip(row, widths))]
            print("  ".join(cells).rstrip())
        print("\nverified: `xppkg verify --full`, and names, bytes, modes and links of the folder "
              "compared\nwith the vendor's by this script, without xppkg's code.")


def describe(root):
    """Every name below a folder with all that has to be equal."""
    found = {}
    for folder, folders, files in os.walk(root):
        if pathlib.Path(folder) == root and ".xppkg" in folders:
            folders.remove(".xppkg")
        for name in [*folders, *files]:
            path = pathlib.Path(folder) / name
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                what = ("link", os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                what = ("folder", stat.S_IMODE(status.st_mode))
            else:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                what = ("file", stat.S_IMODE(status.st_mode), digest)
            found[path.relative_to(root).as_posix()] = what
    return found


def compare(vendor, installed):
    ours, theirs = describe(installed), describe(vendor)
    return sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--releases", type=pathlib.Path)
    parser.add_argument("--from", dest="folders", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    if arguments.folders:
        # Folders may change between two runs, and published releases never do: begin anew.
        walk = Walk(arguments.build, arguments.work / "from")
        shutil.rmtree(walk.work, ignore_errors=True)
        walk.work.mkdir(parents=True)
        packages = {"yours": [(f"{number}.0", folder)
                              for number, folder in enumerate(arguments.folders, 1)]}
    else:
        walk = Walk(arguments.build, arguments.work)
        packages = {folder.name: sorted(((tree.name, tree) for tree in folder.iterdir()),
                                        key=lambda release: version_key(release[0]))
                    for folder in sorted(arguments.releases.iterdir())
                    if not folder.name.startswith(".")}
    for package, releases in packages.items():
        walk.publish(package, releases)
        walk.update(package, releases)
    walk.table()


main()
