#!/usr/bin/env python3
"""Writes a lane's row into docs/tested.md: note_lane.py FILE LANE passed|failed SECONDS LOG

The other lanes' rows stay. Called by test-all.sh.
"""
import datetime
import pathlib
import re
import subprocess
import sys

HEAD = """# What was tested beyond CI, and when

Written by `sh tools/test-all.sh [LANE …]`: the newest run of each lane. `+` behind a commit: with
changes that were not committed.

| lane | date | commit | result | minutes | what it said last |
| --- | --- | --- | --- | ---: | --- |
"""


def git(*words):
    return subprocess.run(["git", *words], check=True, text=True, capture_output=True).stdout.strip()


def commit(file):
    """`+`: with changes that were not committed; those that lanes themselves write do not count."""
    written = [f":!{page}" for page in (file, "docs/figures.md", "README.md")]
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", *written)
    return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")


def last_line(log):
    lines = pathlib.Path(log).read_text(encoding="utf-8", errors="replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    return re.sub(r"[|`]|\x1b\[[0-9;]*m", " ", said[-1])[:100] if said else ""


def main():
    file, lane, result, seconds, log = sys.argv[1:]
    page = pathlib.Path(file)
    rows = {}
    if page.exists():
        for line in page.read_text(encoding="utf-8").splitlines():
            match = re.match(r"\| ([a-z0-9-]+) \| \d", line)
            if match:
                rows[match.group(1)] = line
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    rows[lane] = (f"| {lane} | {today} | {commit(file)} | {result} | {int(seconds) / 60:.1f} "
                  f"| {last_line(log)} |")
    page.parent.mkdir(exist_ok=True)
    page.write_text(HEAD + "".join(f"{rows[name]}\n" for name in sorted(rows)), encoding="utf-8")


main()
