"""Others use the folder too: its owner after root, users who only read, an administrator's modes."""

import fcntl
import json
import os
import subprocess
import unittest

from accounts import AccountCase
from xppkg_case import MIDDLE, NEW, OLD, kill, read, start, write

OWNER = 54321
READER = 54322
PASSWORD = "pass-word-apart"


@unittest.skipUnless(os.geteuid() == 0, "other users are for root to play")
class Others(AccountCase):
    def setUp(self):
        super().setUp()
        self.home = self.path("home")
        os.mkdir(self.home)
        os.chown(self.home, OWNER, OWNER)
        self.pc = os.path.join(self.home, "pc")

    def installed(self, version, *words, **options):
        self.init(self.pc, words=words, user=OWNER, code=0, **options)
        self.xppkg(self.pc, "install", version, user=OWNER, code=0, **options)
        self.trust_for_all(self.pc)

    def test_owner_is_not_locked_out_by_a_run_of_root(self):
        self.installed(OLD)
        sudo = {"SUDO_UID": str(OWNER), "SUDO_GID": str(OWNER)}
        self.xppkg(self.pc, "apply", "--to", MIDDLE, env=sudo, code=0)
        for folder, folders, files in os.walk(self.pc):
            for name in folders + files:
                path = os.path.join(folder, name)
                self.assertEqual(os.lstat(path).st_uid, OWNER, path)
        for words in (["apply", "--to", NEW], ["rollback"], ["repair"]):
            self.xppkg(self.pc, *words, user=OWNER, code=0)

    def test_password_lies_apart_and_the_rest_can_be_read(self):
        database = "sqlite:" + os.path.join(self.home, "site.db")
        self.installed(OLD, "--database", database, "--proxy", f"http://me:{PASSWORD}@localhost:1")
        self.xppkg(self.pc, "release", user=OWNER, code=0)
        state = os.path.join(self.pc, ".xppkg")
        self.assertNotIn(PASSWORD.encode(), read(os.path.join(state, "config.json")))
        self.assertEqual(os.stat(os.path.join(state, "config.json")).st_mode & 0o777, 0o644)
        apart = os.path.join(state, "passwords.json")
        self.assertIn(PASSWORD.encode(), read(apart))
        self.assertEqual(os.stat(apart).st_mode & 0o777, 0o600)
        found = self.xppkg(self.pc, "--json", "gate", user=READER, code=0)
        self.assertEqual(found.json["state"], "ok")

    def test_password_of_who_may_read_it_reaches_the_address(self):
        self.installed(OLD)
        state = os.path.join(self.pc, ".xppkg")
        config = json.loads(read(os.path.join(state, "config.json")))
        config["proxy"] = "http://me@localhost:1"
        write(os.path.join(state, "config.json"), json.dumps(config))
        write(os.path.join(state, "passwords.json"), json.dumps(
            {"format": "1.0", "addresses": {"http://me@localhost:1": 7}}))
        self.xppkg(self.pc, "status", user=OWNER, error="corrupt.state")
        os.chmod(os.path.join(state, "passwords.json"), 0o600)
        os.chown(os.path.join(state, "passwords.json"), OWNER, OWNER)
        self.xppkg(self.pc, "status", user=READER, code=0)

    def test_readers_read_what_they_need_whatever_the_umask(self):
        mask = os.umask(0o077)
        try:
            database = "sqlite:" + os.path.join(self.home, "site.db")
            self.installed(OLD, "--database", database)
            self.xppkg(self.pc, "release", user=OWNER, code=0)
            self.xppkg(self.pc, "apply", user=OWNER, code=0)
        finally:
            os.umask(mask)
        for words in (["gate"], ["status"], ["verify", "--full"], ["history"],
                      ["start", "--", "true"]):
            self.xppkg(self.pc, *words, user=READER, code=0)

    def test_administrators_mode_is_told_as_no_damage_and_kept(self):
        self.installed(OLD)
        os.chmod(os.path.join(self.pc, "bin/app"), 0o4750)
        found = self.xppkg(self.pc, "--json", "verify", "--full", user=OWNER, code=0).json
        self.assertEqual(found["differences"],
                         [{"path": "bin/app", "finding": "mode-changed", "damage": False}])
        self.xppkg(self.pc, "apply", user=OWNER, code=0)
        self.assertEqual(os.stat(os.path.join(self.pc, "bin/app")).st_mode & 0o7777, 0o4750)
        self.xppkg(self.pc, "repair", user=OWNER, code=0)
        self.assertEqual(os.stat(os.path.join(self.pc, "bin/app")).st_mode & 0o7777, 0o4750)

    def test_rights_of_a_file_that_an_update_took_away_come_back_with_it(self):
        self.installed(NEW)
        plugin = os.path.join(self.pc, "plugins/extra.plugin")
        os.chmod(plugin, 0o640)
        self.xppkg(self.pc, "apply", "--to", MIDDLE, user=OWNER, code=0)
        self.assertFalse(os.path.exists(plugin))
        self.xppkg(self.pc, "rollback", user=OWNER, code=0)
        self.assertEqual(os.stat(plugin).st_mode & 0o7777, 0o640)

    def test_passwords_that_this_user_may_not_read_are_not_lost(self):
        self.init(self.pc, user=OWNER, code=0,
                  words=["--database", "postgresql://pc:secret@db.invalid/site"])
        passwords = os.path.join(self.pc, ".xppkg/passwords.json")
        os.chmod(passwords, 0)
        self.xppkg(self.pc, "configure", "--keep", "2", user=OWNER, error="rights.denied")
        self.assertIn(b"secret", read(passwords))

    def test_second_names_of_files_of_state_keep_their_bytes(self):
        self.installed(OLD)
        state = os.path.join(self.pc, ".xppkg")
        backup = os.path.join(self.home, "backup")
        subprocess.run(["cp", "-al", self.pc, backup], check=True)
        before = {name: read(os.path.join(backup, ".xppkg", name))
                  for name in os.listdir(state) if os.path.isfile(os.path.join(state, name))}
        for words in (["apply", "--to", MIDDLE], ["apply"], ["rollback"]):
            self.xppkg(self.pc, *words, user=OWNER, code=0)
        after = {name: read(os.path.join(backup, ".xppkg", name)) for name in before}
        self.assertEqual(after, before)
        self.assertEqual(len(self.xppkg(self.pc, "--json", "history", user=OWNER, code=0).json), 4)

    def test_readers_look_and_start_while_an_update_is_prepared(self):
        self.installed(OLD)
        staging = os.path.join(self.pc, ".xppkg/staging")
        os.makedirs(staging + "/new")
        os.chmod(staging, 0o700)
        for name in (staging, staging + "/new"):
            os.chown(name, OWNER, OWNER)
        for words in (["status"], ["verify"], ["history"], ["check"], ["plan"],
                      ["start", "--", "true"]):
            self.assertIn(self.xppkg(self.pc, *words, user=READER).code, (0, 100), words)

    def test_reader_who_starts_while_an_update_is_committed_waits_for_its_end(self):
        self.installed(OLD)
        state = os.path.join(self.pc, ".xppkg")
        with open(os.path.join(state, "in-use"), "r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            write(os.path.join(state, "journal"), "")
            self.xppkg(self.pc, "check", user=READER, error="locked.other-run")
            process = start("xppkg", "-C", self.pc, "start", "--", "echo", "runs", user=READER)
            self.addCleanup(kill, process)
            self.assertIn(f"(pid {os.getpid()})", process.stderr.readline())
            os.remove(os.path.join(state, "journal"))
        self.assertEqual(process.communicate(timeout=60)[0], "runs\n")
        # Broken off: neither old nor new.
        write(os.path.join(state, "journal"), "")
        self.xppkg(self.pc, "start", "--", "true", user=READER, error="rights.denied")

    def test_owner_starts_where_the_lock_is_not_his(self):
        self.installed(OLD)
        lock = os.path.join(self.pc, ".xppkg/lock")
        os.chown(lock, 0, 0)
        os.chmod(lock, 0o600)
        for words in (["start", "--", "true"], ["check"], ["plan"], ["recover"]):
            self.assertIn(self.xppkg(self.pc, *words, user=OWNER).code, (0, 100), words)
        self.xppkg(self.pc, "apply", user=OWNER, error="rights.denied")

    def test_no_umask_locks_its_own_user_out(self):
        mask = os.umask(0o777)
        try:
            self.installed(OLD)
            self.xppkg(self.pc, "apply", user=OWNER, code=0)
            self.xppkg(self.pc, "rollback", user=OWNER, code=0)
        finally:
            os.umask(mask)

    def test_reader_starts_where_nobody_can_say_that_he_uses_the_folder(self):
        self.installed(OLD)
        os.remove(os.path.join(self.pc, ".xppkg/in-use"))
        self.assertEqual(
            self.xppkg(self.pc, "start", "--", "echo", "runs", user=READER, code=0).out, "runs\n")

    def test_installation_in_another_one_is_told(self):
        self.installed(OLD)
        inner = os.path.join(self.pc, "bin/inner")
        told = self.init(inner, user=OWNER, code=0)
        self.assertIn(f"{inner} lies in another installation, {self.pc}", told.err)
        self.assertNotIn("another installation", self.init(self.path("apart"), code=0).err)

    def test_folder_that_hands_its_group_on_does_so_to_all_that_is_new(self):
        folder = self.path("web")
        os.mkdir(folder)
        os.chown(folder, 0, READER)
        os.chmod(folder, 0o2755)
        self.init(folder, code=0)
        for words in (["install", OLD], ["apply"], ["rollback"], ["apply", "--retry"]):
            self.xppkg(folder, *words, code=0)
            self.xppkg(folder, "verify", "--full", code=0)
            for place, folders, files in os.walk(folder):
                for name in folders + files:
                    path = os.path.join(place, name)
                    self.assertEqual(os.lstat(path).st_gid, READER, path)


if __name__ == "__main__":
    unittest.main(verbosity=1)
