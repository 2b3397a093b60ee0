"""Messages say what happened in words that people use, in English and in German: what was mistyped
and what was meant, which folder, and what to do next."""

import os
import re
import shlex
import unittest

from site_case import SiteCase
from xppkg_case import MIDDLE, NEW, OLD, XppkgCase, make_tree, read, snapshot, write

PROGRAMS = ("xppkg", "xppkg-release", "xppkg-delta")
GERMAN = ("--lang", "de")
COLUMN = 30  # Where descriptions begin in help.
OTHER_USER = 54321

# The program, the words that are typed, the unknown one of them, and the one that is meant.
COMMANDS = [
    ("xppkg", ["update"], "update", "apply"),
    ("xppkg", ["-C", "test", "update"], "update", "apply"),  # The folder has the name of a command.
    ("xppkg", ["--newest", "upgrade"], "upgrade", "apply"),
    ("xppkg", ["instal", "4.0"], "instal", "install"),
    ("xppkg", ["roll-back"], "roll-back", "rollback"),
    ("xppkg", ["site", "histroy"], "histroy", "history"),
    ("xppkg", ["site", "key", "turst"], "turst", "trust"),
    ("xppkg-release", ["publish", "repo"], "publish", "add"),
    ("xppkg-release", ["key", "lsit", "repo"], "lsit", "list"),
    ("xppkg-release", ["verfy", "repo"], "verfy", "verify"),
    ("xppkg-delta", ["create", "a", "b"], "create", "diff"),
    ("xppkg-delta", ["aply"], "aply", "apply"),
]
OPTIONS = [
    ("xppkg", ["apply", "--newst"], "--newst", "--newest"),
    ("xppkg", ["apply", "--latest"], "--latest", "--newest"),
    ("xppkg", ["init", "--sorce=file:/a"], "--sorce", "--source"),
    ("xppkg", ["check", "--jsn"], "--jsn", "--json"),  # It belongs to all commands.
    ("xppkg", ["check", "--folder", "/opt/app"], "--folder", "-C"),
    ("xppkg-release", ["add", "repo", "tree", "--packge", "app"], "--packge", "--package"),
    ("xppkg-delta", ["diff", "a", "b", "c", "--memroy", "64M"], "--memroy", "--memory"),
]


class Mistyped(XppkgCase):
    def told(self, program, *words):
        return self.run_program(program, *words, error="usage.invalid").err

    def test_unknown_command_is_named_with_the_one_that_is_meant(self):
        for program, words, unknown, meant in COMMANDS:
            with self.subTest(program=program, words=words):
                self.assertIn(f'{program}: Unknown command "{unknown}". Did you mean "{meant}"? [',
                              self.told(program, *words))
                self.assertIn(f"Unbekannter Befehl „{unknown}“. Meinten Sie „{meant}“?",
                              self.told(program, *GERMAN, *words))

    def test_unknown_option_is_named_with_the_one_that_is_meant(self):
        for program, words, unknown, meant in OPTIONS:
            with self.subTest(program=program, words=words):
                self.assertIn(f'{program}: Unknown option "{unknown}". Did you mean "{meant}"? [',
                              self.told(program, *words))
                self.assertIn(f"Unbekannte Option „{unknown}“. Meinten Sie „{meant}“?",
                              self.told(program, *GERMAN, *words))

    def test_nothing_is_guessed_where_nothing_is_near(self):
        for program in PROGRAMS:
            self.assertIn('Unknown command "zzzzzz". [', self.told(program, "zzzzzz"))
            self.assertIn('Unknown option "--zzzzzz". [', self.told(program, "--zzzzzz"))
        # The step that is not for people.
        self.assertNotIn("elevated-apply", self.told("xppkg", "elevated"))

    def test_other_mistakes_are_told_in_sentences(self):
        for program, words, english, german in [
            ("xppkg", [], "A command is missing.", "Es fehlt ein Befehl."),
            ("xppkg", ["init"], "--source is missing.", "--source fehlt."),
            ("xppkg-delta", ["diff", "a"], "NEW is missing.", "NEW fehlt."),
            ("xppkg", ["apply", "x"], 'Unexpected argument "x".', "Unerwartetes Argument „x“."),
            ("xppkg", ["apply", "--to"], "--to needs a value.", "--to braucht einen Wert."),
            ("xppkg", ["apply", "--to", "1", "--newest"],
             "--to cannot be used together with --newest.", "--to geht nicht zusammen mit --newest."),
            ("xppkg", ["apply", "--user", "x"], "--user can only be used together with --elevate.",
             "--user geht nur zusammen mit --elevate."),
            ("xppkg", ["apply", "--elevate=x"], '--elevate: "x" is none of auto, pkexec, su.',
             "--elevate: „x“ ist keines von auto, pkexec, su."),
            ("xppkg", ["apply", "--wait", "x"], '--wait: "x" is not a number from 0 to 86400.',
             "--wait: „x“ ist keine Zahl von 0 bis 86400."),
            ("xppkg", ["fleet", "wait", "--timeout", "x"], '--timeout: "x" is not a number.',
             "--timeout: „x“ ist keine Zahl."),
        ]:
            with self.subTest(program=program, words=words):
                self.assertIn(f"{program}: {english} [usage.invalid]", self.told(program, *words))
                self.assertIn(f"{program}: {german} [usage.invalid]",
                              self.told(program, *GERMAN, *words))

    def test_json_has_the_sentence_in_the_language_and_the_facts_in_english(self):
        error = self.run_program("xppkg", *GERMAN, "--json", "update", error="usage.invalid").json
        self.assertEqual(error["error"]["text"], "Unbekannter Befehl „update“. Meinten Sie „apply“?")
        self.assertEqual(error["error"]["facts"],
                         {"reason": 'Unknown command "update". Did you mean "apply"?'})


