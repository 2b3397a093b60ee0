"""Folders that somebody else owns or may write: what lies in them acts with nobody else's rights
until it is named as trusted, looking changes nothing, and no path leads out of the folder."""

import hashlib
import json
import os
import pwd
import socket
import stat
import subprocess
import unittest

from xppkg_case import MIDDLE, NEW, OLD, XppkgCase, read, release_snapshot, snapshot, write

NOBODY = 65534
UNSAFE = "rights.unsafe-folder"
LISTS = "/etc/xppkg/trusted.d"
VERBS = (["install"], ["check"], ["plan"], ["apply"], ["verify"], ["repair"], ["rollback"],
         ["confirm"], ["recover"], ["status"], ["history"], ["release"], ["hold"], ["unhold"],
         ["gate"], ["fleet"], ["site", "init"], ["start", "--", "true"], ["rollback", "--list"])


def give(folder, user):
    os.lchown(folder, user, user)
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            os.lchown(os.path.join(place, name), user, user)


def record(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=32).hexdigest()[:16] + " " + text + "\n"


def forge_journal(folder, *operations, name="journal"):
    """A journal that recovery takes for a commit that was broken off."""
    usual = {"number": 1, "replaces": False, "mode": 0, "old_mode": 0, "place": "", "old_digest": ""}
    state = os.path.join(folder, ".xppkg")
    os.makedirs(os.path.join(state, "staging/new"))
    os.makedirs(os.path.join(state, "backup"))
    for number in range(1, 9):
        write(os.path.join(state, f"staging/new/{number}"), "attacker's\n")
        write(os.path.join(state, f"backup/{number}"), "attacker's\n")
    lines = [record({"from": OLD, "journal": "1.0", "to": NEW})]
    lines += [record({**usual, **operation}) for operation in operations]
    write(os.path.join(state, name), "".join(lines) + record({"end": len(operations)}))


@unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
class ForeignFolderCase(XppkgCase):
    def setUp(self):
        super().setUp()
        self.app = self.install(OLD)

    def trust(self, folder):
        self.run_program("xppkg", "trust", folder, code=0)
        self.addCleanup(self.run_program, "xppkg", "trust", "--remove", folder)

    def refused(self, *words, **options):
        return self.xppkg(self.app, "--json", *words, error=UNSAFE,
                          **options).json["error"]["facts"]


