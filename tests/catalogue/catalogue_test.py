#!/usr/bin/env python3
"""Every text that people see has a German translation with the same places for values, in words that
an administrator uses, and stands in docs/messages.md.

catalogue_test.py SOURCE_ROOT [--missing]: the second form prints what lacks a translation.
"""
import collections
import os
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(ROOT / "tools"))
import messages  # noqa: E402

FACTS = "de-facts.po"
# Functions that throw with the reason that they are given.
THROWING = "fail|refuse|refused|refuse_key|refuse_row|refuse_tables|unsafe|unsuitable|corrupt|past_end"
FACT = messages.LITERALS + r"\s*,"
# German that was translated word by word, and the second word for what has one.
RETIRED = ("volles Paket", "vollen Pakets", "Voll:", "bewiesen", "Beweis", "geheilt", "heilen",
           "verstummt", "Wurzel", "unterschreib", "unterschrieb", "Kennwort", "Verwalter",
           "Release", "blieb.", "blieb erhalten", "wurde behalten")
SUFFIXES = ("*.cpp", "*.hpp")


def sources():
    for folder in ("src", "tools/xppkg-delta", "tools/xppkg-release"):
        for suffix in SUFFIXES:
            for path in sorted((ROOT / folder).rglob(suffix)):
                yield re.sub(r"(?m)^\s*//.*$", "", path.read_text(encoding="utf-8"))


def thrown():
    return [statement for code in sources()
            for statement in re.findall(r"\bError\(\s*\w+(?:::\w+)?\s*,[^;]*;", code)]


def names_of_facts():
    found = {name for statement in thrown()
             for name in re.findall(r'\{\s*"([^"]+)"\s*,', statement)}
    for code in sources():
        found |= set(re.findall(r'\bwith\(\s*"([^"]+)"\s*,', code))
    # Names of options and of others' libraries are the same in each language.
    return found - {"--days", "bzip2", "zstd", "spec_version", "counter", "to"}


def reasons():
    found = set()
    for statement in thrown():
        for match in re.finditer(r'\{\s*"(?:reason|cause)"\s*,\s*' + messages.LITERALS + r"\}",
                                 statement):
            found.add(messages.joined(match[1]))
    for code in sources():
        for match in re.finditer(r"\b(?:" + THROWING + r")\((?:[\w.]+,\s*)?" + messages.LITERALS
                                 + r"\)", code):
            found.add(messages.joined(match[1]))
    # The name of a column stands before these.
    return {text for text in found if not re.match(r"is |[a-z_]+$", text)}


def places(text):
    return collections.Counter(re.findall(r"\{[^}]*\}", text))


def is_known(text, known):
    return any(re.fullmatch(re.escape(pattern).replace(r"\{\}", ".*"), text) for pattern in known)


class CatalogueTest(unittest.TestCase):
    def test_every_text_has_a_german_translation(self):
        known = messages.translations(ROOT)
        found = messages.texts(ROOT)
        self.assertGreater(len(found), 400)
        self.assertEqual([text for text in found if not known.get(text)], [])

    def test_no_translation_is_left_without_its_text(self):
        used = set(messages.texts(ROOT))
        self.assertEqual([text for text in messages.translations(ROOT) if text not in used], [])

    def test_translations_have_the_same_places_for_values(self):
        for name in ("de.po", FACTS):
            for english, german in messages.translations(ROOT, name).items():
                self.assertEqual(places(english), places(german), english)

    def test_names_of_facts_have_a_german_translation(self):
        known = messages.translations(ROOT, FACTS)
        found = names_of_facts()
        self.assertGreater(len(found), 80)
        self.assertEqual(sorted(found - set(known)), [])

    def test_reasons_have_a_german_translation(self):
        known = messages.translations(ROOT, FACTS)
        found = reasons()
        self.assertGreater(len(found), 150)
        self.assertEqual(sorted(text for text in found if not is_known(text, known)), [])

    def test_no_german_reason_is_left_without_its_text(self):
        # A text in several literals is one.
        code = "".join(sources()).replace('\\"', "\0")
        code = re.sub(r'"\s*"', "", code).replace("\0", '"')
        systems = {os.strerror(number) for number in range(140)}
        left = [text for text in messages.translations(ROOT, FACTS)
                if text not in systems and max(text.split("{}"), key=len).strip() not in code]
        self.assertEqual(left, [])

    def test_german_texts_have_one_word_for_one_thing(self):
        for name in ("de.po", FACTS):
            for english, german in messages.translations(ROOT, name).items():
                for word in RETIRED:
                    self.assertNotIn(word, german, english)

    def test_folders_in_next_steps_stand_where_programs_put_the_real_ones(self):
        for texts in (messages.translations(ROOT), messages.translations(ROOT).values()):
            for text in texts:
                self.assertNotRegex(text, r"(?<!-C )(?<!trust )\bDIR\b|(?<!verify )\bREPO\b(?!\.keys)")

    def test_the_page_of_all_messages_is_that_of_the_code(self):
        self.assertEqual((ROOT / messages.PAGE).read_text(encoding="utf-8"), messages.page(ROOT),
                         "run python3 tools/messages.py")

    def test_every_error_is_on_the_page(self):
        table = (ROOT / messages.PAGE).read_text(encoding="utf-8")
        self.assertGreater(len(messages.errors(ROOT)), 80)
        for name, status, _, _ in messages.errors(ROOT):
            self.assertIn(f"| {name.replace('_', chr(92) + '_')} | {status} |", table)


if __name__ == "__main__":
    if "--missing" in sys.argv:
        german = messages.translations(ROOT)
        for missing in messages.texts(ROOT):
            if not german.get(missing):
                print(missing)
        sys.exit()
    unittest.main(argv=sys.argv[:1])