class NextSteps(XppkgCase):
    def test_next_step_names_the_real_folder_as_a_shell_takes_it(self):
        for name in ("app", "my app", "Müller's"):
            folder = self.path(name)
            os.mkdir(folder)
            for words, begin in (([], "Run "), (GERMAN, "Führen Sie zuerst ")):
                told = self.xppkg(folder, *words, "status", error="usage.not-installation").err
                command = re.search(re.escape(begin) + r"(xppkg .* init)\b", told).group(1)
                self.assertEqual(shlex.split(command), ["xppkg", "-C", folder, "init"])
                self.assertNotIn("DIR", told)

    def test_next_step_needs_no_folder_where_none_was_given(self):
        told = self.run_program("xppkg", "status", cwd=self.folder, error="usage.not-installation")
        self.assertIn("Next: Run xppkg init first.\n", told.err)

    def test_next_step_names_the_real_repository(self):
        repo = self.path("my releases")
        os.mkdir(repo)
        told = self.release_tool("show", repo, error="repository.invalid").err
        self.assertIn(f"Run xppkg-release verify '{repo}', or init", told)

    def test_vendor_is_not_sent_to_the_vendor(self):
        repo = self.copy_of_published()
        place = os.path.join(repo, "metadata", "timestamp.json")
        write(place, read(place)[:-2])
        told = self.release_tool("show", repo, error="trust.malformed").err
        self.assertNotIn("nform the vendor", told)
        self.assertIn(f"xppkg-release verify {repo} checks", told)

    def test_json_has_the_real_folder_too(self):
        folder = self.path("empty")
        os.mkdir(folder)
        error = self.xppkg(folder, "--json", "status", error="usage.not-installation").json["error"]
        self.assertEqual(error["next"], f"Run xppkg -C {folder} init first.")


class Sentences(XppkgCase):
    def test_missing_folder_is_named_and_nothing_is_published(self):
        repo = self.copy_of_published()
        before = snapshot(repo, without=())
        for words, sentence in (
                ([], "The folder {} does not exist. Nothing was published."),
                (GERMAN, "Der Ordner {} existiert nicht. Es wurde nichts veröffentlicht.")):
            told = self.add(repo, "9", self.path("nowhere"), *words, error="io.failed").err
            self.assertIn("xppkg-release: " + sentence.format(self.path("nowhere")), told)
        self.assertEqual(snapshot(repo, without=()), before)

    def test_missing_file_is_named(self):
        told = self.run_program("xppkg-delta", "show", self.path("nowhere"), error="io.failed").err
        self.assertIn(f"xppkg-delta: {self.path('nowhere')} does not exist. [io.failed]", told)

    def test_facts_and_reasons_are_german(self):
        folder = self.path("app")
        told = self.xppkg(folder, *GERMAN, "status", error="usage.not-installation").err
        self.assertIn(f"  Ordner: {folder}", told)
        told = self.run_program("xppkg", *GERMAN, "-C", folder, "init", "--source", "ftp://a",
                                "--root", "r", "--package", "p", error="usage.invalid").err
        self.assertIn("  Adresse: ftp://a\n", told)
        self.assertIn("  Grund: die Adresse beginnt nicht mit https, http oder file\n", told)

    def test_german_update_is_told_in_an_administrators_words(self):
        folder = self.install(OLD)
        told = self.xppkg(folder, *GERMAN, "apply", "--to", MIDDLE, code=0)
        self.assertIn("das Vollpaket hat", told.err)
        path = os.path.join(folder, "bin/app")
        write(path, read(path)[:-1] + b"?")
        told = self.xppkg(folder, *GERMAN, "verify", "--full", error="damage.found")
        self.assertIn(f"Führen Sie xppkg -C {folder} repair aus.", told.err)
        self.assertIn("repariert", self.xppkg(folder, *GERMAN, "repair", code=0).err)

    def test_detail_of_a_notice_is_german(self):
        folder = self.path("app")
        self.init(folder, f"file:{self.path('nowhere')}", f"file:{self.published()}", code=0)
        told = self.xppkg(folder, *GERMAN, "install", OLD, code=0).err
        self.assertIn("Quelle übersprungen: ", told)
        self.assertIn("Keine Quelle ist erreichbar (Quelle: ", told)
        self.assertIn("Ursache: es gibt keinen solchen Ordner", told)

    def test_vendor_is_told_what_ships_with_the_application(self):
        repo = self.path("repo")
        told = self.release_tool(*GERMAN, "init", repo, "--quick-passphrase", code=0).err
        self.assertIn(f"Liefern Sie diese Datei mit Ihrer Anwendung aus: {repo}/root.json\n", told)
        tree = make_tree(self.path("tree"), {"app": "1"})
        for version in ("1", "2"):
            write(os.path.join(tree, "data"), os.urandom(5000) if version == "1" else b"2")
            told = self.add(repo, version, tree, *GERMAN, code=0).err
            self.assertIn("; Vollpaket ", told)


