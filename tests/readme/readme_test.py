#!/usr/bin/env python3
"""The walks of the README give the output that stands there.

readme_test.py README BUILD [--update]: runs every "$ command" of the ```console blocks in order, in
one shell and a fresh folder, and compares; with --update the README gets what came out.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

README = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2]).resolve()
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.M | re.S)
END = "--- end of output ---"


def steady(text, folder):
    """Without what differs from run to run: the folder, times, and the names of machines."""
    text = text.replace(folder, "/srv/walk")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-22T10:00:00Z", text)
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


class Shell:
    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            ["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=folder, text=True,
            env={"PATH": f"{BUILD}/src/cli:{BUILD}/tools/xppkg-release:/usr/bin:/bin",
                 "LANG": "C.UTF-8", "HOME": folder, "USER": "you"})

    def run(self, command):
        self.process.stdin.write(f"{command}\necho '{END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.strip() == END:
                return steady("".join(lines), self.folder)
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


def replay(text):
    with tempfile.TemporaryDirectory() as folder:
        shell = Shell(folder)

        def rerun(match):
            out = ""
            for shown, _ in commands(match.group(0)):
                out += shown + shell.run(re.sub(r"^[$>] ", "", shown, flags=re.M).rstrip("\n"))
            return out

        result = BLOCK.sub(rerun, text)
        shell.process.stdin.close()
        shell.process.wait()
        return result


class ReadmeTest(unittest.TestCase):
    maxDiff = None

    def test_the_walks_give_the_output_that_stands_there(self):
        text = README.read_text(encoding="utf-8")
        self.assertGreaterEqual(sum(len(commands(b)) for b in BLOCK.findall(text)), 10)
        self.assertEqual(replay(text), text)


if __name__ == "__main__":
    if "--update" in sys.argv:
        README.write_text(replay(README.read_text(encoding="utf-8")), encoding="utf-8")
        sys.exit()
    unittest.main(argv=sys.argv[:1])
