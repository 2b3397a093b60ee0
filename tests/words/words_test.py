#!/usr/bin/env python3
"""One word, one meaning: retired identifiers stay away, and a code is its id: words_test.py SOURCE"""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])
FOLDERS = ("src", "include", "tools", "tests", "docs", "manifests", "benchmarks")
PAGES = ("README.md", "CONTRIBUTING.md")
ENDINGS = (".cpp", ".hpp", ".in", ".py", ".md", ".sh", ".po", ".mjs", "meson.build")

# Identifiers, as whole words, and what stands for them now.
RETIRED = {
    "Street": "UpdatePipeline", "street": "update pipeline",
    "Workshop": "TrialInstall", "workshop": "trial install",
    "Edition": "MetadataUpdate", "edition": "metadata update",
    "Publication": "StagedPublish", "finish_publication": "finish_staged_publish",
    "curate": "manage releases", "curating": "manage releases", "Curating": "CatalogueChange",
    "CurateResult": "ReleaseChange", "FloorResult": "MinVersionChange",
    "QuietPipes": "SigpipeGuard", "Patience": "StallTimeout", "patience": "stall timeout",
    "PatientFileSystem": "RetryingFileSystem", "at_the_edge": "translate_errors",
    "ReplyHeader": "ResponseHeader", "Hiccup": "Failure", "persistently": "with_retries",
    "places_beneath": "resolver_beneath",
    "MadePayload": "EncodedPayload", "MadeKey": "CreatedKey", "FreshOutput": "NewOutput",
    "made_table": "derived_table", "fresh_pristine": "new_pristine",
    "Mender": "BlockRepair", "Mending": "PartialPackage", "mender": "BlockRepair",
    "mend": "repair", "mends": "repair", "mended": "repaired", "mending": "repair",
    "mend_bytes": "repair_bytes", "mended_base": "repaired_base", "Mends": "Repairs",
    "Floors": "TrustedTime", "floors": "TrustedTime", "floor": "trusted time or minimum version",
    "check_floor": "check_min_version", "is_below_floor": "is_below_min_version",
    "Floor": "minimum version", "raised_floor": "raised_trusted_time",
    "on_purpose": "is_pilot", "is_on_purpose": "is_pilot", "kTest": "kPilot",
    "Manner": "OutputOptions", "manner": "output options",
    "wanted_payload": "remote_payload", "look_at_base": "verify_base", "make_line": "make_connection",
    "not_found_package": "notfound_package", "not_found_version": "notfound_version",
    "not_found_file": "notfound_file", "database_newer": "database_newer_schema",
    "database_older": "database_older_schema", "Code::in_use": "Code::use_busy",
    "Code::no_chain": "Code::plan_none",
}
# Identifiers of C++ that are words of their own elsewhere: code without comments and texts.
RETIRED_IN_CODE = {
    "Way": "PreparedPlan, UpgradePath", "Question": "Request",
    "Place": "ResolvedPath", "Places": "PathResolver", "fresh": "new_bytes, new_file",
    "Wanted": "ReleaseSelector, RemoteFile, FileIdentity",
    "Reading": "SiteState, ReadOptions", "Transaction": "FolderTransaction, SqlTransaction",
    "Range": "ByteRange", "Base": "InstalledBase, TableBase",
    "Stage::stage": "Stage::prepare",
}

# Names of stored fields, files and stable ids, and where words are ordinary English.
ALLOWED = [
    r"floors\.json", r"below-floor", r"policy_below_floor", r"\"mend_bytes\"", r"\"mended\"", r"mended-base",
    r"not-mended", r"[\"`]on_purpose[\"`]", r"CLI::Range", r"publication\.json",
]
SELF = "tests/words/words_test.py"
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|#include[^\n]*', re.S)


def pages():
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).rglob("*")):
            name = path.relative_to(SOURCE).as_posix()
            if path.is_file() and name.endswith(ENDINGS) and name != SELF \
                    and not name.startswith(("tests/golden/", "tests/fuzz/seeds/")):
                yield name, path.read_text(encoding="utf-8")
    for name in PAGES:
        if (SOURCE / name).is_file():
            yield name, (SOURCE / name).read_text(encoding="utf-8")


def without_allowed(text):
    return re.sub("|".join(ALLOWED), "", text)


def found(text, words):
    pattern = rf"(?<![\w-])({'|'.join(map(re.escape, words))})(?![\w-])"
    for match in re.finditer(pattern, text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


class WordsTest(unittest.TestCase):
    def test_retired_identifiers_are_gone(self):
        left = []
        for name, text in pages():
            for line, word in found(without_allowed(text), RETIRED):
                left.append(f"{name}:{line}: {word}; write {RETIRED[word]}")
        self.assertEqual(left, [], "\n" + "\n".join(left))

    def test_retired_types_are_gone(self):
        left = []
        for name, text in pages():
            if not name.endswith((".cpp", ".hpp")):
                continue
            text = TOKEN.sub(lambda match: "\n" * match.group(0).count("\n"), without_allowed(text))
            for line, word in found(text, RETIRED_IN_CODE):
                left.append(f"{name}:{line}: {word}; write {RETIRED_IN_CODE[word]}")
        self.assertEqual(left, [], "\n" + "\n".join(left))

    def test_a_code_is_its_id(self):
        text = (SOURCE / "src/base/error.cpp").read_text(encoding="utf-8")
        rows = re.findall(r'CodeInfo\{\s*Code::(\w+),\s*"([^"]+)"', text)
        self.assertGreater(len(rows), 80)
        self.assertEqual([row for row in rows if re.sub(r"[.-]", "_", row[1]) != row[0]], [])
        header = (SOURCE / "include/xppkg/error.hpp").read_text(encoding="utf-8")
        listed = header[header.index("enum class Code {"):header.index("enum class Category")]
        names = re.findall(r"^  (\w+) = (\d+),$", listed, re.M)
        self.assertEqual([name for name, _ in names], [row[0] for row in rows])
        self.assertEqual(len(names), len({number for _, number in names}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
