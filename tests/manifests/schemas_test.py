#!/usr/bin/env python3
"""Validates the good examples by the JSON Schemas, and the bad ones that a schema can refuse; checks
the links between the documents and the sections that the code cites."""

import json
import re
import unittest

import jsonschema

import examples_test
import independent_check as own

ROOT = own.source_root()
SCHEMAS = {path.name: own.load(path) for path in (own.MANIFESTS / "schema").glob("*.json")}
SCHEMA_OF = {"role": "targets"}  # a package's role has the form of the top-level targets
BAD = own.MANIFESTS / "examples" / "bad"
DOCUMENTS = sorted(own.MANIFESTS.glob("*.md"))


def validator(kind):
    schema = SCHEMAS[SCHEMA_OF.get(kind, kind) + ".schema.json"]
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=SCHEMAS)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def has_schema(kind):
    return kind not in ("history", "journal")


class Schemas(unittest.TestCase):
    def test_the_schemas_are_schemas(self):
        self.assertEqual(len(SCHEMAS), 11)
        for name, schema in SCHEMAS.items():
            self.assertEqual(schema["$id"], name)
            jsonschema.Draft202012Validator.check_schema(schema)

    def test_good_examples_are_valid(self):
        for kind, path in examples_test.good_examples():
            if has_schema(kind):
                with self.subTest(path=path.name):
                    validator(kind).validate(own.load(path))

    def test_bad_examples_are_invalid_where_a_schema_can_tell(self):
        for name, expected in own.load(BAD / "EXPECTED.json").items():
            if expected["schema"] is None:
                continue
            with self.subTest(name=name):
                valid = validator(expected["kind"]).is_valid(json.loads((BAD / name).read_text()))
                self.assertEqual(valid, not expected["schema"])


def sections(document):
    """The numbers of a document's headings, "5" and "5.3", and of the steps below one: "5.3"."""
    found = set()
    for heading, step in re.findall(r"^(?:##+ (\d+(?:\.\d+)*)\.? |(\d+)\. )", document.read_text(),
                                    re.M):
        if heading:
            under = heading
            found.add(heading)
        elif found:
            found.add(f"{under}.{step}")
    if document.name == "DELTA.md":  # its sixth section is a document of its own
        found |= sections(document.with_name("DELTA-PREDICTION.md"))
    return found


def sources():
    for folder in ["src", "include", "tools", "tests", "manifests"]:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".cpp", ".hpp", ".h", ".py", ".md", ".json"} and path.is_file():
                yield path


class Documents(unittest.TestCase):
    def test_cited_sections_exist(self):
        known = {path.name: sections(path) for path in DOCUMENTS}
        cited = 0
        for path in sources():
            text = path.read_text(errors="replace")
            for document, number in re.findall(r"([A-Z]+\.md)\W{1,6}§(\d+(?:\.\d+)*)", text):
                if document not in known:
                    continue
                cited += 1
                self.assertIn(number, known[document], f"{path.name} cites {document} §{number}")
        self.assertGreater(cited, 10)

    def test_sections_cited_within_a_document_exist(self):
        for path in DOCUMENTS:
            text = re.sub(r"(?:[A-Z]+\.md|DELTA(?:-[A-Z]+)?|TUF|specification|RFC \d+)\W{1,6}§[\d.]+"
                          r"(?: and §[\d.]+)*", "", path.read_text())
            for number in re.findall(r"§(\d+(?:\.\d+)*)", text):
                self.assertIn(number, sections(path), path.name)

    def test_files_that_the_documents_name_exist(self):
        for path in DOCUMENTS:
            text = path.read_text()
            for name in re.findall(r"`((?:manifests|tests|src|schema|examples)/[\w./-]+)`", text):
                there = (ROOT / name).exists() or (own.MANIFESTS / name).exists()
                self.assertTrue(there, f"{path.name} names {name}")
            for link in re.findall(r"\]\(([^)#:]+)\)", text):
                self.assertTrue((path.parent / link).exists(), f"{path.name} links {link}")

    def test_sections_are_numbered_in_order(self):
        for path in DOCUMENTS:
            tops = [int(n) for n in re.findall(r"^## (\d+)\. ", path.read_text(), re.M)]
            self.assertEqual(tops, list(range(1, len(tops) + 1)), path.name)

    def test_the_table_of_errors_is_that_of_the_code(self):
        code = (ROOT / "src/base/error.cpp").read_text()
        known = dict(re.findall(r'CodeInfo\{\s*Code::\w+,\s*"([^"]+)",\s*(\d+)', code))
        page = (own.MANIFESTS / "FORMAT.md").read_text()
        rows = re.findall(r"^\| `([a-z]+(?:\.[a-z-]+)?)` \| (\d+) \|", page, re.M)
        self.assertGreater(len(rows), 15)
        for name, status in rows:
            self.assertEqual(known.get(name), status, name)

    def test_the_table_of_versions_is_that_of_the_unit_test(self):
        code = (ROOT / "tests/unit/version_test.cpp").read_text()
        listed = re.findall(r'"([^"]+)"', re.search(r"kAscending\{(.*?)\}", code, re.S).group(1))
        page = (own.MANIFESTS / "FORMAT.md").read_text()
        table = page[page.index("### 3.2"):page.index("### 3.3")]
        self.assertEqual(re.findall(r"^    (\S+)$", table, re.M), listed)


if __name__ == "__main__":
    unittest.main()
