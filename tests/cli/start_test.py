"""`xppkg start` at a terminal: it asks, and does what was answered."""

import os
import pty
import unittest

from site_case import SiteCase
from xppkg_case import ENVIRONMENT, NEW, OLD, wait_until

XPPKG = os.environ["XPPKG"]


class Start(SiteCase):
    def at_terminal(self, folder, *answers, words=()):
        """Starts a program, answers each question in turn; the exit status and what was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            command = ["xppkg", "-C", folder, "--progress=none", "start", *words, "--",
                       "sh", "-c", "echo the program runs; exit 5"]
            os.execve(XPPKG, command, {**ENVIRONMENT, "TERM": "xterm"})
        shown, seen = "", 0

        def asked():
            nonlocal shown
            shown += os.read(terminal, 4096).decode()
            return "[y/n]" in shown[seen:]
        for answer in answers:
            wait_until(asked)
            seen = len(shown)
            os.write(terminal, answer.encode() + b"\n")
        try:
            while some := os.read(terminal, 4096):
                shown += some.decode()
        except OSError:
            pass  # The terminal's last user has gone.
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown

    def test_program_does_not_see_the_passphrase_of_the_keys(self):
        folder = self.workstation("A")
        shows = ("sh", "-c", "echo \"<$XPPKG_PASSPHRASE>\"")
        started = self.xppkg(folder, "start", "--", *shows, env={"XPPKG_PASSPHRASE": "secret"},
                             code=0)
        self.assertEqual(started.out, "<>\n")

    def test_pilot_is_asked_and_yes_releases_for_all(self):
        pilot, other = self.workstation("A"), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        code, shown = self.at_terminal(pilot, "y")
        self.assertEqual(code, 5, shown)
        self.assertIn(f"Release version {NEW} for all workstations?", shown)
        self.assertIn("the program runs", shown)
        self.assertEqual(self.gate(other)["released"], NEW)

    def test_no_is_remembered_and_asked_once(self):
        pilot = self.workstation("A")
        self.xppkg(pilot, "release", code=0)
        self.xppkg(pilot, "apply", "--newest", code=0)
        self.assertEqual(self.at_terminal(pilot, "perhaps", "n")[0], 5)
        self.assertEqual(self.gate(pilot)["released"], OLD)
        code, shown = self.at_terminal(pilot)
        self.assertEqual(code, 5)
        self.assertNotIn("for all workstations?", shown)

    def test_required_update_that_is_declined_keeps_the_program_from_starting(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        code, shown = self.at_terminal(other, "n")
        self.assertEqual(code, 9, shown)
        self.assertNotIn("the program runs", shown)
        code, shown = self.at_terminal(other, "y")
        self.assertEqual(code, 5, shown)
        self.assert_version(other, NEW)

    def test_recommended_update_that_is_declined_lets_the_program_run(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", "--policy", "recommended", code=0)
        code, shown = self.at_terminal(other, "n")
        self.assertEqual(code, 5, shown)
        self.assert_version(other, OLD)

    def test_question_is_german_where_it_should_be(self):
        pilot, other = self.workstation("A", NEW), self.workstation("B")
        self.xppkg(pilot, "release", code=0)
        before = ENVIRONMENT.copy()
        ENVIRONMENT.update({"LC_ALL": "de_DE.UTF-8"})
        self.addCleanup(ENVIRONMENT.update, before)
        self.addCleanup(ENVIRONMENT.pop, "LC_ALL", None)
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(XPPKG, ["xppkg", "-C", other, "--lang", "de", "start", "--", "true"],
                      {**ENVIRONMENT, "TERM": "xterm"})
        shown = ""

        def asked():
            nonlocal shown
            shown += os.read(terminal, 4096).decode()
            return "[j/n]" in shown
        wait_until(asked)
        self.assertIn(f"Update auf Version {NEW} durchführen?", shown)
        os.write(terminal, b"j\n")
        try:
            while os.read(terminal, 4096):
                pass
        except OSError:
            pass
        os.waitpid(pid, 0)
        self.assert_version(other, NEW)


if __name__ == "__main__":
    unittest.main(verbosity=1)
