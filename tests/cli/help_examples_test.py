"""The examples in help are commands that people copy: each is understood by its program, and the one
with a condition means what it says (docs/SAFETY.md, K)."""

import os
import re
import shlex
import subprocess
import unittest

from xppkg_case import ENVIRONMENT, NEW, OLD, PASSPHRASE, XppkgCase

PROGRAMS = ("xppkg", "xppkg-release", "xppkg-delta")


class HelpExamples(XppkgCase):
    def help_of(self, program, *words):
        return self.run_program(program, *words, "--help", code=0).out

    def verbs(self, program, *words):
        """All verbs, and the verbs of verbs, as help lists them."""
        shown = self.help_of(program, *words)
        listed = shown.split("\nCommands:\n")[1:] or shown.split("\nCOMMANDS:\n")[1:]
        names = re.findall(r"(?m)^  ([a-z-]+)\b", listed[0].split("\n\n")[0]) if listed else []
        for name in names:
            yield (*words, name)
            yield from self.verbs(program, *words, name)

    def examples(self, program):
        for words in [(), *self.verbs(program)]:
            shown = self.help_of(program, *words).split("Examples:\n")[1]
            for line in shown.replace("\\\n", " ").strip().split("\n"):
                yield words, line.strip()

    def test_every_verb_is_found(self):
        self.assertIn(("site", "key", "trust"), list(self.verbs("xppkg")))
        self.assertIn(("root", "import"), list(self.verbs("xppkg-release")))
        self.assertEqual(list(self.verbs("xppkg-delta")), [("diff",), ("apply",), ("show",)])

    def test_every_example_is_understood(self):
        here = self.path("here")
        os.mkdir(here)
        os.mkdir(self.path("nowhere"))
        env = {"XPPKG_PASSPHRASE": PASSPHRASE}
        for program in PROGRAMS:
            for words, line in self.examples(program):
                with self.subTest(line):
                    command = shlex.split(line.split(";")[0])
                    self.assertEqual(command[0], program)
                    for word in words:
                        self.assertIn(word, command)
                    # Not the folders of this computer.
                    command = [re.sub(r"^(sqlite:)?/(opt|srv|media|etc)/",
                                      rf"\1{self.path('nowhere')}/", word) for word in command[1:]]
                    result = self.run_program(program, *command, cwd=here, env=env)
                    self.assertNotRegex(result.err, "Unknown|Unexpected|is missing|needs a value|"
                                                    "used together|\" is none of|is not a number|is no size")
                    self.assertNotEqual(result.error, "internal", result)

    def test_the_example_of_check_tells_news_only_if_there_are_any(self):
        line = next(line for words, line in self.examples("xppkg") if words == ("check",))
        programs = self.path("bin")
        os.mkdir(programs)
        os.symlink(os.environ["XPPKG"], os.path.join(programs, "xppkg"))
        for version, news in ((OLD, True), (NEW, False)):
            folder = self.install(version, name=version)
            shown = subprocess.run(["sh", "-c", line.replace("/opt/app", folder)], check=False,
                                   env={**ENVIRONMENT, "PATH": f"{programs}:/usr/bin:/bin"},
                                   capture_output=True, encoding="utf-8", timeout=60).stdout
            self.assertEqual("newer" in shown.splitlines(), news, shown)


if __name__ == "__main__":
    unittest.main(verbosity=1)
