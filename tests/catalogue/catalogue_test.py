#!/usr/bin/env python3
"""Every text that people see has a German translation with the same places for values.

catalogue_test.py SOURCE_ROOT [--missing]: the second form prints what lacks a translation.
"""
import ast
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1])
LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def joined(literals):
    return "".join(ast.literal_eval(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', literals))


def texts_in_code():
    found = []
    for folder in ("src/cli", "tools/xppkg-delta", "tools/xppkg-release"):
        for path in sorted((ROOT / folder).rglob("*.cpp")):
            code = path.read_text(encoding="utf-8")
            for match in re.finditer(r"\btext\(\s*" + LITERALS, code):
                found.append(joined(match.group(1)))
            # text(condition ? "a" : "b")
            for match in re.finditer(r"\btext\([^\"()]*\?\s*" + LITERALS + r":\s*" + LITERALS, code):
                found += [joined(match.group(1)), joined(match.group(2))]
    table = (ROOT / "src/base/error.cpp").read_text(encoding="utf-8")
    row = r'CodeInfo\{\s*Code::\w+,\s*"[^"]*",\s*\d+,\s*(?:true|false),\s*' + LITERALS + r",\s*" + LITERALS
    for match in re.finditer(row, table):
        found += [joined(match.group(1)), joined(match.group(2))]
    return list(dict.fromkeys(found))


def translations():
    pairs, current, texts = {}, None, {}
    for line in (ROOT / "src/cli/po/de.po").read_text(encoding="utf-8").splitlines():
        match = re.match(r'(?:(msgid|msgstr) )?(".*")$', line.strip())
        if not match:
            continue
        if match.group(1) == "msgid":
            texts = {}
        current = match.group(1) or current
        texts[current] = texts.get(current, "") + ast.literal_eval(match.group(2))
        if current == "msgstr":
            pairs[texts["msgid"]] = texts["msgstr"]
    pairs.pop("", None)
    return pairs


class CatalogueTest(unittest.TestCase):
    def test_every_text_has_a_german_translation(self):
        known = translations()
        self.assertGreater(len(texts_in_code()), 100)
        self.assertEqual([text for text in texts_in_code() if not known.get(text)], [])

    def test_no_translation_is_left_without_its_text(self):
        used = set(texts_in_code())
        self.assertEqual([text for text in translations() if text not in used], [])

    def test_translations_have_the_same_places_for_values(self):
        for english, german in translations().items():
            self.assertEqual(english.count("{}"), german.count("{}"), english)


if __name__ == "__main__":
    if "--missing" in sys.argv:
        known = translations()
        for text in texts_in_code():
            if not known.get(text):
                print(text)
        sys.exit()
    unittest.main(argv=sys.argv[:1])