class ForeignFolder(ForeignFolderCase):
    def test_every_verb_refuses_it_and_says_what_to_do(self):
        give(self.app, NOBODY)
        before = snapshot(self.app, without=())
        for verb in VERBS:
            with self.subTest(verb=verb):
                facts = self.refused(*verb)
                self.assertEqual(facts["path"], self.app)
                self.assertEqual(facts["trust with"], f"xppkg trust {self.app}")
        self.init(self.app, error=UNSAFE)
        self.assertEqual(snapshot(self.app, without=()), before)

    def test_working_folder_is_judged_too(self):
        give(self.app, NOBODY)
        self.run_program("xppkg", "status", cwd=self.app, error=UNSAFE)
        self.run_program("xppkg", "apply", cwd=self.app, error=UNSAFE)

    def test_each_part_of_the_way_and_of_the_state_counts(self):
        os.makedirs(os.path.join(self.app, ".xppkg/staging/new"))
        write(os.path.join(self.app, ".xppkg/staging/new/1"), "staged")
        parts = ["..", "", ".xppkg", ".xppkg/config.json", ".xppkg/trust", ".xppkg/trust/root.json",
                 ".xppkg/installed.json", ".xppkg/staging/new", ".xppkg/staging/new/1"]
        for part in parts:
            path = os.path.normpath(os.path.join(self.app, part))
            with self.subTest(path=path):
                os.chown(path, NOBODY, -1)
                self.assertEqual(self.refused("status")["path"], path)
                os.chown(path, 0, 0)
                if part.endswith("/1"):
                    continue
                mode = os.stat(path).st_mode & 0o7777
                for more in (0o020, 0o002):
                    os.chmod(path, mode | more)
                    os.chown(path, 0, NOBODY)
                    self.assertEqual(self.refused("status")["path"], path)
                    os.chown(path, 0, 0)
                    os.chmod(path, mode)
        self.xppkg(self.app, "status", code=0)

    def test_sticky_parent_is_fine_and_a_sticky_folder_is_not(self):
        os.chmod(self.folder, 0o1777)
        self.xppkg(self.app, "status", code=0)
        os.chmod(self.folder, 0o755)
        os.chmod(self.app, 0o1777)
        self.refused("status")

    def test_link_in_place_of_the_state_is_refused(self):
        state = os.path.join(self.app, ".xppkg")
        os.rename(state, self.path("state"))
        os.symlink(self.path("state"), state)
        self.assertEqual(self.refused("status")["path"], state)

    def test_who_called_sudo_counts_as_the_owner(self):
        give(self.app, NOBODY)
        self.xppkg(self.app, "status", env={"SUDO_UID": str(NOBODY)}, code=0)
        self.refused("status", env={"SUDO_UID": "1234"})
        self.xppkg(self.app, "status", user=NOBODY, code=0)
        give(self.app, 1234)
        self.refused("status", env={"SUDO_UID": "1234"}, user=NOBODY)

    def test_list_of_the_user_is_believed_until_it_is_taken_back(self):
        give(self.app, NOBODY)
        self.trust(self.app)
        listed = self.run_program("xppkg", "--json", "trust", "--list", code=0).json["trusted"]
        self.assertIn(self.app, listed)
        self.xppkg(self.app, "apply", code=0)
        self.assert_version(self.app, NEW)
        self.run_program("xppkg", "trust", "--remove", self.app, code=0)
        self.refused("status")

    def test_list_of_another_user_or_in_the_folder_is_not_believed(self):
        give(self.app, NOBODY)
        settings = self.path("settings")
        os.makedirs(settings + "/xppkg")
        write(settings + "/xppkg/trusted", self.app + "\n")
        give(settings, 1234)
        self.refused("status", env={"XDG_CONFIG_HOME": settings, "HOME": settings})
        self.xppkg(self.app, "status", env={"XDG_CONFIG_HOME": settings}, user=NOBODY, code=0)
        give(self.app, 4321)
        self.refused("status", env={"XDG_CONFIG_HOME": settings}, user=NOBODY)
        give(settings, NOBODY)
        self.xppkg(self.app, "status", env={"XDG_CONFIG_HOME": settings}, user=NOBODY, code=0)
        os.chmod(settings + "/xppkg/trusted", 0o666)
        self.refused("status", env={"XDG_CONFIG_HOME": settings}, user=NOBODY)

    def test_list_that_does_not_count_is_told_to_who_adds_to_it(self):
        give(self.app, 1234)
        home = self.path("home")
        os.mkdir(home)
        os.chown(home, NOBODY, NOBODY)
        os.chmod(home, 0o777)
        user = {"env": {"HOME": home, "XDG_CONFIG_HOME": ""}, "user": NOBODY}
        told = self.run_program("xppkg", "--json", "trust", self.app, error=UNSAFE, **user)
        self.assertEqual(told.json["error"]["facts"]["path"], home)
        self.refused("status", **user)
        os.chmod(home, 0o755)
        self.run_program("xppkg", "trust", self.app, code=0, **user)
        self.xppkg(self.app, "status", code=0, **user)

    def test_what_the_user_wrote_into_his_list_himself_stays(self):
        home = self.path("home")
        os.makedirs(home + "/kept")
        own = home + "/kept/dotfile"
        write(own, f"# of mine\n{self.app}/\n\n/srv/other\n")
        os.makedirs(home + "/.config/xppkg")
        os.symlink(own, home + "/.config/xppkg/trusted")
        give(home, NOBODY)
        os.chmod(own, 0o640)
        user = {"env": {"HOME": home, "XDG_CONFIG_HOME": ""}, "user": NOBODY}
        more = self.path("more")
        os.mkdir(more)
        self.run_program("xppkg", "trust", more, code=0, **user)
        self.assertEqual(read(own).decode(), f"# of mine\n{self.app}/\n\n/srv/other\n{more}\n")
        self.assertTrue(os.path.islink(home + "/.config/xppkg/trusted"))
        self.assertEqual(stat.S_IMODE(os.stat(own).st_mode), 0o640)
        self.run_program("xppkg", "trust", self.app, code=0, **user)
        self.assertEqual(read(own).count(self.app.encode()), 1)
        # In whatever form the line names the folder.
        self.run_program("xppkg", "trust", "--remove", self.app, code=0, **user)
        self.assertEqual(read(own).decode(), f"# of mine\n\n/srv/other\n{more}\n")

    def test_list_that_does_not_count_is_not_replaced(self):
        home = self.path("home")
        os.makedirs(home + "/.config/xppkg")
        own = home + "/.config/xppkg/trusted"
        write(own, "/srv/other\n")
        give(home, NOBODY)
        os.chmod(own, 0o666)
        user = {"env": {"HOME": home, "XDG_CONFIG_HOME": ""}, "user": NOBODY}
        self.run_program("xppkg", "trust", self.app, error=UNSAFE, **user)
        self.run_program("xppkg", "trust", "--remove", "/srv/other", error=UNSAFE, **user)
        self.assertEqual(read(own), b"/srv/other\n")
        os.chmod(own, 0o600)
        write(own, "#" * 2_000_000)
        self.run_program("xppkg", "trust", self.app, error="limit.exceeded", **user)
        self.assertEqual(os.path.getsize(own), 2_000_000)

    def test_who_takes_his_trust_back_is_told_that_the_administrators_stays(self):
        os.makedirs(LISTS, mode=0o755, exist_ok=True)
        name = os.path.join(LISTS, f"test-{os.getpid()}")
        self.addCleanup(os.remove, name)
        write(name, self.app + "\n")
        told = self.run_program("xppkg", "--json", "trust", "--remove", self.app, code=0).json
        self.assertEqual(told, {"removed": False, "by_administrators": True})
        self.assertIn("stays trusted",
                      self.run_program("xppkg", "trust", "--remove", self.app, code=0).err)

    def test_list_of_the_administrators_holds_for_all(self):
        give(self.app, 4321)
        os.makedirs(LISTS, mode=0o755, exist_ok=True)
        name = os.path.join(LISTS, f"test-{os.getpid()}")
        self.addCleanup(os.remove, name)
        write(name, f"# for the tests\n\n{self.app}/\n")
        self.xppkg(self.app, "status", code=0)
        self.xppkg(self.app, "status", user=NOBODY, code=0)
        os.chown(name, 4321, 4321)
        self.refused("status")
        self.refused("status", user=NOBODY)