class Site(SiteCase):
    def test_workstation_that_is_newer_than_the_release_is_not_called_outdated(self):
        folder, other = self.workstation("pc"), self.workstation("other")
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "apply", "--newest", code=0)
        self.xppkg(folder, "release", code=0)
        self.xppkg(other, "apply", code=0)
        self.xppkg(folder, "release", OLD, code=0)
        self.assertIn("newer than released", self.xppkg(other, "fleet", code=0).out)
        for words, sentence in (
                ([], f"This workstation runs {NEW}; the site has released {OLD}."),
                (GERMAN, f"Auf diesem Arbeitsplatz läuft {NEW}; der Standort hat {OLD} freigegeben.")):
            told = self.xppkg(other, *words, "gate", code=9)
            self.assertIn(sentence, told.out)
            told = self.xppkg(other, *words, "start", "--no", "--", "true", error="policy.outdated")
            self.assertIn(f"xppkg: {sentence} [policy.outdated]", told.err)

    def test_workstation_that_is_older_is_outdated(self):
        folder, other = self.workstation("pc"), self.workstation("other")
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "apply", "--newest", code=0)
        self.xppkg(folder, "release", code=0)
        self.assertIn(f"Veralteter Softwarestand: installiert ist {OLD}, freigegeben ist {NEW}.",
                      self.xppkg(other, *GERMAN, "gate", code=9).out)

    def test_installed_version_stays_unchanged_in_german_too(self):
        folder = self.workstation("pc")
        self.xppkg(folder, "release", code=0)
        self.hide_the_database()
        told = self.xppkg(folder, *GERMAN, "apply", error="database.unreachable").err
        self.assertIn("Die installierte Version bleibt unverändert.", told)


@unittest.skipUnless(os.geteuid() == 0, "other users are for root to play")
class UnsafeFolder(XppkgCase):
    def test_who_can_write_there_is_told_and_with_which_rights_it_is_unsafe(self):
        folder = self.install(OLD)
        os.chmod(folder, 0o777)
        for words, sentence in (
                ([], "Users without administrator rights can write to {}; an update with "
                     "administrator rights would be unsafe there."),
                (GERMAN, "Benutzer ohne Administratorrechte können in {} schreiben; ein Update mit "
                         "Administratorrechten wäre dort nicht sicher.")):
            told = self.xppkg(folder, *words, "apply", error="rights.unsafe-folder").err
            self.assertIn("xppkg: " + sentence.format(folder), told)
            self.assertIn(f"xppkg trust {folder}", told)
        told = self.xppkg(folder, "status", user=OTHER_USER, error="rights.unsafe-folder").err
        self.assertIn(f"Other users can write to {folder}; a run with your rights", told)


class Help(XppkgCase):
    def help_of(self, program, *words):
        return self.run_program(program, *words, "--help", code=0).out

    def verbs(self, program, *words):
        listed = self.help_of(program, *words).split("\nCommands:\n")[1:]
        for name in re.findall(r"(?m)^  ([a-z-]+)\b", listed[0].split("\n\n")[0]) if listed else []:
            yield (*words, name)
            yield from self.verbs(program, *words, name)

    def assert_columns(self, shown):
        lines = shown.split("Beispiele:")[0].split("Examples:")[0].split("\n")
        rows = [at for at, line in enumerate(lines) if re.match(r"  \S", line)]
        self.assertTrue(rows, shown)
        for at in rows:
            line = lines[at]
            if len(line) > COLUMN and line[COLUMN - 1] == " " and line[COLUMN] != " ":
                continue  # Name and description
            self.assertNotIn("  ", line.strip(), shown)  # A long name, its description below
            self.assertRegex(lines[at + 1], f"^ {{{COLUMN}}}\\S", shown)

    def test_columns_line_up_in_both_languages(self):
        count = 0
        for program in PROGRAMS:
            for words in [(), *self.verbs(program)]:
                for language in ((), GERMAN):
                    with self.subTest(program=program, words=words, language=language):
                        self.assert_columns(self.help_of(program, *language, *words))
                        count += 1
        self.assertGreater(count, 100)

    def test_german_help_has_no_english_headings(self):
        for program in PROGRAMS:
            for words in [(), *self.verbs(program)]:
                shown = self.help_of(program, *GERMAN, *words)
                self.assertNotRegex(shown, r"Usage|Options:|OPTIONS|[Cc]ommand|REQUIRED|Positionals"
                                           r"|Needs|Excludes|UINT", shown)
                self.assertIn("Aufruf: ", shown)


if __name__ == "__main__":
    unittest.main(verbosity=1)
