#!/usr/bin/env python3
"""Sentences of comments and pages have their subject first: plain_english_test.py SOURCE_ROOT"""
import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
FOLDERS = ("src", "include", "tools", "tests", "benchmarks", "manifests", "docs")
KINDS = {".cpp", ".hpp", ".h", ".py", ".sh", ".build", ".md", ".map", ".in"}
GERMAN = "docs/de/"
CLAUSE = r"(?:What|Who|Whoever|Whose) [a-z]"
AFTER_A_SENTENCE = r"[.;:] "
START_IN_A_PAGE = r"^(?:[*>-] |\d+\. |\*\*)?"
START_IN_A_COMMENT = r'(?:^|\s)(?://[/!]?<?|#|<!--|""") ?'


def files():
    for name in ("meson.build", "README.md", "CONTRIBUTING.md"):
        yield SOURCE / name
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).rglob("*")):
            name = path.relative_to(SOURCE).as_posix()
            if path.suffix in KINDS and not name.startswith(GERMAN):
                yield path


def clauses(text, is_page):
    """The lines where a sentence begins with a clause. Questions and headings may do so."""
    start = START_IN_A_PAGE if is_page else START_IN_A_COMMENT
    if is_page:
        text = re.sub(r"^#.*", "", text, flags=re.M)
    found = []
    pattern = re.compile(f"(?:{AFTER_A_SENTENCE}|{start})({CLAUSE})", re.M)
    for match in pattern.finditer(text):
        sentence = re.match(r"[^.?;]*.?", text[match.start(1):], re.S).group()
        if not sentence.endswith("?"):
            found.append(text.count("\n", 0, match.start(1)) + 1)
    return found


class PlainEnglishTest(unittest.TestCase):
    def test_a_clause_is_found_where_a_sentence_begins(self):
        self.assertEqual(clauses("/// What" " it makes.\n", False), [1])
        self.assertEqual(clauses("  int a;  ///< Who" " may read.\n", False), [1])
        self.assertEqual(clauses("It is.\nSo it is. Whoever" " reads, waits.\n", True), [2])
        self.assertEqual(clauses("* Who" " decides\n  is asked.", True), [1])

    def test_questions_and_clauses_within_sentences_are_left_alone(self):
        self.assertEqual(clauses("// What" " is it?\n", False), [])
        self.assertEqual(clauses("# Who" " may read\n# it at all?\n", False), [])
        self.assertEqual(clauses("It says what it is.\n## 2. What" " it is\n", True), [])

    def test_sentences_of_comments_and_pages_have_their_subject_first(self):
        wrong = []
        for path in files():
            text = path.read_text(encoding="utf-8")
            for line in clauses(text, path.suffix == ".md"):
                wrong.append(f"{path.relative_to(SOURCE)}:{line}")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
