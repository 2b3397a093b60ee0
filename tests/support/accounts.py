"""Real accounts and folders that only administrators may write, for tests of rights."""

import os
import pwd
import shutil
import subprocess
import tempfile

from xppkg_case import XppkgCase, remove, write

PASSWORD = "pass word's $(end)"


class AccountCase(XppkgCase):
    """An ordinary user, an administrator of applications, and a folder below /opt: who may write it
    and all above it are administrators. Both are gone after the test."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("accounts can be made by root only")
        for program in ("useradd", "userdel", "chpasswd", "su", "setpriv"):
            if not shutil.which(program):
                self.skipTest(f"there is no program {program}")
        os.makedirs("/opt", exist_ok=True)
        self.guarded = tempfile.mkdtemp(prefix="xppkg-test-", dir="/opt")
        os.chmod(self.guarded, 0o755)
        self.addCleanup(remove, self.guarded)

    def account(self, role):
        """A new user with PASSWORD; his entry of the user database."""
        name = f"xppkg-{role}-{os.getpid()}"
        subprocess.run(["useradd", "--no-create-home", "--user-group", name], check=True)
        self.addCleanup(subprocess.run, ["userdel", name], check=True, capture_output=True)
        subprocess.run(["chpasswd"], input=f"{name}:{PASSWORD}\n", text=True, check=True)
        return pwd.getpwnam(name)

    def askpass(self, answer, name="askpass"):
        """A program that answers so, and notes that it was asked."""
        path = os.path.join(self.guarded, name)
        answers = path + ".answer"
        write(answers, answer + "\n")
        write(path, f"#!/bin/sh\ncat '{answers}'\n")
        os.chmod(path, 0o755)
        return path

    def installed_by(self, account, version, name="app"):
        """A folder that this account owns, with the version installed by him."""
        folder = os.path.join(self.guarded, name)
        os.mkdir(folder, 0o755)
        os.chown(folder, account.pw_uid, account.pw_gid)
        self.init(folder, user=account.pw_uid, code=0)
        self.xppkg(folder, "install", version, user=account.pw_uid, code=0)
        self.trust_for_all(folder)
        return folder

    def trust_for_all(self, folder):
        """Trusts a folder that another user owns, as a site's administrator does once."""
        lists = "/etc/xppkg/trusted.d"
        os.makedirs(lists, mode=0o755, exist_ok=True)
        name = os.path.join(lists, f"test-{os.getpid()}-{len(os.listdir(lists))}")
        write(name, folder + "\n")
        os.chmod(name, 0o644)
        self.addCleanup(os.remove, name)
