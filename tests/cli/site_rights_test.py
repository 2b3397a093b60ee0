"""A workstation of a site whose user may not write the install folder, and has no way to the vendor:
somebody else's rights bring it to the released version, with files from the site's database."""

import os
import pty
import shutil
import time
import unittest

from accounts import PASSWORD, AccountCase
from site_case import MARK
from xppkg_case import ENVIRONMENT, NEW, OLD, PACKAGE, read, wait_until, write


class SiteRights(AccountCase):
    def setUp(self):
        super().setUp()
        self.user, self.admin = self.account("user"), self.account("admin")
        self.repo = os.path.join(self.guarded, "repo")
        shutil.copytree(self.published(), self.repo, symlinks=True)
        database = os.path.join(self.guarded, "site")
        os.mkdir(database)
        os.chown(database, self.user.pw_uid, self.user.pw_gid)  # Of the site, not of the folder.
        self.database = f"sqlite:{database}/site.db"
        self.pilot = self.joined("pilot", self.user, NEW)
        self.app = self.joined("app", self.admin, OLD)
        self.xppkg(self.pilot, "release", user=self.user.pw_uid, code=0)
        os.rename(self.repo, self.repo + ".away")

    def joined(self, name, owner, version):
        folder = os.path.join(self.guarded, name)
        os.mkdir(folder, 0o755)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.init(folder, f"file:{self.repo}", user=owner.pw_uid, code=0,
                  words=["--database", self.database, "--workstation", name])
        self.xppkg(folder, "install", version, user=owner.pw_uid, code=0)
        self.trust_for_all(folder)
        return folder

    def start(self, *words, **options):
        return self.xppkg(self.app, "start", *words, "--", *MARK, user=self.user.pw_uid, **options)

    def by_su(self, answer):
        return "--elevate=su", "--user", self.admin.pw_name, "--askpass", self.askpass(answer)

    def test_password_of_the_owner_updates_from_the_database_and_the_program_runs(self):
        run = self.start(*self.by_su(PASSWORD), code=0)
        self.assertEqual(run.out, "ran\n", run)
        self.assert_version(self.app, NEW)
        self.assertEqual(self.xppkg(self.app, "--json", "gate", user=self.user.pw_uid,
                                    code=0).json["state"], "ok")

    def test_name_and_password_are_asked_for_at_the_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)
            os.execve(os.environ["XPPKG"],
                      ["xppkg", "-C", self.app, "--progress=none", "start", "--yes", "--", *MARK],
                      {**ENVIRONMENT, "TERM": "xterm"})
        shown = b""
        for question, answer in ((b"(empty: none): ", self.admin.pw_name),
                                 (b"Password of ", PASSWORD)):
            def asked():
                nonlocal shown
                shown += os.read(terminal, 4096)
                return question in shown
            wait_until(asked)
            time.sleep(0.2)  # The terminal has to be silent by then.
            os.write(terminal, answer.encode() + b"\n")
        try:
            while some := os.read(terminal, 4096):
                shown += some
        except OSError:
            pass  # The terminal's last user has gone.
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, shown)
        self.assertNotIn(PASSWORD.encode(), shown)
        self.assertIn(b"ran", shown)
        self.assert_version(self.app, NEW)

    def test_apply_alone_does_so_too_and_leaves_nothing_behind(self):
        temporary = self.path("tmp")
        os.mkdir(temporary)
        os.chmod(temporary, 0o1777)
        self.xppkg(self.app, "apply", *self.by_su(PASSWORD), user=self.user.pw_uid,
                   env={"TMPDIR": temporary}, code=0)
        self.assert_version(self.app, NEW)
        self.assertEqual(os.listdir(temporary), [])

    def test_damaged_files_are_replaced_by_the_full_package_of_the_database(self):
        write(os.path.join(self.app, "lib/core.so"), "damaged")
        self.assertEqual(self.start(*self.by_su(PASSWORD), code=0).out, "ran\n")
        self.assert_version(self.app, NEW)

    def test_release_that_the_vendor_withdrew_since_is_followed_by_other_rights_too(self):
        os.rename(self.repo + ".away", self.repo)
        shutil.copytree(self.published() + ".keys", self.repo + ".keys")
        self.release_tool("withdraw", self.repo, NEW, "--package", PACKAGE, code=0)
        self.xppkg(self.app, "check", user=self.admin.pw_uid, code=100)
        self.xppkg(self.app, "apply", "--to", NEW, *self.by_su(PASSWORD), user=self.user.pw_uid,
                   error="notfound.version")
        self.assertEqual(self.start(*self.by_su(PASSWORD), code=0).out, "ran\n")
        self.assert_version(self.app, NEW)

    def test_refused_means_a_message_and_nothing_changed(self):
        with self.kept(self.app):
            self.assertEqual(self.start(*self.by_su("wrong"), error="rights.refused").out, "")
            self.assertEqual(self.start(error="rights.denied").out, "")

    def test_what_is_handed_over_is_believed_no_further_than_the_vendors_signatures(self):
        """The user gives the step files of his own: swapped, and as links to what he may not read."""
        files = self.path("files")
        shutil.copytree(self.repo + ".away", files)
        os.chmod(self.folder, 0o755)
        secret = os.path.join(self.guarded, "secret")
        write(secret, "of the administrator")
        os.chown(secret, self.admin.pw_uid, self.admin.pw_gid)
        os.chmod(secret, 0o600)
        for place, _, names in os.walk(os.path.join(files, "targets")):
            for name in names:
                os.remove(os.path.join(place, name))
                os.symlink(secret, os.path.join(place, name))
        before = read(os.path.join(self.app, ".xppkg/installed.json"))
        step = self.xppkg(self.app, "elevated-apply", "--to", NEW, "--decision", "1", "--wait", "0",
                          "--files", files, "--decided-at", "2000000000",
                          user=self.admin.pw_uid)
        self.assertNotIn("of the administrator", step.out + step.err)
        self.assertNotEqual(step.code, 0, step)
        self.assertEqual(read(os.path.join(self.app, ".xppkg/installed.json")), before)


if __name__ == "__main__":
    unittest.main(verbosity=1)
