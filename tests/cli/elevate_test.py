"""`apply` by one who may not write the folder: real accounts, the real su."""

import json
import os
import pty
import shutil
import subprocess
import unittest

from accounts import PASSWORD, AccountCase
from xppkg_case import ENVIRONMENT, NEW, OLD, read, wait_until


class Elevate(AccountCase):
    def setUp(self):
        super().setUp()
        self.user = self.account("user")
        self.admin = self.account("admin")
        self.app = self.installed_by(self.admin, OLD)

    def apply(self, *words, **options):
        return self.xppkg(self.app, *words, user=self.user.pw_uid, **options)

    def by_su(self, askpass, user=None):
        return "--elevate=su", "--user", user or self.admin.pw_name, "--askpass", askpass

    def test_without_rights_nothing_changes_and_the_way_out_is_printed(self):
        with self.kept(self.app):
            result = self.apply("apply", "--newest", error="rights.denied")
        self.assertIn(f"owner: {self.admin.pw_name}\n", result.err)
        self.assertIn(f"xppkg -C {self.app} apply --newest --elevate --user "
                      f"{self.admin.pw_name}\n", result.err)
        self.assertIn("--elevate", result.err.splitlines()[-1])

    def test_password_of_the_owner_updates_and_the_files_are_his(self):
        result = self.apply("--json", "apply", *self.by_su(self.askpass(PASSWORD)), code=0)
        self.assertTrue(result.json["changed"])
        self.assertEqual((result.json["from"], result.json["to"]), (OLD, NEW))
        self.assert_version(self.app, NEW)
        self.assert_nothing_staged(self.app)
        for place, folders, files in os.walk(self.app):
            for name in folders + files:
                path = os.path.join(place, name)
                self.assertEqual(os.lstat(path).st_uid, self.admin.pw_uid, path)
        installed = json.loads(read(os.path.join(self.app, ".xppkg/installed.json")))
        self.assertFalse(installed["on_purpose"])

    def test_a_chosen_version_is_noted_as_chosen(self):
        self.apply("apply", "--to", NEW, *self.by_su(self.askpass(PASSWORD)), code=0)
        installed = json.loads(read(os.path.join(self.app, ".xppkg/installed.json")))
        self.assertTrue(installed["on_purpose"])

    def test_who_may_write_is_not_asked(self):
        self.xppkg(self.app, "apply", *self.by_su(self.askpass("wrong")), user=self.admin.pw_uid,
                   code=0)
        self.assert_version(self.app, NEW)

    def test_nobody_is_asked_where_there_is_nothing_to_do(self):
        self.xppkg(self.app, "apply", user=self.admin.pw_uid, code=0)
        result = self.apply("--json", "apply", *self.by_su("/nonexistent/askpass"), code=0)
        self.assertFalse(result.json["changed"])
        self.assertEqual(result.json["reason"], "up-to-date")

    def test_wrong_answers_change_nothing(self):
        silent = self.askpass("", "silent")
        failing = self.askpass(PASSWORD, "failing")
        with open(failing, "a", encoding="utf-8") as script:
            script.write("exit 1\n")
        for askpass in (self.askpass("wrong"), silent, failing, "/nonexistent/askpass"):
            with self.subTest(askpass=askpass), self.kept(self.app):
                self.apply("apply", *self.by_su(askpass), error="rights.refused")
        with self.kept(self.app):
            result = self.apply("apply", *self.by_su(self.askpass(PASSWORD), "xppkg-no-such"),
                                error="rights.refused")
        self.assertIn("xppkg-no-such", result.err)

    def test_folder_of_a_third_user_is_not_believed(self):
        other = self.account("other")
        with self.kept(self.app):
            result = self.apply("--json", "apply",
                                *self.by_su(self.askpass(PASSWORD), other.pw_name),
                                error="rights.unsafe-folder")
        self.assertEqual(result.json["error"]["facts"]["path"], self.app)

    def test_password_is_asked_for_at_the_terminal_and_not_shown(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
            os.execve(os.environ["XPPKG"],
                      ["xppkg", "-C", self.app, "--progress=none", "apply", "--elevate=su"],
                      ENVIRONMENT)
        shown = b""

        def asked():
            nonlocal shown
            shown += os.read(terminal, 4096)
            return b": " in shown
        wait_until(asked)
        self.assertIn(f"Password of {self.admin.pw_name}, to update {self.app}: ".encode(), shown)
        os.write(terminal, PASSWORD.encode() + b"\n")
        try:
            while some := os.read(terminal, 4096):
                shown += some
        except OSError:
            pass  # The terminal's last user has gone.
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, shown)
        self.assertNotIn(PASSWORD.encode(), shown)
        self.assert_version(self.app, NEW)

    def test_interrupted_update_is_finished_by_other_rights(self):
        if not shutil.which("strace") or subprocess.run(
                ["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
            self.skipTest("strace cannot be used here")
        journal = os.path.join(self.app, ".xppkg/journal")
        for number in range(5, 60):
            subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2",
                 "-e", f"inject=rename,renameat,renameat2:signal=SIGKILL:when={number}", "setpriv",
                 f"--reuid={self.admin.pw_uid}", f"--regid={self.admin.pw_gid}", "--clear-groups",
                 os.environ["XPPKG"], "-C", self.app, "apply"],
                capture_output=True, env=ENVIRONMENT, check=False)
            if os.path.exists(journal):
                break
        self.assertTrue(os.path.exists(journal))
        self.apply("apply", error="rights.denied")
        self.apply("apply", *self.by_su(self.askpass(PASSWORD)), code=0)
        self.assert_version(self.app, NEW)
        self.assert_nothing_staged(self.app)

    def test_environment_of_the_caller_does_not_reach_the_step(self):
        mark = self.path("loaded")
        os.mkdir(mark)
        os.chmod(mark, 0o1777)
        source = self.path("planted.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write('#include <stdio.h>\n#include <unistd.h>\n#include <fcntl.h>\n'
                       '__attribute__((constructor)) static void note(void) {\n'
                       '  char path[200];\n'
                       f'  snprintf(path, sizeof path, "{mark}/%u", (unsigned)geteuid());\n'
                       '  close(open(path, O_CREAT | O_WRONLY, 0600));\n}\n')
        planted = self.path("planted.so")
        try:
            subprocess.run(["cc", "-shared", "-fPIC", "-o", planted, source], check=True)
        except FileNotFoundError:
            self.skipTest("there is no C compiler")
        run = subprocess.run(
            [os.environ["XPPKG"], "-C", self.app, "apply",
             *self.by_su(self.askpass(PASSWORD))],
            env={**ENVIRONMENT, "LD_PRELOAD": planted, "PATH": "/nonexistent:/usr/bin:/bin"},
            user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[], capture_output=True,
            check=False)
        self.assertEqual(run.returncode, 0, run)
        self.assert_version(self.app, NEW)
        self.assertEqual(os.listdir(mark), [str(self.user.pw_uid)])


if __name__ == "__main__":
    unittest.main(verbosity=1)
