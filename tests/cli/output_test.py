"""How the commands talk: JSON, help, languages, progress, errors."""

import ast
import json
import os
import pty
import re
import signal
import subprocess
import unittest

from nginx import Nginx
from xppkg_case import (DOCUMENTED, ENVIRONMENT, NEW, OLD, PACKAGE, XppkgCase, make_tree, noise,
                        start, tree_of, wait_until)

VERBS = {
    "xppkg": ["init", "install", "check", "plan", "apply", "verify", "recover", "status", "history",
              "release", "trust"],
    "xppkg-release": ["init", "add", "promote", "withdraw", "prune", "min-version", "show", "verify",
                      "refresh", "policy", "key", "key new", "key list", "key trust", "key rotate",
                      "key revoke", "key threshold", "root", "root export", "root show",
                      "root sign", "root import"],
    "xppkg-delta": ["diff", "apply", "show"],
}


def translations():
    """The German texts of the catalogue: {English: German}; empty while there are none."""
    with open(os.environ["XPPKG_PO"], encoding="utf-8") as file:
        text = file.read()
    quoted = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    found = {}
    for english, german in re.findall(rf"msgid {quoted}msgstr {quoted}", text):
        key, value = ("".join(map(ast.literal_eval, re.findall(r'"(?:[^"\\]|\\.)*"', lines)))
                      for lines in (english, german))
        if key and value:
            found[key] = value
    return found


class Help(XppkgCase):
    def test_help_of_every_verb_exits_0_and_has_an_example(self):
        for program, verbs in VERBS.items():
            for verb in verbs:
                with self.subTest(program=program, verb=verb):
                    shown = self.run_program(program, *verb.split(), "--help", code=0)
                    self.assertRegex(shown.out, rf"Examples:\n  {program} .*\b{verb}\b")
                    self.assertEqual(shown.err, "")

    def test_help_of_the_programs_lists_every_verb(self):
        for program, verbs in VERBS.items():
            shown = self.run_program(program, "--help", code=0).out
            for verb in verbs:
                self.assertRegex(shown, rf"(?m)^  {verb.split()[0]}\b")

    def test_version_is_printed(self):
        for program in VERBS:
            self.assertRegex(self.run_program(program, "--version", code=0).out, r"\d+\.\d+\.\d+")

    def test_unknown_words_exit_2(self):
        for program, verbs in VERBS.items():
            for words in ([], ["frobnicate"], ["--frobnicate"],
                          *([*verb.split(), "--frobnicate"] for verb in verbs)):
                with self.subTest(program=program, words=words):
                    self.run_program(program, *words, error="usage.invalid")

    def test_errors_of_usage_are_json_too_wherever_the_flag_stands(self):
        for program, verbs in VERBS.items():
            self.run_program(program, "--json", error="usage.invalid")
            self.run_program(program, "--json", "frobnicate", error="usage.invalid")
            for verb in verbs:
                with self.subTest(program=program, verb=verb):
                    self.run_program(program, "--json", verb, "--frobnicate", error="usage.invalid")
                    self.run_program(program, verb, "--frobnicate", "--json", error="usage.invalid")
                    self.run_program(program, verb, "--json", "--frobnicate", error="usage.invalid")

    def test_options_that_exclude_each_other_exit_2(self):
        self.xppkg(self.path(), "apply", "--to", "1", "--newest", error="usage.invalid")
        self.xppkg(self.path(), "plan", "--newest", "--to", "1", "--json", error="usage.invalid")
        self.xppkg(self.path(), "status", "--progress", "loud", error="usage.invalid")
        self.xppkg(self.path(), "status", "--lang", "fr", error="usage.invalid")


class German(XppkgCase):
    def setUp(self):
        super().setUp()
        self.texts = translations()
        if not self.texts:
            self.skipTest("the German catalogue has no texts yet")

    def test_german_is_spoken_when_it_is_asked_for(self):
        english = "Show what is installed and what the site released"
        german = self.texts[english]
        for words in (["--lang", "de"], ["--lang=de"]):
            shown = self.run_program("xppkg", *words, "--help", code=0).out
            self.assertIn(german.split()[0], shown)
            self.assertNotIn(english.split(" and ")[0], shown)
        self.assertIn(german.split()[0],
                      self.run_program("xppkg", "--help", code=0, env={"LANG": "de_DE.UTF-8"}).out)
        self.assertIn(english.split()[0],
                      self.run_program("xppkg", "--help", "--lang", "en", code=0,
                                       env={"LANG": "de_DE.UTF-8"}).out)

    def test_errors_are_german_and_their_ids_are_not(self):
        text = self.texts.get("This folder is not set up for updates.")
        if text is None:
            self.skipTest("this text is not translated yet")
        told = self.xppkg(self.path(), "--lang", "de", "status", error="usage.not-installation")
        self.assertIn(text, told.err)
        told = self.xppkg(self.path(), "--lang", "de", "status", "--json",
                          error="usage.not-installation")
        self.assertEqual(told.json["error"]["text"], text)


