#!/usr/bin/env python3
"""The walks of a page give the output that stands there.

readme_test.py PAGE BUILD [--update]: runs every "$ command" of the ```console blocks in order, in
one shell and a fresh folder, and compares; with --update the page gets what came out. A page that
says <!-- walk after: OTHER.md --> goes on where the walk of the other page ends: that one is run
before it, and not compared.
"""
import datetime
import os
import pathlib
import pwd
import re
import subprocess
import sys
import tempfile
import unittest

PAGE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2]).resolve()
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
AFTER = re.compile(r"^<!-- walk after: (\S+) -->$", re.M)
END = "--- end of output ---"

UTC = datetime.timezone.utc
NOW = datetime.datetime.now(UTC)
SHOWN_NOW = datetime.datetime(2026, 11, 22, 10, tzinfo=UTC)


def steady_time(match):
    """The same distance in days from the moment at which the walk is shown."""
    time = datetime.datetime.strptime(match.group(0), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    days = round((time - NOW) / datetime.timedelta(days=1))
    return (SHOWN_NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


class KeyIds:
    """Ids of keys and sites are random: the first that is shown becomes 0101…, the next 0202…"""

    PATTERN = re.compile(r"\b[0-9a-f]{8}(?:[0-9a-f]{24}|[0-9a-f]{56})?\b")

    def __init__(self):
        self.shown = {}

    def hide(self, text):
        def fake(match):
            real = match.group(0)
            number = self.shown.setdefault(real[:8], f"{len(self.shown) + 1:02x}")
            return number * (len(real) // 2)
        return self.PATTERN.sub(fake, text)

    def bring_back(self, command):
        for real, number in self.shown.items():
            command = command.replace(number * 4, real)
        return command


def steady(text, folder):
    """Without what differs from run to run: the folder, times, and the names of machines."""
    text = text.replace(folder, "/srv/walk")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", steady_time, text)
    # The releaser goes by the system's name for him.
    text = re.sub(rf"\b{re.escape(pwd.getpwuid(os.getuid()).pw_name)}(?= \(pc)", "you", text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


class Shell:
    def __init__(self, folder):
        self.folder = folder
        self.ids = KeyIds()
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=folder, text=True,
            env={"PATH": f"{BUILD}/src/cli:{BUILD}/tools/xppkg-release:{BUILD}/tools/xppkg-delta:/usr/bin:/bin",
                 "LANG": "C.UTF-8", "HOME": folder, "USER": "you"})

    def run(self, command):
        self.process.stdin.write(f"{self.ids.bring_back(command)}\necho '{END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == END:
                return self.ids.hide(steady("".join(lines), self.folder))
            lines.append(line)
        raise AssertionError(f"the shell ended at: {command}")


def commands(block):
    """The commands of a block, continued lines joined, each with the output that stands there."""
    pairs = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            pairs.append([line, ""])
        elif line.startswith("> ") and not pairs[-1][1]:
            pairs[-1][0] += line
        else:
            pairs[-1][1] += line
    return pairs


def read(page):
    return page.read_text(encoding="utf-8")


def pages_before(page):
    """Those whose walks this one goes on with, the first one first."""
    found = AFTER.search(read(page))
    if not found:
        return []
    before = page.parent / found.group(1)
    return [*pages_before(before), before]


def replay(page):
    """The text of the page with what its commands print now."""
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(folder)

        def rerun(match):
            out = ""
            for shown, _ in commands(match.group(0)):
                out += shown + shell.run(re.sub(r"^[$>] ", "", shown, flags=re.M).rstrip("\n"))
            return out

        for before in pages_before(page):
            BLOCK.sub(rerun, read(before))
        result = BLOCK.sub(rerun, read(page))
        shell.process.stdin.close()
        shell.process.wait()
        shell.process.stdout.close()
        return result


class WalksTest(unittest.TestCase):
    maxDiff = None

    def test_the_walks_give_the_output_that_stands_there(self):
        text = read(PAGE)
        self.assertGreater(sum(len(commands(b)) for b in BLOCK.findall(text)), 0)
        self.assertEqual(replay(PAGE), text)


if __name__ == "__main__":
    if "--update" in sys.argv:
        PAGE.write_text(replay(PAGE), encoding="utf-8")
        sys.exit()
    unittest.main(argv=sys.argv[:1])
