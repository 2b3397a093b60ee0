#!/usr/bin/env python3
"""The arrows of src/README.md are those of the code: arrows_test.py SOURCE_ROOT BUILD_ROOT"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])


def table():
    rooms = {}
    for line in (SOURCE / "src/README.md").read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| `(\w+)` \|[^|]*\|([^|]*)\|$", line)
        if match:
            rooms[match.group(1)] = set(re.findall(r"\w+", match.group(2)))
    return rooms


def includes(path):
    return re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(encoding="utf-8"), re.M)


def compile_command(room):
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        source = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        if f"/src/{room}/" in source.as_posix() and source.is_relative_to(SOURCE.resolve()):
            words = shlex.split(entry["command"])
            kept = [word for word in words if word.startswith(("-I", "-std", "-f", "-D", "-W"))]
            compiler = next(word for word in words if not word.endswith("ccache"))
            return [compiler, *kept, "-x", "c++", "-fsyntax-only", "-"], entry["directory"]
    raise AssertionError(f"nothing of {room} is compiled")


class ArrowsTest(unittest.TestCase):
    def test_every_room_stands_in_the_table(self):
        folders = {path.name for path in (SOURCE / "src").iterdir() if path.is_dir()}
        self.assertEqual(folders, set(table()))

    def test_includes_follow_the_table(self):
        rooms = table()
        wrong = []
        for room, allowed in rooms.items():
            for path in (SOURCE / "src" / room).rglob("*.[ch]pp"):
                for name in includes(path):
                    first = name.split("/")[0]
                    other = first in rooms and first != room and first not in allowed
                    if other or ".." in name.split("/"):
                        wrong.append(f"{path.relative_to(SOURCE)}: {name}")
        self.assertEqual(wrong, [])

    def test_the_table_has_no_circle(self):
        rooms, done = table(), set()
        while len(done) < len(rooms):
            ready = {room for room, uses in rooms.items() if uses <= done} - done
            self.assertTrue(ready, f"a circle among {set(rooms) - done}")
            done |= ready

    def test_public_headers_use_no_room(self):
        for path in (SOURCE / "include").rglob("*.hpp"):
            for name in includes(path):
                self.assertTrue(name.startswith("xppkg/"), f"{path.name}: {name}")

    def test_the_build_refuses_a_wrong_include(self):
        wrong = {"base": "fs/file_system.hpp", "delta": "fs/file_system.hpp",
                 "trust": "source/source.hpp", "plan": "install/state.hpp",
                 "install": "publish/add.hpp", "client": "publish/add.hpp",
                 "cli": "install/state.hpp", "publish": "source/source.hpp"}
        for room, header in wrong.items():
            command, folder = compile_command(room)
            for name, succeeds in ((header, False), ("xppkg/error.hpp", True)):
                run = subprocess.run(command, input=f'#include "{name}"\n', cwd=folder, text=True,
                                     capture_output=True)
                self.assertEqual(run.returncode == 0, succeeds, f"{room}: {name}\n{run.stderr}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