@unittest.skipUnless(os.geteuid() == 0, "only root becomes another user")
class GroupsOfOneUser(XppkgCase):
    """A group of the owner's alone may write; one that is somebody's usual group too may not."""

    OWNER = f"xo{os.getpid()}"
    OTHER = f"xp{os.getpid()}"

    def test_usual_group_of_a_second_user_is_not_the_owners_alone(self):
        subprocess.run(["useradd", "-U", "-M", self.OWNER], check=True)
        self.addCleanup(subprocess.run, ["userdel", self.OWNER], check=True)
        owner = pwd.getpwnam(self.OWNER)
        folder = self.install(OLD)
        give(folder, owner.pw_uid)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        os.chmod(folder, 0o775)
        self.xppkg(folder, "status", user=owner.pw_uid, code=0)
        subprocess.run(["useradd", "-N", "-M", "-g", self.OWNER, self.OTHER], check=True)
        try:
            self.xppkg(folder, "status", user=owner.pw_uid, error=UNSAFE)
        finally:
            subprocess.run(["userdel", self.OTHER], check=True)


class OnlyLooking(XppkgCase):
    def test_broken_off_commit_is_told_and_left_as_it_is(self):
        folder = self.install(OLD)
        forge_journal(folder, {"op": "put", "path": "planted"})
        before = snapshot(folder, without=())
        self.assertTrue(self.status(folder)["broken_off"])
        self.assertTrue(self.xppkg(folder, "--json", "verify", code=0).json["broken_off"])
        for verb in ("status", "verify", "history"):
            self.assertIn("interrupted", self.xppkg(folder, verb, code=0).err)
        self.assertEqual(snapshot(folder, without=()), before)
        self.xppkg(folder, "recover", code=0)
        self.assertFalse(self.status(folder)["broken_off"])

    def test_who_recovers_is_told_what_was_moved_aside(self):
        told = "Moved your app to .xppkg/displaced/2/app."
        for number, words in enumerate((["recover"], ["apply"], ["gate"],
                                        ["start", "--", "true"])):
            folder = self.install(OLD, name=f"pc-{number}")
            write(folder + "/app", "mine")
            forge_journal(folder, {"op": "displace", "path": "app", "place": "2/app"},
                          {"op": "put", "path": "app", "replaces": True, "place": "2/app"})
            self.assertIn(told, self.xppkg(folder, *words, code=0).err)
            self.assertEqual(read(folder + "/.xppkg/displaced/2/app"), b"mine")


