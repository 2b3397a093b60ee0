#!/usr/bin/env python3
"""Names in pages exist: links, their anchors, files, and commands: documents_test.py SOURCE_ROOT"""
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
PAGES = sorted(path for path in [SOURCE / "README.md", SOURCE / "CONTRIBUTING.md",
                                 *(SOURCE / "docs").rglob("*.md"), *(SOURCE / "src").rglob("*.md"),
                                 *(SOURCE / "tests").rglob("*.md"),
                                 *(SOURCE / "manifests").glob("*.md")])
FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TOP = ("benchmarks", "docs", "include", "manifests", "src", "tests", "tools")
# Written by a command, and not before it ran.
GENERATED = {"docs/tested.md", "docs/messages.md"}
MOST_LINES_OF_README = 200


def read(page):
    return page.read_text(encoding="utf-8")


def prose(page):
    return FENCED.sub("", read(page))


def anchor(title):
    """As GitHub makes it of a heading."""
    title = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", title)
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def anchors(page):
    return {anchor(title) for title in re.findall(r"^#+ (.*)$", prose(page), re.M)}


def is_there(folder, name):
    """A file or folder, or several: src/*/posix, and NAME.hpp, which may stand for NAME.cpp beside
    it."""
    return bool(list(folder.glob(name.rstrip("/"))))


class DocumentsTest(unittest.TestCase):
    def each(self, names_of):
        wrong = []
        for page in PAGES:
            wrong += [f"{page.relative_to(SOURCE)}: {name}" for name in names_of(page)]
        self.assertEqual(wrong, [])

    def test_links_lead_to_files_and_headings_that_are_there(self):
        def broken(page):
            for link in LINK.findall(prose(page)):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, fragment = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                if not target.exists() or (fragment and fragment not in anchors(target)):
                    yield link
        self.each(broken)

    def test_files_that_are_named_from_the_top_are_there(self):
        def missing(page):
            for name in re.findall(r"`([\w./*-]+)`", prose(page)):
                if name.split("/")[0] in TOP and "/" in name and name not in GENERATED:
                    if not is_there(SOURCE, name) and not is_there(page.parent, name):
                        yield name
        self.each(missing)

    def test_files_that_the_maps_of_the_code_name_are_there(self):
        for page in ("src/README.md", "src/delta/README.md"):
            folder = (SOURCE / page).parent
            names = re.findall(r"`([\w./*-]+\.[ch]pp|[\w./*-]+/)`", read(SOURCE / page))
            self.assertGreater(len(names), 20, page)
            missing = [name for name in names
                       if not is_there(folder, name) and not is_there(folder / "client", name)
                       and not is_there(SOURCE, name)
                       and not any(is_there(room, name) for room in folder.glob("*/include"))]
            self.assertEqual(missing, [], page)

    def test_every_room_of_the_delta_folder_is_on_its_map(self):
        text = read(SOURCE / "src/delta/README.md")
        for folder in (SOURCE / "src/delta").iterdir():
            if folder.is_dir() and folder.name != "include":
                self.assertIn(f"`{folder.name}/", text)

    def test_every_page_with_commands_is_replayed(self):
        listed = set(re.findall(r": '([\w/.-]+\.md)'", read(SOURCE / "tests/readme/meson.build")))
        with_walks = {page.relative_to(SOURCE).as_posix() for page in PAGES
                      if "```console\n" in read(page)}
        self.assertEqual(with_walks, listed)

    def test_scripts_that_pages_run_are_there(self):
        def missing(page):
            for name in re.findall(r"(?:\bsh|python3) ((?:tools|benchmarks|tests)/[\w/.-]+\.(?:sh|py))",
                                   read(page)):
                if not (SOURCE / name).is_file():
                    yield name
        self.each(missing)

    def test_the_readme_is_short(self):
        self.assertLessEqual(len(read(SOURCE / "README.md").splitlines()), MOST_LINES_OF_README)

    def test_german_and_english_pages_have_the_same_commands(self):
        def commands(page):
            lines = re.findall(r"^\$ (xppkg .*)$", read(SOURCE / page), re.M)
            # Messages for people are in their language.
            return [re.sub(r'"[^"]*"', '""', line).split(";")[0] for line in lines]
        english, german = commands("docs/site.md"), commands("docs/de/site.md")
        self.assertGreater(len(english), 10)
        self.assertEqual(german, english)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
