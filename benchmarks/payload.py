#!/usr/bin/env python3
"""Measures how a payload of 100 MiB goes into a site's PostgreSQL and out of it, beside psql's
`\\lo_import` and `\\lo_export` of the same bytes, in turn (A B A B …). Fails where a ratio, or the
memory, is over its bound.

payload.py BUILD SUPPORT: SUPPORT is tests/support
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from measure import measure, median, quiet
from place import BUILD, DURABLE, XPPKG, Vendor, client, database, workstation

RUNS = 5
MIB = 1024 * 1024
SIZE = 100  # MiB that do not compress
MOST_TIME = 2.0     # ours / theirs
MOST_MEMORY = 64.0  # MB
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


def fresh(source, target):
    """A copy that is on the disk before anything is measured."""
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run(["cp", "-a", source, target], check=True)
    os.sync()
    return target


def seconds_to_download(*command):
    """(seconds until the last byte was fetched and checked, seconds in all) of one process."""
    began = time.monotonic()
    fetched = None
    with subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as process:
        for line in process.stderr:
            # Beside progress there are sentences for people.
            if line.startswith("{") and json.loads(line).get("stage") == "download":
                fetched = time.monotonic() - began
    if process.returncode or fetched is None:
        sys.exit(f"benchmark: {command} ended with {process.returncode}")
    return fetched, time.monotonic() - began


class Place:
    """One vendor with two releases, and two workstations: the second one follows the first."""

    def __init__(self, work, address, server):
        self.work, self.server = work, server
        self.words, self.env = client("postgresql", address, server)
        self.vendor = Vendor(work)
        for version, size in (("1", 1), ("2", SIZE)):
            tree = work / version
            tree.mkdir()
            noise = random.Random(size)
            # Piece by piece: what this process once held counts for the ones that it starts.
            with open(tree / "file", "wb") as file:
                for _ in range(size):
                    file.write(noise.randbytes(MIB))
            self.vendor.publish(version, tree, "--level", "3")
        self.pilot, self.other = (workstation(work, name, self.vendor, address, "1")
                                  for name in ("pilot", "other"))
        # The files that a release puts into the database were fetched when the pilot got it.
        quiet(XPPKG, "-C", self.pilot, "apply", "--newest")
        self.package = max((work / "repository/targets").rglob("*"), key=lambda p: p.stat().st_size)

    def empty_database(self):
        self.server.sql(EMPTY)
        self.server.sql("SELECT lo_unlink(oid) FROM pg_largeobject_metadata;")
        self.server.sql("VACUUM FULL pg_largeobject;")
        quiet(XPPKG, "-C", self.pilot, "site", "init")

    def release(self):
        folder = fresh(self.pilot, self.work / "run")
        self.server.sql("CHECKPOINT")
        return measure(XPPKG, "-C", folder, "release")

    def lo_import(self):
        self.server.sql("CHECKPOINT")
        return measure(*self.words, f"\\lo_import '{self.package}'", env=self.env)

    def fetch(self):
        """From the database alone."""
        folder = fresh(self.other, self.work / "run")
        away = self.work / "away"
        self.vendor.repository.rename(away)
        try:
            downloaded, _ = seconds_to_download(XPPKG, "-C", folder, "--progress", "json", "apply")
            whole = measure(XPPKG, "-C", fresh(self.other, self.work / "run"), "apply")
        finally:
            away.rename(self.vendor.repository)
        return (downloaded, *whole)

    def lo_export(self):
        oid = self.server.sql("SELECT max(oid) FROM pg_largeobject_metadata;").strip()
        os.sync()
        return measure(*self.words, f"\\lo_export {oid} '{self.work / 'out'}'", env=self.env)


def row(what, wall, *rest):
    figures = [f"{value:.{digits}f}" for value, digits in zip(rest, (2, 0))] or ["", ""]
    print(f"| {what} | {wall:.2f} | {figures[0]} | {figures[1]} |")


def main():
    rows = {"release": [], "lo_import": [], "fetch": [], "lo_export": []}
    with tempfile.TemporaryDirectory(dir=BUILD) as work:
        work = pathlib.Path(work)
        with database("postgresql", work, settings=DURABLE) as (address, server):
            place = Place(work, address, server)
            for _ in range(RUNS):
                place.empty_database()
                for name, runs in rows.items():
                    runs.append(getattr(place, name)())
    figures = {name: median(runs) for name, runs in rows.items()}
    downloaded, *applied = figures["fetch"]
    print(f"\n{SIZE} MiB, PostgreSQL with fsync; medians of {RUNS} runs\n\n"
          "| work | wall s | cpu s | peak MB |\n| --- | ---: | ---: | ---: |")
    row("`xppkg release`, what was fetched goes into the database", *figures["release"])
    row("psql `\\lo_import`", *figures["lo_import"])
    row("`xppkg apply`, until all is fetched and checked", downloaded)
    row("the whole `xppkg apply`: also unpacked, verified, installed", *applied)
    row("psql `\\lo_export`", *figures["lo_export"])
    over = []

    def bound(what, ours, most):
        if ours > most:
            over.append(f"{what}: {ours:.2f}, at most {most}")

    bound("time of a release / \\lo_import", figures["release"][0] / figures["lo_import"][0],
          MOST_TIME)
    bound("time of a fetch / \\lo_export", downloaded / figures["lo_export"][0], MOST_TIME)
    bound("memory of a release, MB", figures["release"][2], MOST_MEMORY)
    bound("memory of an update, MB", applied[2], MOST_MEMORY)
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
