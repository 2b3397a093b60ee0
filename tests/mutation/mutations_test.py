#!/usr/bin/env python3
"""The list of mutations fits the sources: each text stands in its file once, and is changed.

mutations_test.py SOURCE
"""
import collections
import pathlib
import sys
import unittest

from mutations import MUTATIONS, SUITES

SOURCE = pathlib.Path(sys.argv[1])


class Mutations(unittest.TestCase):
    def test_each_text_stands_in_its_file_exactly_once(self):
        for mutation in MUTATIONS:
            with self.subTest(file=mutation.file, check=mutation.check):
                text = (SOURCE / mutation.file).read_text(encoding="utf-8")
                self.assertEqual(text.count(mutation.text), 1, mutation.text)

    def test_each_mutation_changes_something_of_its_own(self):
        counts = collections.Counter((m.file, m.text, m.replacement) for m in MUTATIONS)
        self.assertEqual([row for row, count in counts.items() if count > 1], [])
        self.assertEqual([m for m in MUTATIONS if m.text == m.replacement], [])

    def test_each_file_has_suites_that_judge_it(self):
        for mutation in MUTATIONS:
            self.assertTrue(mutation.file.startswith(tuple(SUITES)), mutation.file)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
