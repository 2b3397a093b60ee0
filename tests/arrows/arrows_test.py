#!/usr/bin/env python3
"""The arrows of src/README.md, and of src/delta/README.md, are those of the code:
arrows_test.py SOURCE_ROOT BUILD_ROOT"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
BUILD = pathlib.Path(sys.argv[2])
DELTA = SOURCE / "src/delta"


def table(folder=SOURCE / "src"):
    rooms = {}
    for line in (folder / "README.md").read_text(encoding="utf-8").splitlines():
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


def compiled(room, text):
    """Whether the text compiles as a file of the room, and what the compiler says."""
    command, folder = compile_command(room)
    run = subprocess.run(command, input=text, cwd=folder, text=True, capture_output=True)
    return run.returncode == 0, run.stderr


def circle(uses):
    """Names that use each other, or none."""
    done = set()
    while ready := {name for name, others in uses.items() if others <= done} - done:
        done |= ready
    return set(uses) - done


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
        self.assertEqual(circle(table()), set())

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
            for name, succeeds in ((header, False), ("xppkg/error.hpp", True)):
                result, told = compiled(room, f'#include "{name}"\n')
                self.assertEqual(result, succeeds, f"{room}: {name}\n{told}")


class DeltaArrowsTest(unittest.TestCase):
    """The same within the room delta, whose libraries stand in its own table."""

    def setUp(self):
        self.uses = table(DELTA)

    def visible(self, library):
        """It, what it may use, and what that uses: headers include those of the libraries below."""
        names = {library}
        while more := set().union(*(self.uses[name] for name in names)) - names:
            names |= more
        return names

    def headers(self, library):
        folder = DELTA / library / "include"
        return [path.relative_to(folder).as_posix() for path in folder.rglob("*.hpp")]

    def lookups(self, visible, libraries):
        """Text that compiles if the headers of these libraries are found, as far as visible."""
        lines = []
        for library in libraries:
            unexpected = "!" if library in visible else ""
            for header in self.headers(library):
                lines += [f'#if {unexpected}__has_include("{header}")',
                          f'#error "{header}"', "#endif\n"]
        return "\n".join(lines)

    def test_every_library_stands_in_the_table(self):
        folders = {path.name for path in DELTA.iterdir() if path.is_dir()}
        self.assertEqual(folders - {"include"}, set(self.uses))
        self.assertEqual(list(DELTA.glob("*.[ch]pp")), [], "sources beside the libraries")

    def test_no_library_is_named_as_a_room(self):
        self.assertEqual(set(self.uses) & set(table()), set())

    def test_the_table_has_no_circle(self):
        self.assertEqual(circle(self.uses), set())

    def test_includes_follow_the_table(self):
        wrong = []
        for library, allowed in self.uses.items():
            for path in (DELTA / library).rglob("*.[ch]pp"):
                for name in includes(path):
                    first = name.split("/")[0]
                    if first in self.uses:
                        right = first == library or first in allowed
                    elif first == "delta":
                        right = (DELTA / "include" / name).is_file()
                    else:
                        right = "/" in name or (DELTA / library / name).is_file()
                    if not right:
                        wrong.append(f"{path.relative_to(SOURCE)}: {name}")
        self.assertEqual(wrong, [])

    def test_headers_for_other_libraries_use_none_that_are_not(self):
        wrong = [f"{library}: {name}" for library in self.uses for header in self.headers(library)
                 for name in includes(DELTA / library / "include" / header) if "/" not in name]
        self.assertEqual(wrong, [])

    def test_public_headers_use_no_library(self):
        for path in (DELTA / "include").rglob("*.hpp"):
            for name in includes(path):
                self.assertNotIn(name.split("/")[0], self.uses, path.name)

    def test_the_build_shows_a_library_what_it_may_use_and_no_more(self):
        self.assertGreater(sum(len(self.headers(library)) for library in self.uses), 20)
        for library in self.uses:
            text = self.lookups(self.visible(library), self.uses)
            result, told = compiled(f"delta/{library}", text)
            self.assertTrue(result, f"{library}:\n{told}")

    def test_the_build_shows_other_rooms_the_public_headers_only(self):
        for room in ("patch", "install", "publish"):
            text = '#include "delta/decoder.hpp"\n' + self.lookups(set(), self.uses)
            result, told = compiled(room, text)
            self.assertTrue(result, f"{room}:\n{told}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