class Json(XppkgCase):
    def test_json_of_every_verb_is_one_document_before_and_after_the_verb(self):
        folder = self.install(OLD, words=["--database", f"sqlite:{self.path('site.db')}"])
        runs = [["check"], ["plan", "--newest"], ["release"], ["apply"], ["apply", "--newest"],
                ["verify"], ["verify", "--full"], ["recover"], ["status"], ["history"]]
        for words in runs:
            for flagged in (["--json", *words], [*words, "--json"]):
                with self.subTest(flagged):
                    result = self.xppkg(folder, *flagged)
                    self.assertIn(result.code, (0, 100), result)
                    self.assertEqual(result.err, "", result)
        for name in ("a", "b"):
            flags = (["--json"], []) if name == "a" else ([], ["--json"])
            init = [*flags[0], "init", "--source", f"file:{self.published()}", "--root",
                    os.path.join(self.published(), "root.json"), "--package", PACKAGE, *flags[1]]
            self.assertEqual(self.xppkg(self.path(name), *init, code=0).json["package"], PACKAGE)
            installed = self.xppkg(self.path(name), *flags[0], "install", *flags[1], code=0)
            self.assertEqual((installed.json["to"], installed.err), (NEW, ""))

    def test_json_of_the_release_tool_is_one_document_before_and_after_the_verb(self):
        tree = make_tree(self.path("tree"), {"file": "x"})
        notes = os.path.join(tree, "file")
        for name in ("a", "b"):
            first, last = (["--json"], []) if name == "a" else ([], ["--json"])
            repo = self.path(name)
            for words in (["init", repo, "--quick-passphrase"],
                          ["add", repo, "--package", "p", "--version", "1", "--notes", notes, tree],
                          ["add", repo, "--package", "p", "--version", "1", tree],
                          ["show", repo], ["show", repo, "p"], ["verify", repo], ["refresh", repo],
                          ["policy", repo, "--days", "p=90"], ["key", "list", repo],
                          ["key", "rotate", repo, "timestamp"], ["key", "new", repo, "extra"],
                          ["key", "trust", repo, "extra", "--role", "p"],
                          ["key", "threshold", repo, "p", "2"],
                          ["root", "export", repo, repo + ".draft"],
                          ["root", "show", repo + ".draft"],
                          ["root", "sign", repo + ".draft", "--keys", repo + ".keys"],
                          ["root", "import", repo, repo + ".draft"],
                          ["key", "revoke", repo, "extra"]):
                self.release_tool(*first, *words, *last, code=0)

    def test_json_errors_are_objects_on_standard_output_and_nothing_else(self):
        folder = self.install(OLD)
        for words in (["apply", "--to", "9"], ["plan", "--to", "9"], ["release"],
                      ["install", NEW], ["init", "--source", "x", "--root", "y", "--package", "z"]):
            with self.subTest(words):
                result = self.xppkg(folder, "--json", *words)
                self.assertIn(result.error, DOCUMENTED)
                self.assertEqual(result.err, "", result)
        for words in (["show", self.path()], ["verify", self.path()],
                      ["init", folder], ["add", self.path("x"), "--package", "p", "--version", "1",
                                         folder]):
            with self.subTest(words):
                result = self.release_tool("--json", *words)
                self.assertIn(result.error, DOCUMENTED)
                self.assertEqual(result.err, "", result)

    def test_names_that_look_like_json_or_markup_stay_text(self):
        folder = self.path("a folder {\"b\"} % {0} {} %s")
        self.init(folder, code=0)
        self.xppkg(folder, "install", OLD, code=0)
        self.assertEqual(self.status(folder)["folder"], folder)
        self.xppkg(folder, "status", code=0)
        self.xppkg(folder, "apply", "--to", "{}{0}", error="usage.invalid")
        self.xppkg(self.path("{} %n"), "status", error="usage.not-installation")


