#!/usr/bin/env python3
"""tools/figures.py writes what benchmarks print, and copies it: figures_test.py SOURCE_ROOT"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv[1])
FIGURES = """# Figures

| section | date | commit | machine |
| --- | --- | --- | --- |
| fast | 2000-01-01 | `old` | old |
| broken | 2000-01-01 | `old` | old |
| slow | 2000-01-01 | `old` | old |

<!-- figures fast -->
old figures of fast
<!-- end -->
<!-- figures broken -->
old figures of broken
<!-- end -->
<!-- figures slow: echo plain text -->
old figures of slow
<!-- end -->
"""
PATCHES = """
<!-- figures patches: false -->
| pair | kind | program | patch, bytes |
| --- | --- | --- | ---: |
| a 1 → 2, the folder | folder | xppkg-delta | 10 |
| a 1 → 2, the folder | folder | bsdiff (file by file) | 30 |
<!-- end -->
"""
README = """# It
<!-- copy fast -->
<!-- end -->
<!-- copy patches: a 1 → 2, the folder -->
<!-- end -->
"""
MESON = """#!/bin/sh
echo '[{"name": "fast", "cmd": ["sh", "-c", "echo; echo \\\\"| a | b |\\\\"; echo \\\\"| 1 | 2 |\\\\""]},
       {"name": "broken", "cmd": ["sh", "-c", "echo wrong; exit 1"]}]'
"""


class FiguresTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "docs").mkdir()
        self.page = self.root / "docs/figures.md"
        self.readme = self.root / "README.md"
        self.page.write_text(FIGURES + PATCHES, encoding="utf-8")
        self.readme.write_text(README, encoding="utf-8")
        meson = self.root / "bin/meson"
        meson.parent.mkdir()
        meson.write_text(MESON, encoding="utf-8")
        meson.chmod(0o755)
        for words in (["init", "-q"], ["add", "docs"],
                      ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "t"]):
            subprocess.run(["git", "-C", self.root, *words], check=True)

    def figures(self, *words):
        return subprocess.run(
            [sys.executable, SOURCE / "tools/figures.py", *words], capture_output=True, text=True,
            env={**os.environ, "XPPKG_FIGURES_ROOT": str(self.root),
                 "PATH": f"{self.root}/bin:{os.environ['PATH']}"}, check=False)

    def section(self, name):
        text = self.page.read_text(encoding="utf-8")
        return re.search(rf"<!-- figures {name}.*?-->\n(.*?)<!-- end -->", text, re.S).group(1)

    def test_a_benchmark_replaces_its_section_and_its_row_and_no_others(self):
        done = self.figures("build", "fast")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.section("fast"), "\n| a | b |\n| 1 | 2 |\n\n")
        self.assertEqual(self.section("slow"), "old figures of slow\n")
        text = self.page.read_text(encoding="utf-8")
        self.assertRegex(text, r"\| fast \| 20[^|]+ \| `[0-9a-f]{10}` \| .*\d+ cores, \d+ GiB(, busy with other work)? \|")
        self.assertIn("| slow | 2000-01-01 | `old` | old |", text)

    def test_a_benchmark_that_fails_leaves_its_figures_and_the_command_fails(self):
        done = self.figures("build")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.section("broken"), "old figures of broken\n")
        self.assertIn("| broken | 2000-01-01 |", self.page.read_text(encoding="utf-8"))
        self.assertIn("| 1 | 2 |", self.section("fast"))

    def test_what_takes_long_is_measured_only_when_it_is_named(self):
        self.figures("build")
        self.assertEqual(self.section("slow"), "old figures of slow\n")
        self.figures("build", "slow")
        self.assertEqual(self.section("slow"), "\n```text\nplain text\n```\n\n")

    def test_copies_follow_the_page_and_one_that_does_not_is_found(self):
        self.assertEqual(self.figures("--check").returncode, 1)
        self.figures("--copy")
        self.assertEqual(self.figures("--check").returncode, 0)
        text = self.readme.read_text(encoding="utf-8")
        self.assertIn("<!-- copy fast -->\nold figures of fast\n<!-- end -->", text)
        self.assertIn("| a 1 → 2, the folder | 10 | 30 |\n", text)
        self.readme.write_text(text.replace("| 30 |", "| 31 |"), encoding="utf-8")
        self.assertEqual(self.figures("--check").returncode, 1)

    def test_a_section_that_is_not_there_is_an_error(self):
        done = self.figures("build", "nothing")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no section nothing", done.stderr)

    def test_the_pages_of_this_project_have_the_figures_of_the_figures_page(self):
        done = subprocess.run([sys.executable, SOURCE / "tools/figures.py", "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_benchmark_has_a_section_and_every_section_a_row(self):
        page = (SOURCE / "docs/figures.md").read_text(encoding="utf-8")
        sections = set(re.findall(r"^<!-- figures ([\w-]+)", page, re.M))
        named = set()
        for file in (SOURCE / "benchmarks").rglob("meson.build"):
            text = file.read_text(encoding="utf-8")
            named |= set(re.findall(r"^\s*benchmark\('([\w-]+)'", text, re.M))
            for loop in re.findall(r"foreach name, \w+ : \{(.*?)\}", text):
                named |= set(re.findall(r"'(\w+)'", loop))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - sections, set())
        self.assertEqual(set(re.findall(r"^\| ([\w-]+) \| (?:20|not yet)", page, re.M)), sections)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
