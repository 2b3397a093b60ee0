"""`xppkg-release add` finds a secret key in an archive of any usual form, also in one that is hostile
or damaged."""

import bz2
import gzip
import io
import lzma
import os
import resource
import subprocess
import tarfile
import unittest
import zipfile

import archives
from manage_releases_case import ManageReleasesCase
from xppkg_case import PASSPHRASE, make_tree, noise

# PKCS #8 in DER: no text, so that it is seen only where it is unpacked.
KEY = (bytes.fromhex("3082014602 0100300d06092a864886f70d0101010500".replace(" ", ""))
       + b"\x04\x82\x01\x30" + noise(3, 304))


def tarred(*contents, name="etc/key"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for number, data in enumerate(contents):
            entry = tarfile.TarInfo(f"{name}-{number}" if number else name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def zipped(*contents, method=zipfile.ZIP_DEFLATED, comment=b""):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for number, data in enumerate(contents):
            archive.writestr(f"file-{number}", data)
        archive.comment = comment
    return file.getvalue()


def damaged_first(content):
    """The first file's compressed bytes make no sense."""
    return content[:50] + b"\xff" * 40 + content[90:]


HELD = {
    "7z": archives.seven_zip("key", KEY),
    "7z, stored": archives.seven_zip("key", KEY, compressed=False),
    "tar in xz": lzma.compress(tarred(KEY)),
    "tar in old lzma": lzma.compress(tarred(KEY), lzma.FORMAT_ALONE),
    "zstd": archives.zstd(KEY),
    "tar in zstd": archives.zstd(tarred(b"x" * 300_000, KEY)),
    "bzip2": bz2.compress(KEY),
    "tar in bzip2 of two streams": bz2.compress(tarred(KEY)[:1000]) + bz2.compress(tarred(KEY)[1000:]),
    "xz in gzip in bzip2": bz2.compress(gzip.compress(lzma.compress(KEY))),
    "zip in a tar in xz": lzma.compress(tarred(zipped(KEY))),
    "7z in a zip": zipped(archives.seven_zip("key", KEY)),
    "zip with bzip2": zipped(KEY, method=zipfile.ZIP_BZIP2),
    "zip with lzma": zipped(KEY, method=zipfile.ZIP_LZMA),
    "cpio": archives.cpio({"first": b"x" * 1001, "key": KEY}),
    "Debian package": archives.ar({"debian-binary": b"2.0\n", "control.tar.gz": gzip.compress(tarred(b"")),
                                   "data.tar.xz": lzma.compress(tarred(KEY))}),
    "large file in a tar in xz": lzma.compress(tarred(b"\0" * 40_000_000, KEY), preset=0),
    "gzip of a disk that begins with zeros": gzip.compress(b"\0" * 2048 + zipped(KEY)),
    "7z in xz": lzma.compress(archives.seven_zip("key", KEY)),
    "two tar archives, one behind the other": tarred(b"x") + tarred(KEY),
    "zip with a long comment": zipped(KEY, comment=b"c" * 60_000),
    "zip behind a program that reads 7z": b"\x7fELF" + b"7z\xbc\xaf\x27\x1c" * 20 + noise(4, 70_000) + zipped(KEY),
    "zip behind a damaged file": damaged_first(zipped(noise(5, 5000), KEY)),
    "tar that is truncated": tarred(KEY, noise(6, 9000))[:5000],
    "tar in xz that is truncated": lzma.compress(tarred(KEY, noise(6, 900_000)))[:500_000],
    "zip with the end of another one": zipped(KEY) + zipped(b"x")[-22:],
    "zip that is truncated": zipped(KEY, noise(6, 9000))[:3000],
    "zip whose directory is too large": archives.zip_of_many(KEY, 800_000),
}
HARMLESS = {
    "huge directory": archives.zip_of_many(b"x", 1_500_000),
    "7z that says it has many files": archives.seven_zip("a", b"x", files=90_000_000),
    "bomb of gzip": archives.gzip_of_zeros(3000),
    "bomb in a bomb": gzip.compress(archives.gzip_of_zeros(30_000)),
    "bomb of nothing": bz2.compress(gzip.compress(gzip.compress(b"") * 400_000)),
    "bomb in a zip": zipped(archives.gzip_of_zeros(3000)),
    "many empty files": gzip.compress(tarred(b"") * 1 + tarred(b"")[:512] * 200_000),
    "beginnings": b"".join(content[:30] for content in HELD.values()),
}


class PackedKeys(ManageReleasesCase):
    def test_key_is_found_in_archives_of_any_usual_form(self):
        repo = self.make_repository()
        for number, (form, content) in enumerate(HELD.items()):
            with self.subTest(form), self.unchanged(repo):
                tree = make_tree(self.path(f"tree-{number}"), {"app": "x", "data": content})
                self.assertIn("kind: PKCS #8", self.add(repo, "1", tree, error="tree.secret").err)

    def test_hostile_archives_take_little_time_and_memory(self):
        repo = self.make_repository()
        tree = make_tree(self.path("tree"), HARMLESS)
        most = 1 << 31

        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        run = subprocess.run(
            [os.environ["XPPKG_RELEASE"], "add", repo, "--package", "app", "--version", "1", tree],
            env={**os.environ, "XPPKG_PASSPHRASE": PASSPHRASE}, preexec_fn=limit, timeout=150,
            capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)

    def test_any_archive_may_be_truncated_anywhere(self):
        repo = self.make_repository()
        files = {f"{number}-{part}": content[:len(content) * part // 7]
                 for number, content in enumerate(HELD.values()) if len(content) < 100_000
                 for part in range(1, 7)}
        tree = make_tree(self.path("tree"), files)
        self.add(repo, "1", tree, "--allow-key", "*", code=0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