class ProgressOutput(XppkgCase):
    def slow_server(self):
        repo = self.make_repository()
        make_tree(self.path("1"), {"data.bin": noise(1, 1_500_000)})
        self.add(repo, "1", self.path("1"), code=0)
        server = Nginx(repo, server_lines="limit_rate 700k;")
        self.addCleanup(server.__exit__)
        folder = self.path("app")
        self.init(folder, server.__enter__().url, root=f"{repo}/root.json", code=0)
        return folder

    def on_a_terminal(self, *words):
        """The command's drawing when standard error is a terminal, and its standard output."""
        ours, theirs = pty.openpty()
        with subprocess.Popen([os.environ["XPPKG"], *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=theirs, env=ENVIRONMENT) as process:
            os.close(theirs)
            drawn = b""
            while True:
                try:
                    piece = os.read(ours, 4096)
                except OSError:
                    break
                if not piece:
                    break
                drawn += piece
            out = process.stdout.read()
        os.close(ours)
        self.assertEqual(process.returncode, 0, drawn)
        return drawn.decode(), out.decode()

    def test_terminal_shows_bar_rate_and_remaining_time(self):
        drawn, out = self.on_a_terminal("-C", self.slow_server(), "install")
        self.assertRegex(drawn, r"Downloading \[#*\.*\] [\d.]+ [kM]B / 1\.5 MB +[\d.]+ [kM]B/s "
                                r"\d+:\d\d left")
        self.assertEqual(out, "")
        # The bar is cleared away; what stays is the result.
        self.assertRegex(drawn, r"\r\x1b\[KInstalled 1 ")

    def test_terminal_with_json_keeps_standard_output_clean(self):
        folder = self.path("app")
        self.init(folder, code=0)
        _, out = self.on_a_terminal("-C", folder, "--json", "install")
        self.assertEqual(json.loads(out)["to"], NEW)

    def test_progress_none_is_silent_on_a_terminal(self):
        folder = self.path("app")
        self.init(folder, code=0)
        drawn, _ = self.on_a_terminal("-C", folder, "--progress=none", "--json", "install")
        self.assertEqual(drawn, "")

    def test_pipe_gets_no_progress(self):
        folder = self.path("app")
        self.init(folder, code=0)
        result = self.xppkg(folder, "install", code=0)
        self.assertEqual(len(result.err.splitlines()), 1, result)

    def test_progress_json_is_a_line_each_and_ends_at_its_total(self):
        folder = self.install(OLD)
        result = self.xppkg(folder, "--progress=json", "--json", "apply", code=0)
        lines = [json.loads(line) for line in result.err.splitlines()]
        stages = {line["stage"] for line in lines if "stage" in line}
        self.assertLessEqual({"check", "download", "verify", "commit"}, stages)
        for stage in ("download", "commit"):
            last = [line for line in lines if line.get("stage") == stage][-1]
            self.assertEqual(last["done"], last["total"])

    def test_progress_json_of_the_release_tool_is_a_line_each(self):
        repo = self.make_repository()
        result = self.add(repo, "1", tree_of(OLD), "--progress", "json", "--json", code=0)
        stages = {json.loads(line)["stage"] for line in result.err.splitlines()}
        self.assertLessEqual({"scan", "prove", "publish"}, stages)

    def test_closed_pipe_does_not_break_a_run(self):
        folder = self.install(OLD)
        process = start("xppkg", "-C", folder, "apply", "--progress=json")
        process.stdout.close()
        process.stderr.close()
        self.assertIn(process.wait(30), (0, -signal.SIGPIPE))
        self.xppkg(folder, "recover", code=0)
        self.xppkg(folder, "apply", code=0)
        self.assert_version(folder, NEW)
        wait_until(lambda: process.poll() is not None)


class ErrorTable(XppkgCase):
    def test_every_error_of_the_source_is_documented_with_its_status(self):
        with open(os.environ["XPPKG_ERRORS"], encoding="utf-8") as file:
            rows = re.findall(r'CodeInfo\{\s*Code::\w+,\s*"([a-z.-]+)",\s*(\d+),', file.read())
        self.assertEqual({name: int(status) for name, status in rows}, DOCUMENTED)


if __name__ == "__main__":
    unittest.main(verbosity=1)
