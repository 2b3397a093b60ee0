#!/usr/bin/env python3
"""Walks the main job on real releases and prints a table. Called by quickstart.sh.

quickstart.py BUILD WORK (--releases FOLDER | --from DIR DIR …)
"""
import argparse
import concurrent.futures
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
    """The job with one package: a repository, a site, and what the table says of them."""

    def __init__(self, build, work):
        self.xppkg = build / "src/cli/xppkg"
        self.xppkg_release = build / "tools/xppkg-release/xppkg-release"
        self.work = work
        self.repository = work / "repository"
        self.rows = []
        self.from_vendor = 0

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
        """The pilot tries each release and releases it for all; another workstation follows, by the
        site's database alone."""
        site = self.work / "site.db"
        site.unlink(missing_ok=True)
        pilot, workstation = (self.set_up(package, name, site) for name in ("pilot", "workstation"))
        oldest, rest = releases[0], releases[1:]
        self.try_and_release(pilot, "install", oldest)
        self.follow(package, workstation, oldest, "install")
        for release in rest:
            self.try_and_release(pilot, "apply", release)
            self.follow(package, workstation, release, "apply")
        if len(rest) > 1:  # and back, and over all of them in one go
            for release in (oldest, rest[-1]):
                self.try_and_release(pilot, "apply", release)
                self.follow(package, workstation, release, "apply")

    def set_up(self, package, name, site):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        self.run(self.xppkg, "-C", folder, "init", "--source", f"file:{self.repository}", "--root",
                 self.repository / "root.json", "--package", package, "--workstation", name,
                 "--database", f"sqlite:{site}", "--keep", "0")  # All goes by payloads.
        return folder

    def try_and_release(self, folder, verb, release):
        version = release[0]
        choice = [version] if verb == "install" else ["--to", version]
        on_folder = [self.xppkg, "-C", folder, "--json"]
        tried = json.loads(self.run(*on_folder, verb, *choice))
        self.check(folder, release)
        released = json.loads(self.run(*on_folder, "release"))
        self.from_vendor += tried["downloaded"] + released["downloaded"]

    def follow(self, package, folder, release, verb):
        began = time.monotonic()
        result = json.loads(self.run(self.xppkg, "-C", folder, "--json", verb))
        seconds = time.monotonic() - began
        self.check(folder, release)
        chain = " + ".join("full" if step["kind"] == "full" else f"{step['from']}→{step['to']}"
                           for step in result["steps"]) or result["reason"]
        self.rows.append([f"{package} {release[0]}", chain, f"{result['downloaded']:,}",
                          f"{result['full_bytes']:,}", f"{seconds:.2f} s", "yes"])

    def check(self, folder, release):
        version, tree = release
        self.run(self.xppkg, "-C", folder, "verify", "--full")
        differences = compare(tree, folder)
        if differences:
            sys.exit(f"quickstart: {version} differs in {folder}: {differences[:5]}")


def show_table(walks):
    rows = [row for walk in walks for row in walk.rows]
    head = ["release", "chain", "downloaded", "full package", "time", "verified"]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [cell.rjust(width) if i in (2, 3, 4) else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())
    fetched = sum(walk.from_vendor for walk in walks)
    print("\ndownloaded: by a workstation that follows, from the site's database. The pilot fetched\n"
          f"{fetched:,} bytes from the vendor: what it tried, and what it put into the database for "
          "all.\nverified: `xppkg verify --full`, and names, bytes, modes and links of the folder "
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
        work = arguments.work / "from"
        shutil.rmtree(work, ignore_errors=True)
        packages = {"yours": [(f"{number}.0", folder)
                              for number, folder in enumerate(arguments.folders, 1)]}
    else:
        work = arguments.work
        packages = {folder.name: sorted(((tree.name, tree) for tree in folder.iterdir()),
                                        key=lambda release: version_key(release[0]))
                    for folder in sorted(arguments.releases.iterdir())
                    if not folder.name.startswith(".")}

    def walk(package):
        walked = Walk(arguments.build, work / package)
        walked.work.mkdir(parents=True, exist_ok=True)
        walked.publish(package, packages[package])
        walked.update(package, packages[package])
        return walked

    # Making deltas takes most of the time, each on one core.
    with concurrent.futures.ThreadPoolExecutor() as threads:
        show_table(list(threads.map(walk, packages)))


main()
