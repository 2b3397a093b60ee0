"""`xppkg-release add`: nothing secret and nothing foolish is published, and what is published can be
taken."""

import base64
import gzip
import io
import os
import shutil
import tarfile
import unittest
import zipfile

from manage_releases_case import ManageReleasesCase
from strace import can_trace, run_with
from xppkg_case import PASSPHRASE, make_tree, noise, read, start, wait_until, write

BODY = base64.encodebytes(noise(7, 120)).decode()


def pem(label, body=BODY, dashes="-----", space=""):
    begin, end = (f"{dashes}{space}{word} {label}{space}{dashes}\n" for word in ("BEGIN", "END"))
    return begin + body + end


def der(tag, *values):
    body = b"".join(values)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
    return bytes([tag]) + size + body


RSA = der(6, bytes.fromhex("2a864886f70d010101"))
PBES2 = der(6, bytes.fromhex("2a864886f70d01050d"))
DATA = der(6, bytes.fromhex("2a864886f70d010701"))
SHROUDED_KEY = der(6, bytes.fromhex("2a864886f70d010c0a0102"))
CERTIFICATE = der(6, bytes.fromhex("2a864886f70d010c0a0103"))
SECRETS = {
    "PKCS #8": pem("PRIVATE KEY"),
    "encrypted PKCS #8": pem("ENCRYPTED PRIVATE KEY"),
    "RSA with headers": pem("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + BODY),
    "OpenSSH": pem("OPENSSH PRIVATE KEY"),
    "OpenPGP": pem("PGP PRIVATE KEY BLOCK", "\n" + BODY),
    "SSH2": pem("SSH2 ENCRYPTED PRIVATE KEY", dashes="----", space=" "),
    "lines of Windows": pem("EC PRIVATE KEY").replace("\n", "\r\n"),
    "in JSON": '{"private_key": "' + pem("PRIVATE KEY").replace("\n", "\\n") + '"}',
    "after a certificate": pem("CERTIFICATE") * 50 + pem("PRIVATE KEY"),
    "late in a large file": b"x" * 262_130 + pem("PRIVATE KEY").encode(),
    "PuTTY": "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 2\n" + BODY,
    "age": "# created: today\nAGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2 + "\n",
    "minisign": "untrusted comment: minisign encrypted secret key\n" + BODY,
    "PKCS #8 in DER": der(0x30, der(2, b"\0"), der(0x30, RSA, b"\x05\0"), der(4, noise(3, 300))),
    "encrypted PKCS #8 in DER": der(0x30, der(0x30, PBES2, der(0x30)), der(4, noise(3, 300))),
    "PKCS #1 in DER": der(0x30, der(2, b"\0"), der(2, b"\1" * 128), der(2, b"\1\0\1"), der(2, b"\1" * 128)),
    "SEC 1 in DER": der(0x30, der(2, b"\1"), der(4, noise(3, 32))),
    "PKCS #12": der(0x30, der(2, b"\3"), der(0x30, DATA, der(0xa0, SHROUDED_KEY))),
    "Java key store": bytes.fromhex("feedfeed00000002") + bytes([0, 0, 0, 1, 0, 0, 0, 1]) + noise(3, 50),
}
WINDOWS_KEY = bytes.fromhex("0702000000a40000") + b"RSA2" + noise(3, 300)
SECRETS["BLOB of Windows"] = WINDOWS_KEY
SECRETS["PVK of Windows"] = bytes.fromhex("1ef1b5b0") + bytes(16) + b"\x38\1\0\0" + WINDOWS_KEY
DER_KEY = SECRETS["PKCS #8 in DER"]
PEM_KEY = SECRETS["PKCS #8"]


def zipped(content, method=zipfile.ZIP_DEFLATED, name="META-INF/key", before=b""):
    file = io.BytesIO()
    file.write(before)
    with zipfile.ZipFile(file, "a", method) as archive:
        archive.writestr("first", b"x" * 70_000)
        archive.writestr(name, content)
    return file.getvalue()


def tarred(content, form=tarfile.GNU_FORMAT):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in (("first", b"x" * 70_000), ("empty", b""), ("etc/key", content)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def lines_of_base64(content, indent=""):
    return "".join(indent + line + "\n" for line in base64.encodebytes(content).decode().split())


SECRETS.update({
    "zip, compressed": zipped(DER_KEY),
    "zip, stored": zipped(PEM_KEY, zipfile.ZIP_STORED),
    "zip behind a program": zipped(PEM_KEY, before=noise(5, 3000)),
    "tar": tarred(DER_KEY),
    "tar of POSIX": tarred(DER_KEY, tarfile.PAX_FORMAT),
    "gzip": gzip.compress(PEM_KEY.encode()),
    "gzip of several members": gzip.compress(b"x" * 300_000) + gzip.compress(PEM_KEY.encode()),
    "tar in gzip": gzip.compress(tarred(DER_KEY)),
    "zip in a tar in gzip": gzip.compress(tarred(zipped(DER_KEY))),
    "late in a large archive": zipped(noise(6, 70_000_000) + PEM_KEY.encode()),
    "PEM in base64": "tls.key: " + base64.b64encode(PEM_KEY.encode()).decode() + "\n",
    "DER in base64": '{"key": "' + base64.b64encode(DER_KEY).decode() + '"}',
    "DER in lines of base64": "data:\n  key: |\n" + lines_of_base64(DER_KEY, "    ") + "  name: x\n",
    "base64 behind other digits": "blob=abc" + base64.b64encode(b"xy" + PEM_KEY.encode()).decode(),
    "gzip in base64": base64.b64encode(gzip.compress(PEM_KEY.encode())).decode(),
    "UTF-16": PEM_KEY.encode("utf-16"),
    "UTF-16 of the other order": PEM_KEY.encode("utf-16-be"),
    "one line": 'KEY="' + PEM_KEY.replace("\n", "") + '"',
    "one line with spaces": "KEY=" + PEM_KEY.replace("\n", " "),
    "strings of a program": "".join(f'  "{line}\\n"\n' for line in PEM_KEY.splitlines()),
    "JSON in JSON": PEM_KEY.replace("\n", "\\\\n"),
    "XML": PEM_KEY.replace("\n", "&#10;"),
    "GnuPG": b"(21:protected-private-key(3:rsa(1:n257:" + noise(3, 300),
    "GnuPG in its newer form": "Created: 20260101T000000\nKey: (private-key (rsa (n #00C3",
    "OpenPGP as it is stored": b"\x95\x01\x40\x04" + noise(8, 0x13f) + b"\xb4\x04name",
    "WireGuard": "[Interface]\nPrivateKey = " + base64.b64encode(noise(3, 32)).decode() + "\n",
    "OpenVPN": "-----BEGIN OpenVPN Static key V1-----\n" + (noise(3, 16).hex() + "\n") * 16,
    "JSON Web Key": '{"kty": "EC", "crv": "P-256", "x": "a", "d": "'
                    + base64.urlsafe_b64encode(noise(3, 32)).decode().strip("=") + '"}',
    "XML of .NET": "<RSAKeyValue><Modulus>" + BODY + "</Modulus><D>" + BODY + "</D></RSAKeyValue>",
})
HARMLESS = {
    "words of a program": b'\0-----BEGIN RSA PRIVATE KEY-----\n\0"-----BEGIN PRIVATE KEY-----"\0AGE-SECRET-KEY-1\0'
                          b"minisign encrypted secret key\0PuTTY-User-Key-File-\0xppkg-key\0",
    "documentation": "A file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.",
    "public key": pem("PUBLIC KEY"),
    "certificate": pem("CERTIFICATE"),
    "store of certificates": der(0x30, der(2, b"\3"), der(0x30, DATA, der(0xa0, CERTIFICATE))),
    "Java store of certificates": bytes.fromhex("feedfeed00000002") + bytes([0, 0, 0, 1, 0, 0, 0, 2]) + noise(3, 50),
    "archive of harmless files": gzip.compress(tarred(zipped(pem("PUBLIC KEY")))),
    "certificate in base64": "tls.crt: " + base64.b64encode(pem("CERTIFICATE").encode()).decode(),
    "digests in base64": "".join(f'"integrity": "sha512-{base64.b64encode(noise(n, 64)).decode()}"\n'
                                 for n in range(3000)),
    "archives that are damaged": zipped(PEM_KEY)[:-400] + b"\x1f\x8b\x08" + zipped(b"x")[-22:],
    "gzip that is damaged": gzip.compress(noise(4, 5000))[:900],
    "public JSON Web Key": '{"kty": "EC", "x": "' + BODY[:43] + '", "y": "' + BODY[:43] + '"}',
    "setting of WireGuard": "PrivateKey = <from the secret store>\nPublicKey = " + BODY[:43] + "=",
    "prose on keys": "-----BEGIN PRIVATE KEY----- followed by the encoded key and then the last line",
    "public BLOB of Windows": bytes.fromhex("0602000000a40000") + b"RSA1" + noise(3, 300),
    "DER of something else": der(0x30, der(0x30, RSA), der(3, noise(3, 40))),
}


class Releasable(ManageReleasesCase):
    def assert_refused(self, repo, tree, error, *words):
        with self.unchanged(repo):
            return self.add(repo, "1", tree, *words, error=error)


class Secrets(Releasable):
    def test_secret_key_is_refused_by_what_it_holds(self):
        repo = self.make_repository()
        for number, (kind, content) in enumerate(SECRETS.items()):
            with self.subTest(kind):
                tree = make_tree(self.path(f"tree-{number}"), {"app": "x", "data/notes.txt": content})
                self.assertIn("data/notes.txt", self.assert_refused(repo, tree, "tree.secret").err)

    def test_key_in_an_archive_is_told_with_its_place(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {"lib/a.jar": zipped(zipped(PEM_KEY), name="b.jar")})
        result = self.assert_refused(repo, tree, "tree.secret")
        self.assertIn("kind: PEM in META-INF/key in b.jar", result.err)
        self.add(repo, "1", tree, "--allow-key", "lib/a.jar", code=0)

    def test_what_only_speaks_of_keys_is_published(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {f"file-{number}": content for number, content
                                             in enumerate(HARMLESS.values())})
        self.add(repo, "1", tree, code=0)

    def test_our_own_key_files_are_refused_under_any_name_and_by_another_name_of_the_file(self):
        repo = self.make_repository()
        key = f"{repo}.keys/root.key.json"
        tree = make_tree(self.path("tree"), {"app": "x"})
        shutil.copy(key, f"{tree}/readme")
        self.assert_refused(repo, tree, "tree.secret", "--allow-key", "readme")
        os.remove(f"{tree}/readme")
        os.link(key, f"{tree}/linked")
        self.assert_refused(repo, tree, "tree.secret")

    def test_key_for_tests_is_published_if_it_is_named(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {"tests/key.pem": SECRETS["PKCS #8"], "app": "x"})
        self.assert_refused(repo, tree, "tree.secret", "--allow-key", "*.key")
        self.add(repo, "1", tree, "--allow-key", "tests/*.pem", code=0)

    def test_file_of_the_passphrase_is_refused(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {"app": "x", "words": PASSPHRASE})
        with self.unchanged(repo):
            self.release_tool("add", repo, "--package", "app", "--version", "1", tree,
                              "--passphrase-file", f"{tree}/words", error="tree.secret")


class Places(Releasable):
    def test_tree_with_the_repository_or_its_keys_is_refused_whichever_way_it_is_named(self):
        repo = self.make_repository()
        os.symlink(os.path.dirname(repo), self.path("around"))
        for tree in (repo, os.path.dirname(repo), f"{repo}/targets", f"{repo}.keys",
                     f"{repo}.keys/published", self.path("around"), self.path("around") + "/."):
            with self.subTest(tree):
                self.assert_refused(repo, tree, "tree.repository")

    def test_copy_of_a_repository_is_refused(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {"app": "x"})
        shutil.copytree(repo, f"{tree}/old/releases")
        self.assert_refused(repo, tree, "tree.repository")

    def test_root_file_that_an_application_ships_is_published(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), {"app": "x"})
        shutil.copy(f"{repo}/root.json", f"{tree}/root.json")
        self.add(repo, "1", tree, code=0)

    def test_tree_without_a_file_is_refused(self):
        repo = self.make_repository()
        os.makedirs(self.path("empty"))
        self.assert_refused(repo, self.path("empty"), "tree.empty")
        os.makedirs(self.path("empty/folder"))
        self.assert_refused(repo, self.path("empty"), "tree.empty")
        os.symlink("folder", self.path("empty/link"))
        self.assert_refused(repo, self.path("empty"), "tree.empty")


class Takeable(Releasable):
    def test_release_that_equals_an_earlier_one_is_one_like_others(self):
        repo = self.make_repository()
        for version, same_as in (("1", "1"), ("2", "2"), ("3", "1"), ("4", "4"), ("5", "2"),
                                 ("6", "6")):
            self.add(repo, version, self.tree(same_as), code=0)
        self.release_tool("verify", repo, code=0)
        pc = self.workstation(repo, "1")
        for version, same_as in (("3", "1"), ("6", "6"), ("5", "2"), ("4", "4")):
            self.xppkg(pc, "apply", "--to", version, code=0)
            self.assert_runs(pc, same_as)
        self.release_tool("prune", repo, "--package", "app", "--keep", "2", code=0)
        self.xppkg(pc, "apply", "--newest", code=0)
        self.assert_runs(pc, "6")

    def test_config_file_of_any_size_is_no_dead_end(self):
        repo = self.make_repository()
        for version in ("1", "2"):
            tree = make_tree(self.path("t" + version), {"app": version})
            with open(f"{tree}/users.db", "wb") as file:
                file.truncate(68_157_440)
            self.add(repo, version, tree, "--config", "*.db", code=0)
        pc = self.workstation(repo, "1")
        self.xppkg(pc, "apply", code=0)
        os.remove(f"{pc}/app")
        self.xppkg(pc, "repair", code=0)
        self.xppkg(pc, "rollback", code=0)
        self.assertEqual(read(f"{pc}/app"), b"1")

    def test_release_may_have_a_file_of_the_name_that_lies_beside_a_config_file(self):
        repo = self.make_repository()
        for version in ("1", "2"):
            tree = make_tree(self.path("t" + version), {"app.ini": version, "app.ini.new": "y"})
            self.add(repo, version, tree, "--config", "*.ini", code=0)
        pc = self.workstation(repo, "1")
        write(f"{pc}/app.ini", b"mine")
        for verb, beside in (("repair", b"1"), ("apply", b"2"), ("rollback", b"1")):
            self.xppkg(pc, verb, code=0)
            self.xppkg(pc, "verify", "--full", code=0)
            self.assertEqual([read(f"{pc}/app.ini{end}") for end in ("", ".new", ".new-2")],
                             [b"mine", b"y", beside], verb)

    def test_config_file_whose_name_leaves_no_room_for_its_new_state_is_refused(self):
        repo = self.make_repository()
        tree = make_tree(self.path("long"), {"x" * 244 + ".ini": "x"})
        self.assert_refused(repo, tree, "tree.unsafe-name", "--config", "*.ini")

    def test_notes_that_no_client_could_read_are_refused(self):
        repo = self.make_repository()
        write(self.path("notes"), b"\xff\xfe")
        self.assert_refused(repo, self.tree("1"), "usage.invalid", "--notes", self.path("notes"))

    def test_config_files_that_change_come_and_go(self):
        repo = self.make_repository()
        for version, files in (("1", {"a.ini": "a", "app": "1"}),
                               ("2", {"a.ini": "b", "b.ini": "c", "app": "2"}),
                               ("3", {"b.ini": "d", "a.ini/x": "now a folder", "app": "3"})):
            self.add(repo, version, make_tree(self.path("t" + version), files),
                     "--config", "*.ini", code=0)
        self.release_tool("verify", repo, code=0)


class Init(Releasable):
    def test_failed_init_leaves_nothing_that_blocks_the_next(self):
        repo = self.path("repo")
        self.release_tool("init", repo, env={"XPPKG_PASSPHRASE": ""}, error="usage.passphrase")
        self.assertEqual(os.listdir(self.path("")), [])
        self.release_tool("init", "--quick-passphrase", repo, code=0)
        self.release_tool("verify", repo, code=0)

    def test_killed_init_is_cleared_away_by_the_next(self):
        for number in range(8):
            repo = self.path(f"repo-{number}")
            process = start("xppkg-release", "init", "--quick-passphrase", repo,
                            env={"XPPKG_PASSPHRASE": PASSPHRASE})
            keys = f"{repo}.keys"
            wait_until(lambda: os.path.isdir(keys) and len(os.listdir(keys)) > number
                       or process.poll() is not None)
            process.kill()
            process.communicate()
            if os.path.isdir(keys) and "init.unfinished" not in os.listdir(keys):
                continue
            self.release_tool("init", "--quick-passphrase", repo, code=0)
            self.release_tool("verify", repo, code=0)
            self.assertNotIn("init.unfinished", os.listdir(keys))

    def init_with(self, repo, fault):
        """Runs init with a fault of strace; its exit status."""
        command = [os.environ["XPPKG_RELEASE"], "init", "--quick-passphrase", repo]
        return run_with(command, [f"rename,renameat,renameat2:{fault}"],
                        env={**os.environ, "XPPKG_PASSPHRASE": PASSPHRASE}).returncode

    def test_init_that_ends_at_any_rename_is_cleared_away(self):
        if not can_trace():
            self.skipTest("strace cannot be used here")
        for fault in ("signal=KILL", "error=ENOSPC"):
            for number in range(1, 30):
                repo = self.path(f"repo-{fault[0]}-{number}")
                if self.init_with(repo, f"{fault}:when={number}") == 0:
                    break
                if fault == "error=ENOSPC":
                    self.assertFalse(os.path.exists(repo) or os.path.exists(f"{repo}.keys"))
                result = self.release_tool("init", "--quick-passphrase", repo, code=0)
                self.assertNotIn("have no record of", result.err)
                self.add(repo, "1", make_tree(self.path(f"tree-{fault[0]}-{number}"), {"a": "1"}),
                         code=0)
                self.release_tool("init", repo, error="repository.exists")
            self.assertGreater(number, 10)

    def test_repository_that_was_gone_on_with_is_not_an_unfinished_one(self):
        repo = self.make_repository()
        write(f"{repo}.keys/init.unfinished", "")
        self.add(repo, "1", make_tree(self.path("tree"), {"a": "1"}), code=0)
        self.assertNotIn("init.unfinished", os.listdir(f"{repo}.keys"))
        write(f"{repo}.keys/init.unfinished", "")
        self.release_tool("init", repo, error="repository.exists")
        self.release_tool("verify", repo, code=0)

    def test_keys_of_another_repository_are_never_cleared_away(self):
        repo = self.make_repository()
        keys = f"{repo}.keys"
        shutil.rmtree(repo)
        before = sorted(os.listdir(keys))
        self.release_tool("init", repo, error="repository.exists")
        self.assertEqual(sorted(os.listdir(keys)), before)


if __name__ == "__main__":
    unittest.main(verbosity=1)
