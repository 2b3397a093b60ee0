"""`apply --elevate` by the real polkit: pkexec, a bus, and rules."""

import json
import os
import pty
import signal
import subprocess
import termios
import unittest

import polkit
from accounts import PASSWORD, AccountCase
from xppkg_case import ENVIRONMENT, NEW, OLD, read, wait_until

LOCAL_MODES = 3  # of what termios says of a terminal
# The way that the shipped action asks for, with the program of this build in it.
ACTION = "org.xppkg.apply"
MAY = 'if (action.id == "{id}" && subject.user == "{user}") return polkit.Result.{answer};'


class PolkitCase(AccountCase):
    @classmethod
    def setUpClass(cls):
        missing = polkit.why_not()
        if missing:
            raise unittest.SkipTest(missing)
        if not polkit.enter_private_mounts():
            raise unittest.SkipTest("there can be no mount namespace here")

    def setUp(self):
        super().setUp()
        self.user = self.account("user")
        self.app = os.path.join(self.guarded, "app")
        self.init(self.app, code=0)
        self.xppkg(self.app, "install", OLD, code=0)

    def polkit(self, answer, user=None, administrator="root"):
        """Polkit, where this action is answered so for this user, and every other one is refused.
        `administrator` is whose password it asks for."""
        shipped = read(os.environ["XPPKG_POLICY"]).decode()
        before, _, rest = shipped.partition('exec.path">')
        action = self.path(ACTION + ".policy")
        with open(action, "w", encoding="utf-8") as file:
            file.write(before + 'exec.path">' + os.environ["XPPKG"] + rest[rest.index("<"):])
        rule = MAY.format(id=ACTION, user=user or self.user.pw_name, answer=answer)
        running = polkit.Polkit("polkit.addRule(function(action, subject) {" + rule +
                                "return polkit.Result.NO; });\n"
                                "polkit.addAdminRule(function(action, subject) {"
                                f'return ["unix-user:{administrator}"]; }});', [action])
        self.addCleanup(running.end)

    def apply(self, *words, **options):
        return self.xppkg(self.app, "--json", "apply", *words, user=self.user.pw_uid, **options)


class Polkit(PolkitCase):
    def assert_updated_by_root(self, result):
        self.assertEqual((result.json["from"], result.json["to"]), (OLD, NEW))
        self.assert_version(self.app, NEW)
        self.assert_nothing_staged(self.app)
        for place, folders, files in os.walk(self.app):
            for name in folders + files:
                path = os.path.join(place, name)
                self.assertEqual(os.lstat(path).st_uid, 0, path)

    def test_rule_that_allows_it_updates_a_folder_of_root_without_a_prompt(self):
        self.polkit("YES")
        self.apply(error="rights.denied")
        self.assert_updated_by_root(self.apply("--elevate=pkexec", code=0))

    def test_auto_takes_polkit_where_it_is_there(self):
        self.polkit("YES")
        self.assert_updated_by_root(self.apply("--elevate", code=0))

    def test_rule_that_refuses_changes_nothing(self):
        self.polkit("NO")
        for way in ("--elevate=pkexec", "--elevate"):
            with self.subTest(way=way), self.kept(self.app):
                self.apply(way, error="rights.refused")

    def test_rule_for_another_user_does_not_count(self):
        self.polkit("YES", user=self.account("other").pw_name)
        with self.kept(self.app):
            self.apply("--elevate=pkexec", error="rights.refused")

    def test_nobody_to_ask_for_a_password_changes_nothing(self):
        self.polkit("AUTH_ADMIN")
        with self.kept(self.app):
            self.apply("--elevate=pkexec", error="rights.refused")

    def test_password_of_an_administrator_is_asked_for_by_the_agent_of_the_user(self):
        admin = self.account("admin")
        self.polkit("AUTH_ADMIN", administrator=admin.pw_name)
        for answer, code in (("wrong", 6), (PASSWORD, 0)):
            with self.subTest(answer=answer):
                ended, shown = self.apply_beside_an_agent(answer)
                self.assertEqual(ended, code, shown)
                self.assertIn(b"Authentication is required to update an application", shown)
                self.assertNotIn(PASSWORD.encode(), shown)
                self.assert_version(self.app, NEW if code == 0 else OLD)

    def as_user(self, *words):
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                "--clear-groups", *words]

    def apply_beside_an_agent(self, answer):
        """Runs apply where an agent at a terminal asks for passwords; this is typed there. (exit
        status, what the agent showed)."""
        waiting = subprocess.Popen(
            self.as_user("sh", "-c", 'read go; exec "$0" "$@"', os.environ["XPPKG"], "-C", self.app,
                         "apply", "--elevate=pkexec"),
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=ENVIRONMENT)
        ready, told = os.pipe()
        agent, terminal = pty.fork()
        if agent == 0:
            os.set_inheritable(told, True)
            words = self.as_user("pkttyagent", "--process", str(waiting.pid), "--notify-fd",
                                 str(told))
            os.execvpe(words[0], words, ENVIRONMENT)
        os.close(told)
        os.read(ready, 1)  # It ends when the agent is known to polkit.
        os.close(ready)
        waiting.stdin.write(b"\n")
        waiting.stdin.close()
        shown = b""
        while b"Password: " not in shown:
            shown += os.read(terminal, 4096)
        # The agent discards input from before it turned the echo off.
        wait_until(lambda: not termios.tcgetattr(terminal)[LOCAL_MODES] & termios.ECHO)
        os.write(terminal, answer.encode() + b"\n")
        code = waiting.wait(timeout=60)
        os.kill(agent, signal.SIGTERM)
        os.waitpid(agent, 0)
        os.close(terminal)
        return code, shown

    def test_without_a_bus_polkit_cannot_be_asked(self):
        with self.kept(self.app):
            self.apply("--elevate=pkexec", error="rights.refused")

    def test_files_of_another_user_become_his(self):
        admin = self.account("admin")
        os.mkdir(admin.pw_dir)  # pkexec goes there first.
        self.addCleanup(os.rmdir, admin.pw_dir)
        self.app = self.installed_by(admin, OLD, name="his")
        self.polkit("YES")
        self.apply("--elevate=pkexec", code=0)
        self.assert_version(self.app, NEW)
        for name in os.listdir(self.app):
            self.assertEqual(os.lstat(os.path.join(self.app, name)).st_uid, admin.pw_uid, name)

    def test_who_is_let_in_gets_no_more_than_the_step(self):
        self.polkit("YES")
        mark = os.path.join(self.guarded, "mark")
        for words in (("start", "-C", self.app, "--", "touch", mark),
                      ("-C", self.app, "start", "--", "touch", mark),
                      ("-C", self.app, "rollback"), ("-C", self.app, "elevated-apply", "--to", NEW),
                      ("elevated-apply", "-C", self.app, "--to", NEW, "start", "--", "touch", mark),
                      ("elevated-apply", "start", "-C", self.app, "--", "touch", mark)):
            with self.subTest(words=words), self.kept(self.app):
                self.assertNotEqual(self.pkexec(*words), 0)
                self.assertFalse(os.path.exists(mark))

    def pkexec(self, *words):
        return subprocess.run(self.as_user("pkexec", os.environ["XPPKG"], *words),
                              stdin=subprocess.DEVNULL, capture_output=True,
                              env={"PATH": "/usr/bin:/bin"}, check=False).returncode


