"""`--signer`: keys that another program keeps sign for roles, and a bad one spoils nothing."""

import os
import subprocess
import sys
import time
import unittest

from key_case import KeyCase
from thief import Mirror
from xppkg_case import read

SIGNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support",
                      "demo_signer.py")


class SignerCase(KeyCase):
    def make_key(self, name="hsm", folder="card"):
        os.makedirs(self.path(folder), exist_ok=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out",
                        self.path(folder, name + ".pem")], check=True, capture_output=True)
        return self.path(folder)

    def signer(self, folder, *words):
        return " ".join([sys.executable, f'"{SIGNER}"', folder, *words])

    def signed(self, repo):
        """All but payloads that nothing lists."""
        return {path: what for path, what in self.state(repo).items()
                if not path.startswith("targets")}

    def offered(self, repo, signer):
        """The id of the one key that the signer offers and no role trusts yet."""
        key, = self.release_tool("--json", "key", "list", repo, "--signer", signer,
                                 code=0).json["offered"]
        return key

    def repository_with_signer(self, role="app"):
        """A repository whose role only the signer's key can sign."""
        repo = self.repository()
        signer = self.signer(self.make_key())
        old, = self.key_ids(repo, role)
        self.key(repo, "trust", self.offered(repo, signer), "--role", role, "--signer", signer,
                 code=0)
        self.key(repo, "revoke", old, "--signer", signer, code=0)
        return repo, signer


class GoodSigner(SignerCase):
    def test_package_whose_key_only_the_signer_has_is_published_and_installed(self):
        repo = self.repository()
        pc = self.pc(repo)
        signer = self.signer(self.make_key())
        key = self.offered(repo, signer)
        self.key(repo, "trust", key, "--role", "app", "--signer", signer, code=0)
        self.key(repo, "revoke", "app.package", "--signer", signer, code=0)
        self.assertEqual(self.key_ids(repo, "app"), [key])
        self.add(repo, "2", self.tree("2"), error="trust.key")
        self.add(repo, "2", self.tree("2"), "--signer", signer, code=0)
        self.assertEqual(self.signers(repo, os.path.basename(Mirror(repo).newest("app"))), {key})
        self.serve(repo)
        self.assert_follows(pc, "2")

    def test_signer_alone_signs_a_root_without_any_passphrase(self):
        repo = self.repository()
        signer = self.signer(self.make_key())
        draft = self.path("draft")
        self.key(repo, "trust", self.offered(repo, signer), "--role", "root", "--signer", signer,
                 code=0)
        self.release_tool("root", "export", repo, draft, code=0)
        for name in ("root", "root-spare"):
            os.remove(os.path.join(repo + ".keys", name + ".key.json"))
        self.run_program("xppkg-release", "root", "sign", draft, "--signer", signer,
                         start_new_session=True, code=0)
        self.assertEqual(self.release_tool("--json", "root", "import", repo, draft,
                                           code=0).json["root"], 3)
        self.release_tool("verify", repo, code=0)

    def test_key_list_tells_which_key_the_signer_has(self):
        repo, signer = self.repository_with_signer()
        key, = self.keys_of(repo, "app", "--signer", signer)["keys"]
        self.assertEqual((key["file"], key["signer"]), (None, True))
        key, = self.keys_of(repo, "app")["keys"]
        self.assertFalse(key["signer"])

    def test_timestamp_of_the_signer_is_refreshed(self):
        repo, signer = self.repository_with_signer("timestamp")
        pc = self.pc(repo)
        self.release_tool("refresh", repo, "--signer", signer, code=0)
        self.serve(repo)
        self.xppkg(pc, "check", code=0)


class BadSigner(SignerCase):
    def test_signer_that_misbehaves_publishes_nothing(self):
        repo, _ = self.repository_with_signer()
        before = self.signed(repo)
        card = self.path("card")
        for misbehaviour, reason in (
                ("wrong", "does not belong to the key"), ("garbage", ""), ("list", ""),
                ("not-hex", "not hex"), ("nothing", ""), ("exit", "ended without an answer"),
                ("long", "too long"), ("refused", "the card is locked")):
            with self.subTest(misbehaviour):
                run = self.add(repo, "2", self.tree("2"), "--signer",
                               self.signer(card, misbehaviour), error="trust.key")
                self.assertIn(reason, run.err)
                self.assert_same(self.signed(repo), before)

    def test_silent_signer_is_given_up_in_time(self):
        repo, _ = self.repository_with_signer()
        before = self.signed(repo)
        begin = time.monotonic()
        run = self.add(repo, "2", self.tree("2"), "--signer",
                       self.signer(self.path("card"), "silent"), "--signer-seconds", "1",
                       error="trust.key")
        self.assertLess(time.monotonic() - begin, 30)
        self.assertIn("no answer in time", run.err)
        self.assert_same(self.signed(repo), before)

    def test_program_that_does_not_exist_or_talk_is_told(self):
        repo = self.repository()
        before = self.state(repo)
        for command in (self.path("none"), "/bin/true", "/bin/cat", "/bin/echo []"):
            with self.subTest(command):
                self.add(repo, "2", self.tree("2"), "--signer", command, error="trust.key")
        for command in (" ", '"', '"open'):
            with self.subTest(command):
                self.add(repo, "2", self.tree("2"), "--signer", command, error="usage.invalid")
        self.assert_same(self.state(repo), before)

    def test_command_goes_through_no_shell(self):
        repo = self.repository()
        self.add(repo, "2", self.tree("2"), "--signer", f"/bin/true; touch {self.path('ran')}",
                 error="trust.key")
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_secret_of_the_signer_is_never_in_our_files(self):
        repo, _ = self.repository_with_signer()
        secret = read(os.path.join(self.path("card"), "hsm.pem")).splitlines()[1]
        for folder in (repo, repo + ".keys"):
            for place, _, files in os.walk(folder):
                for name in files:
                    self.assertNotIn(secret, read(os.path.join(place, name)))


if __name__ == "__main__":
    unittest.main(verbosity=1)
