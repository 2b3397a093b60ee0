#!/usr/bin/env python3
"""Reads every example with the product's own readers: the good ones are accepted, each bad one is
refused with the error that its EXPECTED.json says."""

import argparse
import json
import subprocess
import sys
import unittest

import independent_check as own

BAD = own.MANIFESTS / "examples" / "bad"
PROBE = None


def probe(kind, path):
    run = subprocess.run([PROBE, own.GOOD, kind, path], check=True, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return run.stdout.strip(), run.stderr


def good_examples():
    """(kind, file) of every good example that a reader takes on its own."""
    metadata = own.METADATA
    yield "timestamp", metadata / "timestamp.json"
    yield "root", own.REPOSITORY / "root.json"
    for role in ["root", "snapshot", "targets"]:
        yield from ((role, path) for path in metadata.glob(f"*.{role}.json"))
    yield from (("role", path) for path in metadata.glob("*.app.json"))
    yield from (("manifest", path)
                for path in own.REPOSITORY.glob("targets/*/*/*/*.manifest.json"))
    yield from (("key", path) for path in (own.GOOD / "keys").iterdir())
    for kind, name in [("config", "config.json"), ("installed", "installed.json"),
                       ("history", "history.jsonl"), ("journal", "journal")]:
        yield kind, own.GOOD / "installation" / name
    yield "policy", own.GOOD / "vendor" / "policy.json"
    yield "root-draft", own.GOOD / "vendor" / "root.draft"


class Examples(unittest.TestCase):
    def test_good_examples_are_accepted(self):
        for kind, path in good_examples():
            with self.subTest(path=path.name):
                self.assertEqual(probe(kind, path), ("ok", ""))

    def test_the_whole_repository_is_accepted(self):
        self.assertEqual(probe("repository", own.METADATA / "timestamp.json"), ("ok", ""))

    def test_bad_examples_are_refused_for_their_reason(self):
        for name, expected in json.loads((BAD / "EXPECTED.json").read_text()).items():
            with self.subTest(name=name):
                answer, text = probe(expected["kind"], BAD / name)
                self.assertEqual(answer, expected["error"], text)

    def test_every_bad_example_has_an_expectation(self):
        expected = set(json.loads((BAD / "EXPECTED.json").read_text()))
        self.assertEqual(expected, {path.name for path in BAD.iterdir()} - {"EXPECTED.json"})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe", required=True)
    arguments, rest = parser.parse_known_args()
    PROBE = arguments.probe
    unittest.main(argv=[sys.argv[0], *rest])