class NothingOutside(XppkgCase):
    """The journal of a folder that is trusted: one of those who share it may have written it."""

    def test_journal_follows_no_link_below_the_folder(self):
        for name in ("journal", "journal.undo", "journal.done"):
            for op in ("put", "remove", "chmod", "mkdir", "rmdir", "displace", "respell"):
                with self.subTest(name=name, op=op):
                    folder = self.install(OLD, name=f"{name}-{op}")
                    victim = self.path(f"victim-{name}-{op}")
                    os.makedirs(victim + "/empty")
                    write(victim + "/secret", "keep\n")
                    os.symlink(victim, folder + "/link")
                    before = snapshot(victim)
                    path = {"mkdir": "link/new", "rmdir": "link/empty"}.get(op, "link/secret")
                    forge_journal(folder, {"op": op, "path": path, "mode": 0o777, "place": "x/y",
                                           "old_mode": 0o777, "replaces": True,
                                           **({"to": "link/Secret"} if op == "respell" else {})},
                                  name=name)
                    self.assertNotEqual(self.xppkg(folder, "recover").error, "internal")
                    self.assertEqual(snapshot(victim), before)

    def test_journal_gives_no_program_the_rights_of_its_owner(self):
        for name, mode in (("journal", "mode"), ("journal.undo", "old_mode")):
            folder = self.install(OLD, name=name)
            forge_journal(folder, {"op": "chmod", "path": "bin/app", mode: 0o6755}, name=name)
            self.xppkg(folder, "recover", code=0)
            self.assertEqual(stat.S_IMODE(os.stat(folder + "/bin/app").st_mode), 0o755)

    def test_name_that_leads_through_a_link_is_read_as_the_system_reads_it(self):
        os.makedirs(self.path("deep/er"))
        folder = self.install(OLD, name="deep/app")
        os.symlink("deep/er", self.path("link"))
        self.assertEqual(self.status(self.path("link/../app"))["folder"], folder)
        self.xppkg(self.path("link/../nothing"), "status", error="usage.not-installation")
        self.init(self.path("link/../second"), code=0)
        self.assertTrue(os.path.isdir(self.path("deep/second/.xppkg")))


class ForeignConfiguration(ForeignFolderCase):
    """In a folder that this user trusts, written by somebody who may read less."""

    def setUp(self):
        super().setUp()
        give(self.app, NOBODY)
        self.trust(self.app)

    def configure(self, **changes):
        file = os.path.join(self.app, ".xppkg/config.json")
        config = {**json.loads(read(file)), **changes}
        write(file, json.dumps(config))

    def secret(self, name="secret"):
        path = self.path(name)
        write(path, "root's\n")
        os.chmod(path, 0o600)
        return path

    def test_password_of_somebody_else_is_not_sent(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.1)
            port = server.getsockname()[1]
            self.configure(database=f"postgresql://u@127.0.0.1:{port}/x?password-file={self.secret()}")
            for verb in (["status"], ["gate"], ["apply"], ["fleet"]):
                self.assertEqual(self.refused(*verb)["path"], self.path("secret"))
            with self.assertRaises(TimeoutError):
                server.accept()

    def test_files_that_only_the_caller_may_read_are_not_read(self):
        self.configure(ca_file=self.secret())
        self.refused("check")
        self.configure(ca_file="", database=f"sqlite:{self.secret('site.db')}")
        self.refused("status")
        repo = self.copy_of_published()
        self.configure(database="", sources=[f"file:{repo}"])
        self.xppkg(self.app, "check", code=100)
        os.chmod(repo, 0o700)
        self.xppkg(self.app, "check", error=UNSAFE)
        os.chmod(repo, 0o755)
        os.symlink(self.secret("other"), self.path("way"))
        self.configure(ca_file=self.path("way"))
        self.refused("check")

    def test_file_of_passwords_adds_passwords_only(self):
        own = os.path.join(self.app, ".xppkg/config.json")
        apart = os.path.join(self.app, ".xppkg/passwords.json")
        address = "postgresql://u@127.0.0.1:1/x"
        self.configure(database=address)
        os.chown(own, 0, 0)

        def complete(other):
            write(apart, json.dumps({"format": "1.0", "addresses": {address: other}}))
            os.chown(apart, NOBODY, NOBODY)
        for other in (f"sqlite:{self.secret()}", "postgresql://u@127.0.0.1:2/x",
                      "postgresql://v:word@127.0.0.1:1/x", f"{address}?password-file=/etc/passwd",
                      "postgresql://u:p@127.0.0.1:2/x?password-file=/y@127.0.0.1:1/x"):
            with self.subTest(other=other):
                complete(other)
                self.xppkg(self.app, "status", error="corrupt.state")
        complete("postgresql://u:p@ss@127.0.0.1:1/x")
        self.assertEqual(self.status(self.app)["database_state"], "unreachable")

    def test_what_the_author_may_read_is_read(self):
        path = self.secret()
        os.chown(path, NOBODY, NOBODY)
        self.configure(database=f"sqlite:{path}")
        self.assertEqual(self.status(self.app)["database_state"], "unreachable")