class Wire(PolkitCase):
    """The step's output is read with care, though it is the same program: here another one runs in
    the place of pkexec."""

    def speaks(self, *lines):
        """From now on pkexec only writes these; each is a command of the shell."""
        script = os.path.join(self.guarded, "pkexec")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + "\n".join(lines) + "\n")
        os.chmod(script, 0o755)
        subprocess.run(["mount", "--bind", script, "/usr/bin/pkexec"], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", "/usr/bin/pkexec"], check=True)

    RESULT = json.dumps({"result": {
        "plan": {"from": OLD, "to": NEW, "steps": [], "bytes": 7, "mend_bytes": 0, "full_bytes": 9,
                 "disk_bytes": 8, "reason": "delta"},
        "changed": True, "downloaded": 7, "notices": []}})

    def test_what_is_no_message_is_left_out(self):
        said = f"echo '{self.RESULT}'"
        for chatter in ("echo Welcome", "head -c 100000 /dev/urandom; echo",
                      "head -c 40000000 /dev/zero; echo", "head -c 40000000 /dev/zero",
                      "yes '[' | head -c 1000000 | tr -d '\\n'; echo",
                      "echo '{\"result\": 1}'; echo '{\"progress\": []}'; echo '[1]'; echo null",
                      "echo '{\"notice\": {\"id\": 1}}'", "printf '\\n\\n\\n'"):
            with self.subTest(chatter=chatter):
                self.speaks(chatter, "echo", said)
                answer = self.apply("--elevate=pkexec", code=0).json
                self.assertEqual((answer["from"], answer["to"], answer["downloaded"]), (OLD, NEW, 7))

    def test_step_that_ends_without_a_result_has_failed(self):
        for lines in (("echo Welcome",), ("head -c 40000000 /dev/zero; echo",),
                      (f"printf %s '{self.RESULT[:-9]}'; echo",),
                      (f"head -c 20000000 /dev/zero; echo '{self.RESULT}'",)):
            with self.subTest(lines=lines):
                self.speaks(*lines)
                with self.kept(self.app):
                    self.apply("--elevate=pkexec", error="process.ended")

    def test_error_of_an_unknown_id_is_an_error(self):
        self.speaks("""echo '{"error": {"id": "no.such", "facts": [["cause", "its own"]]}}'""")
        answer = self.apply("--elevate=pkexec", error="internal")
        self.assertEqual(answer.json["error"]["facts"]["cause"], "its own")


if __name__ == "__main__":
    unittest.main(verbosity=1)
