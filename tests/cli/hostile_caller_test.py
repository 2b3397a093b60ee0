"""The step that runs with other rights, called directly and next to people who mean harm."""

import ctypes
import json
import multiprocessing
import os
import random
import shutil
import subprocess
import time
import unittest

from accounts import AccountCase
from http_folder import HttpFolder
from xppkg_case import ENVIRONMENT, NEW, OLD, describe, make_tree, noise, snapshot, write

RENAME_EXCHANGE = 2


def swap(one, other):
    """Exchanges two names in one step."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(other), RENAME_EXCHANGE)


def swap_for_ever(uid, folder, link, victim):
    """A user who puts a link in the place of a folder, and takes it away again: now and then, so that
    a run gets to its commit, and then so often that it meets the link between any two calls."""
    os.setgid(uid)
    os.setuid(uid)
    for number in range(1_000_000):
        time.sleep(random.uniform(0, 0.2))
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            swap(folder, link)
        if os.path.islink(folder):
            swap(folder, link)
        elif not os.path.islink(link):  # The run has moved it aside.
            os.rename(link, f"{link}{number}")
            os.symlink(victim, link)


class HostileCase(AccountCase):
    def setUp(self):
        super().setUp()
        self.user = self.account("user")
        self.app = os.path.join(self.guarded, "app")

    def set_up_app(self, *sources, root=None):
        self.init(self.app, *sources, root=root, code=0)
        self.xppkg(self.app, "install", OLD, code=0)

    def step(self, *words, folder=None, env=None, **options):
        """Runs the step as root; (exit status, its last message)."""
        run = subprocess.run(
            [os.environ["XPPKG"], "-C", folder or self.app, "elevated-apply", *words],
            stdin=subprocess.DEVNULL, capture_output=True, env={**ENVIRONMENT, **(env or {})},
            timeout=60, check=False, **options)
        lines = run.stdout.decode().splitlines()
        return run.returncode, json.loads(lines[-1]) if lines else {"stderr": run.stderr.decode()}

    def refused(self, *words, error, **options):
        """The step ends with this error and changes nothing; its facts."""
        with self.kept(self.app):
            code, last = self.step(*words, **options)
        self.assertEqual((code, last.get("error", last).get("id")), (6, error), last)
        return dict(last["error"]["facts"])


class HostileCaller(HostileCase):
    def test_guarded_folder_is_updated(self):
        self.set_up_app()
        code, last = self.step("--to", NEW)
        self.assertEqual(code, 0, last)
        self.assertEqual(last["result"]["plan"]["to"], NEW)
        self.assert_version(self.app, NEW)

    def test_folder_that_others_may_write_or_swap_is_refused(self):
        self.set_up_app()
        state = os.path.join(self.app, ".xppkg")
        config = os.path.join(state, "config.json")
        trust = os.path.join(state, "trust")
        for path in (self.guarded, self.app, state, trust, config,
                     os.path.join(state, "installed.json")):
            mode = os.stat(path).st_mode & 0o7777
            for change in (lambda: os.chmod(path, mode | 0o020), lambda: os.chmod(path, mode | 0o002),
                           lambda: os.chmod(path, mode | 0o1002),
                           lambda: os.chown(path, self.user.pw_uid, -1)):
                change()
                facts = self.refused("--to", NEW, error="rights.unsafe-folder")
                self.assertEqual(facts["path"], path)
                os.chown(path, 0, 0)
                os.chmod(path, mode)
        self.assertEqual(self.step("--to", NEW)[0], 0)

    def test_folder_in_a_place_where_everybody_may_write_is_refused(self):
        self.app = self.path("app")
        self.set_up_app()
        facts = self.refused("--to", NEW, error="rights.unsafe-folder")
        self.assertTrue(self.app.startswith(facts["path"]), facts)

    def test_lists_of_trusted_folders_and_sudo_change_nothing(self):
        self.set_up_app()
        self.trust_for_all(self.app)
        self.xppkg(self.app, "trust", code=0)
        self.addCleanup(self.xppkg, self.app, "trust", "--remove", code=0)
        os.chown(self.app, self.user.pw_uid, -1)
        self.xppkg(self.app, "status", code=0)
        facts = self.refused("--to", NEW, error="rights.unsafe-folder",
                             env={"SUDO_UID": str(self.user.pw_uid)})
        self.assertEqual(facts["path"], self.app)
        self.assertNotIn("trust with", facts)

    def test_links_on_the_way_and_in_the_state_are_refused(self):
        self.set_up_app()
        link = os.path.join(self.guarded, "link")
        os.symlink(self.app, link)
        facts = self.refused("--to", NEW, folder=link, error="rights.unsafe-folder")
        self.assertEqual(facts["path"], link)
        for name in ("config.json", "trust", "history.jsonl"):
            path = os.path.join(self.app, ".xppkg", name)
            aside = os.path.join(self.guarded, name)
            os.rename(path, aside)
            os.symlink(aside, path)
            code, last = self.step("--to", NEW)
            self.assertEqual((code, last["error"]["id"]), (6, "rights.unsafe-folder"))
            os.unlink(path)
            os.rename(aside, path)
        self.assertEqual(self.step("--to", NEW)[0], 0)

    def test_forged_arguments_reach_nothing_that_is_not_signed(self):
        self.set_up_app()
        for version in ("9.9", "../../etc", "", "4.07.0012/../x", "-1", "4.07.0012 "):
            with self.subTest(version=version), self.kept(self.app):
                code, _ = self.step("--to", version)
                self.assertIn(code, (1, 2))
        for words in (("--to", NEW, "--source", "file:/tmp"), ("--to", NEW, "/etc/passwd"),
                      ("--to", NEW, "--decision", "-1"), ("--root", "/tmp/root.json")):
            with self.subTest(words=words), self.kept(self.app):
                self.assertEqual(self.step(*words)[0], 2)
        with self.kept(self.app):
            self.assertEqual(self.step("--to", NEW, folder="/etc")[0], 2)

    def test_proxy_and_mask_of_the_caller_are_ignored(self):
        dead = {"http_proxy": "http://127.0.0.1:1"}
        with HttpFolder(self.published()) as server:
            self.set_up_app(server.url)
            self.xppkg(self.app, "check", env=dead, error="transport.unreachable")
            code, last = self.step("--to", NEW, env=dead, umask=0)
        self.assertEqual(code, 0, last)
        for place, folders, files in os.walk(os.path.join(self.app, ".xppkg")):
            for path in (os.path.join(place, name) for name in folders + files):
                self.assertEqual(os.lstat(path).st_mode & 0o022, 0, path)

    def test_library_beside_the_program_or_in_the_working_folder_is_not_loaded(self):
        self.set_up_app()
        planted = self.path("planted")
        os.mkdir(planted)
        needed = subprocess.run(["ldd", os.environ["XPPKG"]], capture_output=True, text=True,
                                check=True).stdout
        for line in needed.splitlines():
            if "=>" in line:
                write(os.path.join(planted, line.split()[0]), "no library")
        program = shutil.copy(os.environ["XPPKG"], os.path.join(planted, "xppkg"))
        run = subprocess.run([program, "-C", self.app, "elevated-apply", "--to", NEW], cwd=planted,
                             env=ENVIRONMENT, capture_output=True, check=False)
        self.assertEqual(run.returncode, 0, run)
        self.assert_version(self.app, NEW)


class Race(HostileCase):
    """A user owns a folder of the release, and swaps one in it for a link to an administrator's."""

    def make_victim(self, names):
        victim = os.path.join(self.guarded, "victim")
        make_tree(victim, {name: f"the administrator's {name}" for name in names})
        os.chmod(victim, 0o700)
        return victim

    def test_links_swapped_in_while_the_step_runs_lead_nowhere(self):
        repo = self.make_repository()
        names = [f"file{number}" for number in range(20)]
        for version in ("1.0", "2.0"):
            entries = {f"data/sub/{name}": noise(version + name, 3000) for name in names}
            entries["data/sub/only" + version] = "removed by the other version"
            tree = make_tree(self.path("tree" + version), entries)
            self.add(repo, version, tree, code=0)
        self.init(self.app, f"file:{repo}", root=os.path.join(repo, "root.json"), code=0)
        self.xppkg(self.app, "install", "1.0", code=0)
        victim = self.make_victim([*names, "only1.0", "only2.0"])
        before = snapshot(victim), describe(victim)
        data, sub = os.path.join(self.app, "data"), os.path.join(self.app, "data/sub")
        for path in (data, sub):
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        link = os.path.join(data, "link")
        os.symlink(victim, link)
        racer = multiprocessing.Process(target=swap_for_ever,
                                        args=(self.user.pw_uid, sub, link, victim))
        racer.start()
        outcomes = []
        try:
            end = time.monotonic() + 5
            while time.monotonic() < end:
                outcomes.append(self.step("--to", ("2.0", "1.0")[len(outcomes) % 2])[0])
                self.assertEqual((snapshot(victim), describe(victim)), before)
        finally:
            racer.kill()
            racer.join()
        self.assertGreater(len(outcomes), 3)
        if os.path.islink(sub):
            swap(sub, link)
        # A step that met the link in the folder's place moved it aside and made the folder anew.
        if os.path.islink(link):
            os.unlink(link)
        else:
            shutil.rmtree(link)
        self.assertEqual(self.step("--to", "1.0")[0], 0)
        self.assertEqual(self.step("--to", "2.0")[0], 0)
        self.assertEqual((snapshot(victim), describe(victim)), before)
        self.xppkg(self.app, "verify", "--full", code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
