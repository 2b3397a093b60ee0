"""Shared by the tests of keys: workstations, thieves, and runs that are killed at each rename."""

import json
import os
import shutil
import signal
import subprocess

from publish_case import PublishCase
from strace import can_trace
from thief import StolenKey
from xppkg_case import ENVIRONMENT, PASSPHRASE, read, snapshot


class KeyCase(PublishCase):
    def repository(self, name="repo"):
        """A repository with version 1 of the package app."""
        repo = self.make_repository(name)
        self.add(repo, "1", self.tree("1"), code=0)
        return repo

    def key(self, repo, *words, **options):
        return self.release_tool("key", words[0], repo, *words[1:], **options)

    def keys_of(self, repo, role, *words):
        """What `key list` says of a role."""
        roles = self.release_tool("--json", "key", "list", repo, *words, code=0).json["roles"]
        return next(item for item in roles if item["role"] == role)

    def key_ids(self, repo, role):
        return [key["keyid"] for key in self.keys_of(repo, role)["keys"]]

    def stolen(self, repo, name):
        return StolenKey(os.path.join(repo + ".keys", name + ".key.json"), PASSPHRASE)

    def pc(self, repo, name="pc", root=None):
        """A workstation with the newest version installed, which follows a folder `NAME.source`."""
        self.serve(repo, name)
        folder = self.path(name)
        self.init(folder, f"file:{self.path(name)}.source",
                  root=root or os.path.join(repo, "root.json"), code=0)
        self.xppkg(folder, "install", code=0)
        return folder

    def serve(self, repo, name="pc"):
        """From now on the workstation finds this repository at its source."""
        shutil.rmtree(self.path(name) + ".source", ignore_errors=True)
        shutil.copytree(repo, self.path(name) + ".source", ignore=shutil.ignore_patterns(".work"))
        return self.path(name) + ".source"

    def assert_follows(self, folder, version):
        """The workstation comes to this version, which is the newest."""
        self.xppkg(folder, "apply", "--newest", code=0)
        self.assert_same(snapshot(folder), snapshot(self.tree(version)))
        self.xppkg(folder, "check", code=0)
        self.xppkg(folder, "verify", "--full", code=0)

    def state(self, repo):
        """All that a refused run must leave as it was."""
        return {**self.published_files(repo),
                **{"keys/" + path: what for path, what in snapshot(repo + ".keys").items()}}

    def signers(self, repo, file):
        """The key ids under a metadata file."""
        envelope = json.loads(read(os.path.join(repo, "metadata", file)))
        return {item["keyid"] for item in envelope["signatures"]}

    def clone(self, repo, name):
        clone = self.path(name)
        for end in ("", ".keys"):
            shutil.rmtree(clone + end, ignore_errors=True)
            shutil.copytree(repo + end, clone + end)
        return clone

    def checked_by_a_workstation(self, pristine):
        """A check for kill_at_each_rename: a workstation that knows the repository from before
        finds what it needs, and so does an audit."""
        pc = self.pc(pristine)

        def check(repo):
            self.serve(repo)
            shutil.rmtree(pc + ".now", ignore_errors=True)
            shutil.copytree(pc, pc + ".now")
            self.xppkg(pc + ".now", "check", code=0)
            problems = self.release_tool("--json", "verify", repo).json["problems"]
            # A person copies root.json into an installation, last of all.
            self.assertLessEqual({item["path"] for item in problems}, {"root.json"})
        return check

    def kill_at_each_rename(self, pristine, words, check):
        """Runs `xppkg-release WORDS(repo)` on copies and kills it at its 1st, 2nd … rename. Each
        time check(repo) looks at what is left; then the run is repeated to its end."""
        if not can_trace():
            self.skipTest("strace cannot be used here")
        for number in range(1, 100):
            repo = self.clone(pristine, "killed")
            traced = subprocess.run(
                ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2",
                 "-e", f"inject=rename,renameat,renameat2:signal=SIGKILL:when={number}",
                 os.environ["XPPKG_RELEASE"], *words(repo)],
                stdin=subprocess.DEVNULL, capture_output=True, check=False,
                env={**ENVIRONMENT, "XPPKG_PASSPHRASE": PASSPHRASE})
            if traced.returncode == 0:
                return number - 1
            self.assertIn(traced.returncode, (-signal.SIGKILL, 128 + signal.SIGKILL), traced)
            with self.subTest(rename=number):
                check(repo)
                self.release_tool(*words(repo), code=0)
                self.release_tool("verify", repo, code=0)
        self.fail("the run never ended")
