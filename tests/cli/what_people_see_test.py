"""Output for people: text of strangers as text, questions that Ctrl-C ends, releasers, late users,
where files went, and what needs no download (docs/SAFETY.md, K)."""

import os
import pty
import pwd
import re
import shutil
import signal
import subprocess
import sys
import termios
import unittest

from site_case import IS_SQLITE, SiteCase
from xppkg_case import (ENVIRONMENT, MIDDLE, NEW, OLD, PACKAGE, PASSPHRASE, XppkgCase, make_tree,
                        noise, read, tree_of, write)

EVIL = "\x1b[2J\x1b]0;PWN\x07\u009b31m\u202etxt\u200b\U000e0041\nsecond"
# Characters that a terminal would obey: controls but the end of a line, of either set; turned
# directions.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\u200e\u200f"
                    "\u00ad\u200b\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
HOLDER = """
import ctypes, fcntl, sys
ctypes.CDLL(None).prctl(15, b"\\x1b]0;PWN\\x07\\x1b[2J")
file = open(sys.argv[1])
fcntl.flock(file, fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


class Terminal:
    """A program with a terminal of its own, before which somebody sits."""

    def __init__(self, words, env):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(words[0], words, env)
        self.seen = ""

    def wait_for(self, text):
        while text not in self.seen:
            piece = self.read()
            if not piece:
                raise AssertionError(f"never said {text!r}: {self.seen!r}")

    def read(self):
        try:
            piece = os.read(self.file, 4096).decode(errors="backslashreplace")
        except OSError:  # Its other end is closed.
            piece = ""
        self.seen += piece
        return piece

    def type(self, text):
        os.write(self.file, text.encode())

    def shows_what_is_typed(self):
        return bool(termios.tcgetattr(self.file)[3] & termios.ECHO)

    def end(self):
        """Its exit status; 128 and more: a signal."""
        while self.read():
            pass
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.file)
        return os.waitstatus_to_exitcode(status)


class Strangers(SiteCase):
    def assert_clean(self, result):
        self.assertNotRegex(result.out + result.err, OBEYED, result)

    def test_notes_of_a_release_are_lines_of_text(self):
        write(self.path("notes"), "news " + EVIL + "\r\nthird")
        make_tree(self.path("tree"), {"file": noise(1, 100)})
        self.add(self.repo, "5.0", self.path("tree"), "--notes", self.path("notes"), code=0)
        folder = self.workstation("pc")
        result = self.xppkg(folder, "check", code=100)
        self.assert_clean(result)
        self.assertIn("\nnews \\x1b[2J\\x1b]0;PWN\\x07\\u{9b}31m\\u{202e}txt\\u{200b}\\u{e0041}\nsecond\nthird\n",
                      result.out)
        result = self.xppkg(folder, "check", "--json", code=100)
        self.assert_clean(result)
        self.assertEqual(result.json["notes"], "news " + EVIL + "\r\nthird")

    @unittest.skipUnless(IS_SQLITE, "rows as of anybody who may write the file")
    def test_rows_of_the_database_are_text(self):
        folder = self.workstation("pc")
        self.xppkg(folder, "release", "--note", "why", code=0)
        evil = "replace('" + EVIL.replace("\n", "%") + "', '%', char(10))"
        self.sql(f"update xppkg_decision set decided_by={evil}, note={evil}, previous={evil}")
        self.sql("insert into xppkg_workstation(package, name, platform, version, result, seen_at,"
                 f" decision) values('{PACKAGE}', {evil}, {evil}, '1.0', {evil},"
                 " '2099-11-30T10:00:00Z', 1)")
        for words in (["fleet"], ["site", "history"], ["gate"], ["status"], ["site", "check"],
                      ["plan"], ["apply"]):
            for output_options in ([], ["--json"]):
                with self.subTest(words + output_options):
                    self.assert_clean(self.xppkg(folder, *words, *output_options))

    def test_names_of_files_and_programs_are_text(self):
        make_tree(self.path("a"), {"f/x": "1", "y": "1"})
        make_tree(self.path("b"), {"f": "2", "y": "1"})
        for version, tree in (("1", "a"), ("2", "b")):
            self.add(self.repo, version, self.path(tree), package="kind", code=0)
        folder = self.path("kind")
        self.init(folder, f"file:{self.repo}", root=f"{self.repo}/root.json", package="kind",
                  code=0)
        self.xppkg(folder, "install", "1", code=0)
        write(os.path.join(folder, "f", "a\x1b[2J\nb"), "")
        self.assert_clean(self.xppkg(folder, "apply", error="tree.conflict"))
        make_tree(self.path("c"), {"a\x1b[2Jb": "1"})
        self.assert_clean(self.add(self.repo, "3", self.path("c"), package="kind",
                                   error="tree.unsafe-name"))
        folder = self.workstation("pc")
        with subprocess.Popen([sys.executable, "-c", HOLDER,
                               os.path.join(folder, ".xppkg/in-use")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as holder:
            self.assertEqual(holder.stdout.readline(), b"held\n")
            self.assert_clean(self.xppkg(folder, "apply", "--newest", "--wait", "0",
                                         error="use.busy"))
            holder.stdin.close()

    def test_arguments_that_are_told_again_are_text(self):
        self.assert_clean(self.xppkg(self.path("x\x1b[2J"), "status",
                                     error="usage.not-installation"))
        self.assert_clean(self.run_program("xppkg", "status", "\x1b[2J", error="usage.invalid"))
        self.assert_clean(self.run_program("xppkg-delta", "show", self.path("\x1b[2J\u009b")))


class Interrupts(SiteCase):
    def assert_ended(self, terminal, told):
        self.assertTrue(terminal.shows_what_is_typed())
        self.assertEqual(terminal.end(), 1, terminal.seen)
        self.assertIn(told, terminal.seen)

    def test_ctrl_c_ends_a_passphrase_at_once_and_the_terminal_shows_again(self):
        for typed in ("\x03", "half\x03"):
            terminal = Terminal([os.environ["XPPKG_RELEASE"], "refresh", self.repo], ENVIRONMENT)
            terminal.wait_for("Passphrase for the keys: ")
            self.assertFalse(terminal.shows_what_is_typed())
            terminal.type(typed)
            terminal.wait_for("[cancelled]")
            self.assert_ended(terminal, "The run was cancelled.")

    def test_a_request_to_end_does_so_as_well(self):
        terminal = Terminal([os.environ["XPPKG_RELEASE"], "refresh", self.repo], ENVIRONMENT)
        terminal.wait_for("Passphrase for the keys: ")
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.wait_for("[cancelled]")
        self.assert_ended(terminal, "The run was cancelled.")

    def test_keys_that_stop_a_program_do_not_leave_the_terminal_silent(self):
        terminal = Terminal([os.environ["XPPKG_RELEASE"], "refresh", self.repo], ENVIRONMENT)
        terminal.wait_for("Passphrase for the keys: ")
        terminal.type("\x1a\x1c")
        terminal.type("\n")
        terminal.wait_for("usage.passphrase")
        self.assertTrue(terminal.shows_what_is_typed())
        self.assertEqual(terminal.end(), 2)

    def test_a_passphrase_that_is_typed_is_taken(self):
        terminal = Terminal([os.environ["XPPKG_RELEASE"], "refresh", self.repo], ENVIRONMENT)
        terminal.wait_for("Passphrase for the keys: ")
        terminal.type(PASSPHRASE + "\n")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertNotIn(PASSPHRASE, terminal.seen)

    def test_ctrl_c_ends_a_question_at_once_and_nothing_is_started(self):
        folder = self.workstation("pc")
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "apply", "--newest", code=0)
        words = [os.environ["XPPKG"], "-C", folder, "start", "--", "sh", "-c", "echo ran"]
        terminal = Terminal(words, ENVIRONMENT)
        terminal.wait_for("[y/n] ")
        terminal.type("\x03")
        terminal.wait_for("[cancelled]")
        self.assert_ended(terminal, "The run was cancelled.")
        self.assertNotIn("ran", terminal.seen)
        # An answer is one, and a key that is none asks again.
        terminal = Terminal(words, ENVIRONMENT)
        terminal.wait_for("[y/n] ")
        terminal.type("?\n")
        terminal.type("n\n")
        self.assertEqual(terminal.end(), 0, terminal.seen)
        self.assertIn("ran", terminal.seen)


class ProgressOnTheTerminal(XppkgCase):
    def test_progress_is_gone_before_anything_else_is_printed(self):
        mirror = self.copy_of_published("mirror")
        for folder, _, files in os.walk(os.path.join(mirror, "targets")):
            for name in files:
                if os.path.getsize(os.path.join(folder, name)) > 60_000:
                    os.truncate(os.path.join(folder, name), 30_000)
        folder = self.path("app")
        self.init(folder, f"file:{mirror}", f"file:{self.published()}", code=0)
        terminal = Terminal([os.environ["XPPKG"], "-C", folder, "install", OLD], ENVIRONMENT)
        self.assertEqual(terminal.end(), 0, terminal.seen)
        # A line begins where the line before has ended, or was taken away.
        for line in terminal.seen.replace("\r\n", "\n").split("\n"):
            shown = line.split("\r\x1b[K")[-1]
            self.assertNotRegex(shown, r"\[#*\.*\]", terminal.seen)
        self.assertIn("\r\x1b[KSource skipped", terminal.seen)


class Deciders(SiteCase):
    def test_the_name_of_who_decides_is_the_systems(self):
        folder = self.workstation("pc")
        name = {"USER": "the boss", "LOGNAME": "the boss", "USERNAME": "the boss"}
        self.xppkg(folder, "release", code=0, env=name)
        history = self.xppkg(folder, "site", "history", "--json", code=0).json
        self.assertEqual(history[0]["decided_by"], pwd.getpwuid(os.geteuid()).pw_name)

    def test_a_pilot_is_no_straggler(self):
        pilot, other = self.workstation("pilot"), self.workstation("other")
        self.xppkg(pilot, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.xppkg(other, "apply", code=0)
        fleet = self.xppkg(other, "fleet", "--json", code=0).json
        self.assertEqual(fleet["awaited"], 0)
        states = {item["workstation"]: (item["pilot"], item["current"], item["failed"])
                  for item in fleet["workstations"]}
        self.assertEqual(states, {"pilot": (True, False, False), "other": (False, True, False)})
        self.assertRegex(self.xppkg(other, "fleet", code=0).out, rf"pilot .* {NEW} .*  pilot\n")
        self.xppkg(other, "fleet", "wait", "--timeout", "0", code=0)
        # His tested version is for all: now the others are late.
        self.xppkg(pilot, "release", code=0)
        fleet = self.xppkg(pilot, "fleet", "--json", code=0).json
        self.assertEqual(fleet["awaited"], 1)
        self.xppkg(pilot, "fleet", "wait", "--timeout", "0", code=9)


class Ways(SiteCase):
    def test_going_back_from_a_released_version_downloads_nothing_that_is_kept(self):
        folder = self.workstation("pc")
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "apply", "--newest", code=0)
        self.xppkg(folder, "release", code=0)
        self.xppkg(folder, "release", OLD, code=0)
        plan = self.xppkg(folder, "plan", "--json", code=0).json
        self.assertEqual((plan["reason"], plan["bytes"], plan["steps"]), ("kept", 0, []))
        # Nobody could give the payloads.
        shutil.rmtree(os.path.join(self.repo, "targets", PACKAGE))
        back = self.xppkg(folder, "apply", "--json", code=0).json
        self.assertEqual((back["downloaded"], back["reason"], back["to"]), (0, "kept", OLD))
        self.assert_version(folder, OLD)

    def test_a_kept_file_that_is_damaged_is_downloaded(self):
        folder = self.install(OLD, sources=(f"file:{self.repo}",))
        self.xppkg(folder, "apply", "--to", NEW, code=0)
        files = [os.path.join(place, name)
                 for place, _, names in os.walk(os.path.join(folder, ".xppkg/kept"))
                 for name in names if os.path.basename(place) == "files"]
        self.assertTrue(files)
        for path in files:
            os.chmod(path, 0o644)
            write(path, read(path)[:-1] + b"?")
        back = self.xppkg(folder, "apply", "--to", OLD, "--json", code=0).json
        self.assertGreater(back["downloaded"], 0)
        self.assert_version(folder, OLD)

    def test_check_and_apply_agree_on_what_is_kept(self):
        folder = self.install(MIDDLE, sources=(f"file:{self.repo}",))
        self.xppkg(folder, "apply", "--to", NEW, code=0)
        self.xppkg(folder, "rollback", code=0)
        self.assertEqual(self.xppkg(folder, "check", "--json", code=100).json["bytes"], 0)
        forth = self.xppkg(folder, "apply", "--to", NEW, "--json", code=0).json
        self.assertEqual((forth["downloaded"], forth["reason"]), (0, "kept"))
        self.assert_version(folder, NEW)

    def test_a_way_back_says_where_displaced_files_are(self):
        make_tree(self.path("1"), {"a.ini": "vendor", "app": "1"})
        make_tree(self.path("2"), {"a.ini/part.ini": "vendor", "app": "2", "new.ini": "vendor"})
        for version in ("1", "2"):
            self.add(self.repo, version, self.path(version), "--config", "*.ini", package="conf",
                     code=0)
        folder = self.path("conf")
        self.init(folder, f"file:{self.repo}", root=f"{self.repo}/root.json", package="conf",
                  code=0)
        self.xppkg(folder, "install", "1", code=0)
        write(os.path.join(folder, "a.ini"), "mine")
        self.xppkg(folder, "apply", code=0)
        for verb in (["rollback"], ["apply", "--to", "2"], ["apply", "--to", "1"]):
            result = self.xppkg(folder, *verb, "--json", code=0)
            waiting = [notice for notice in result.json["notices"] if notice["id"] == "file.waiting"]
            if verb[-1] == "2":
                self.assertEqual(waiting, [])
                continue
            self.assertIn({"id": "file.waiting", "path": "a.ini",
                           "detail": ".xppkg/displaced/2/a.ini"}, waiting)
            self.assertEqual(read(os.path.join(folder, ".xppkg/displaced/2/a.ini")), b"mine")


class Promote(XppkgCase):
    def test_a_channel_that_the_release_is_not_in_cannot_be_left(self):
        repo = self.make_repository()
        self.add(repo, "1", make_tree(self.path("1"), {"file": "1"}), "--channel", "beta", code=0)
        words = ["promote", repo, "--package", PACKAGE, "--channel", "stable"]
        told = self.release_tool(*words, "--from", "btea", "1", error="usage.invalid")
        self.assertIn("btea", told.err)
        shown = self.release_tool("show", repo, "--json", code=0).json
        self.assertEqual(shown["packages"][0]["releases"][0]["channels"], ["beta"])
        self.release_tool(*words, "--from", "beta", "1", code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