class SharedFolder(ForeignFolderCase):
    """A folder of a group, mode 2775: two users keep it up to date, after one command of the
    administrator."""

    USERS = (12_001, 12_002)
    GROUP = 12_000

    def setUp(self):
        super().setUp()
        self.shared = self.path("shared")
        os.mkdir(self.shared)
        os.chown(self.shared, 0, self.GROUP)
        os.chmod(self.shared, 0o2775)
        os.makedirs(LISTS, mode=0o755, exist_ok=True)
        name = os.path.join(LISTS, f"shared-{os.getpid()}")
        self.addCleanup(os.remove, name)
        write(name, self.shared + "\n")

    def by(self, number, *words, **options):
        user = self.USERS[number]

        def become():
            os.setgroups([])
            os.setgid(self.GROUP)
            os.setuid(user)
            os.umask(0o022)
        return self.xppkg(self.shared, *words, preexec_fn=become, **options)

    def init_by(self, number):
        repo = self.published()
        self.by(number, "init", "--source", f"file:{repo}", "--root", f"{repo}/root.json",
                "--package", "app", "--keep", 3, code=0)

    def assert_is(self, version):
        """The release, apart from the bits by which folders are shared."""
        found = {path: (kind, mode & ~0o2020 if kind == "folder" else mode, rest)
                 for path, (kind, mode, rest) in snapshot(self.shared).items()}
        self.assertEqual(found, release_snapshot(version))

    def test_two_users_install_update_repair_and_go_back(self):
        self.init_by(0)
        self.by(1, "install", OLD, code=0)
        self.assert_is(OLD)
        self.by(0, "apply", "--to", MIDDLE, code=0)
        self.assert_is(MIDDLE)
        self.by(1, "apply", "--to", NEW, code=0)
        self.assert_is(NEW)
        self.by(0, "verify", "--full", code=0)
        os.remove(os.path.join(self.shared, "lib/core.so"))
        self.by(0, "repair", code=0)
        self.by(1, "rollback", code=0)
        self.assert_is(MIDDLE)
        self.by(0, "rollback", OLD, code=0)
        self.assert_is(OLD)
        self.assertEqual(self.by(1, "start", "--", "echo", "runs", code=0).out, "runs\n")
        actions = [item["action"] for item in self.by(0, "--json", "history", code=0).json]
        self.assertEqual(actions, ["install", "apply", "apply", "repair", "rollback", "rollback"])
        self.xppkg(self.shared, "apply", "--newest", code=0)
        self.by(1, "apply", "--to", OLD, code=0)
        self.assert_is(OLD)

    def test_what_one_left_half_done_the_other_completes(self):
        self.init_by(0)
        self.by(0, "install", OLD, code=0)
        state = os.path.join(self.shared, ".xppkg")
        journal = os.path.join(state, "journal")
        usual = {"number": 1, "replaces": False, "mode": 0, "old_mode": 0, "place": "",
                 "old_digest": ""}

        def leave():
            os.setgroups([])
            os.setgid(self.GROUP)
            os.setuid(self.USERS[0])
            for name in ("staging", "staging/new", "backup"):
                os.mkdir(os.path.join(state, name))
                os.chmod(os.path.join(state, name), 0o2770)
            write(os.path.join(state, "staging/new/1"), "new\n")
            write(journal, record({"from": OLD, "journal": "1.0", "to": NEW}) +
                  record({**usual, "op": "put", "path": "fresh"}) + record({"end": 1}))
            os.chmod(journal, 0o660)
        pid = os.fork()
        if pid == 0:
            leave()
            os._exit(0)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        self.by(1, "recover", code=0)
        self.assertEqual(read(os.path.join(self.shared, "fresh")), b"new\n")
        self.assertFalse(os.path.exists(journal))


if __name__ == "__main__":
    unittest.main()
