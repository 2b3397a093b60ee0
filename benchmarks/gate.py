#!/usr/bin/env python3
"""Measures the gate that every program passes at its start beside `SELECT 1` by the database's own
client, in turn (A B A B …): the first call in an application that runs already, and the whole process
`xppkg gate`. Fails where a ratio is over its bound in each of some rounds.

gate.py BUILD SUPPORT: SUPPORT is tests/support
"""
import os
import pathlib
import subprocess
import sys
import tempfile

from measure import measure, median, quiet
from place import BUILD, XPPKG, Vendor, client, database, workstation

GATE_CALL = BUILD / "benchmarks/gate-call"
RUNS = 31
# Other work of the machine can only add time, and more to programs that take longer than a
# scheduler's slice: a bound counts as broken if it is broken in each round.
ROUNDS = 3
SELECT = "SELECT 1"
# Bounds on any machine: ours / the client's whole `SELECT 1`.
MOST = 2.0


def call(folder):
    """(seconds, nothing) of the call alone, without the start of the process."""
    done = subprocess.run([GATE_CALL, folder], check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout), 0


def measure_backend(backend, work):
    """The last round's medians by name."""
    tree = work / "tree"
    tree.mkdir()
    (tree / "file").write_text("contents\n", encoding="ascii")
    vendor = Vendor(work)
    vendor.publish("1", tree)
    with database(backend, work) as (address, server):
        folder = workstation(work, "A", vendor, address, "1")
        quiet(XPPKG, "-C", folder, "release")
        words, env = client(backend, address, server)
        runs = {
            "xppkg::Site::gate, one call": lambda: call(folder),
            "xppkg gate": lambda: measure(XPPKG, "-C", folder, "gate")[:2],
            "xppkg --version": lambda: measure(XPPKG, "--version")[:2],
            f"{os.path.basename(words[0])} `{SELECT}`":
                lambda: measure(*words, SELECT, env=env)[:2],
        }
        for _ in range(ROUNDS):
            found = measure_round(runs)
            if not over_bound(found):
                break
        return found


def measure_round(runs):
    rows = {name: [] for name in runs}
    for _ in range(RUNS):
        for name, run in runs.items():
            rows[name].append(run())
    return {name: median(values) for name, values in rows.items()}


def over_bound(rows):
    call_alone, process, _, select = [wall for wall, _ in rows.values()]
    return [f"{what}: {ours / select:.2f} times, at most {MOST}"
            for what, ours in (("the call", call_alone), ("the process", process))
            if ours > MOST * select]


def main():
    print(f"\nmedians of {RUNS} runs\n\n| database | program | wall ms | cpu ms | of `SELECT 1` |\n"
          "| --- | --- | ---: | ---: | ---: |")
    over = []
    for backend in ("sqlite", "postgresql", "mariadb"):
        with tempfile.TemporaryDirectory(dir=BUILD) as work:
            rows = measure_backend(backend, pathlib.Path(work))
        select = list(rows.values())[-1][0]
        for name, (wall, cpu) in rows.items():
            shown = f"{cpu * 1000:.1f}" if cpu else ""
            print(f"| {backend} | {name} | {wall * 1000:.1f} | {shown} | {wall / select:.2f} |")
        over += [f"{backend}, {line}" for line in over_bound(rows)]
    for line in over:
        print(f"over its bound: {line}")
    sys.exit(1 if over else 0)


main()
