"""Classic patches: what bsdiff writes we apply, what we write bspatch applies, and what bspatch
refuses we refuse."""

import bz2
import os
import struct
import subprocess
import unittest

from delta_case import DeltaCase, cases
from xppkg_case import noise, read, write


def number(value):
    return struct.pack("<Q", abs(value) | (1 << 63 if value < 0 else 0))


def patch_of(steps, difference, extra, output, sizes=None):
    control = bz2.compress(b"".join(number(value) for value in steps))
    difference = bz2.compress(difference)
    stated = sizes or (len(control), len(difference))
    return (b"BSDIFF40" + number(stated[0]) + number(stated[1]) + number(output) + control +
            difference + bz2.compress(extra))


class Bsdiff(DeltaCase):
    def reference(self, *words):
        """One of Debian's programs; its exit status."""
        return subprocess.run([*map(str, words)], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False, timeout=60).returncode

    def files(self, **contents):
        places = []
        for name, content in contents.items():
            places.append(self.path(name))
            write(places[-1], content)
        return places

    def test_what_bsdiff_writes_we_apply(self):
        for what, (old, new) in cases().items():
            if not old or not new:
                continue  # bsdiff refuses empty files.
            with self.subTest(what):
                old_file, new_file = self.files(old=old, new=new)
                self.assertEqual(self.reference("bsdiff", old_file, new_file, self.path("p")), 0)
                self.delta("apply", old_file, self.path("p"), self.path("made"), "--force", code=0)
                self.assertEqual(read(self.path("made")), new)

    def test_what_we_write_bspatch_applies(self):
        for what, (old, new) in cases().items():
            with self.subTest(what):
                old_file, new_file = self.files(old=old, new=new)
                self.delta("diff", "--format", "bsdiff", old_file, new_file, self.path("p"),
                           "--force", code=0)
                self.assertEqual(self.reference("bspatch", old_file, self.path("made"),
                                                self.path("p")), 0)
                self.assertEqual(read(self.path("made")), new)

    def test_our_patches_are_not_much_larger_than_those_of_bsdiff(self):
        ours = theirs = 0
        for old, new in cases().values():
            if not old or not new:
                continue
            old_file, new_file = self.files(old=old, new=new)
            ours += self.delta("diff", "--format", "bsdiff", old_file, new_file, self.path("p"),
                               "--force", "--json", code=0).json["patch_bytes"]
            self.reference("bsdiff", old_file, new_file, self.path("p"))
            theirs += os.path.getsize(self.path("p"))
        self.assertLess(ours, theirs * 1.05)

    def test_odd_patches_are_taken_or_refused_as_bspatch_does(self):
        """Each with a name; the reference decides which are right."""
        big = 1 << 62
        odd = {
            "sound": patch_of([4, 2, 0], b"\1\0\0\0", b"yz", 6),
            "before the old file": patch_of([0, 0, -2, 4, 2, 0], b"12\0\0", b"yz", 6),
            "behind the old file": patch_of([0, 0, 7, 4, 2, 0], b"1234", b"yz", 6),
            "far away": patch_of([0, 0, big, 4, 2, 0], b"1234", b"yz", 6),
            "over the range": patch_of([0, 0, big, 1, 0, big, 3, 2, 0], b"1234", b"yz", 6),
            "negative copy": patch_of([-1, 7, 0], b"\0" * 8, b"12345678", 6),
            "negative literal": patch_of([7, -1, 0], b"\0" * 8, b"12345678", 6),
            "copy beyond the output": patch_of([7, 0, 0], b"\0" * 8, b"", 6),
            "literal beyond the output": patch_of([4, 3, 0], b"\0" * 8, b"12345678", 6),
            "huge copy": patch_of([big, 0, 0], b"\0" * 8, b"", 6),
            "copy of 2^31": patch_of([1 << 31, 0, 0], b"\0" * 8, b"", (1 << 31) + 6),
            "negative output": patch_of([4, 2, 0], b"\1\0\0\0", b"yz", -6),
            "negative sizes": patch_of([4, 2, 0], b"\1\0\0\0", b"yz", 6, (-1, -1)),
            "short control": patch_of([4, 1, 0], b"\1\0\0\0", b"yz", 6),
            "short difference": patch_of([4, 2, 0], b"\1\0\0", b"yz", 6),
            "short extra": patch_of([4, 2, 0], b"\1\0\0\0", b"y", 6),
            "long streams": patch_of([4, 2, 0, 9, 9, 9], b"\1\0\0\0\0\0", b"yzyzyz", 6),
            "bytes at the end": patch_of([4, 2, 0], b"\1\0\0\0", b"yz", 6) + b"more",
            "no output": patch_of([], b"", b"", 0),
            "not bzip2": b"BSDIFF40" + number(9) + number(9) + number(6) + noise(1, 60),
            "a header alone": b"BSDIFF40" + number(0) + number(0) + number(6),
            "half a header": b"BSDIFF40" + number(0),
        }
        old_file, = self.files(old=b"abcd")
        for what, patch in odd.items():
            with self.subTest(what):
                place, = self.files(p=patch)
                made, expected = self.path("made"), self.path("expected")
                for name in (made, expected):
                    if os.path.exists(name):
                        os.remove(name)
                status = self.reference("bspatch", old_file, expected, place)
                self.assertIn(status, (0, 1))  # It crashes on positions far before the old file.
                if status == 0:
                    self.delta("apply", old_file, place, made, code=0)
                    self.assertEqual(read(made), read(expected))
                else:
                    self.delta("apply", old_file, place, made, error="corrupt.payload")
                    self.assert_absent(made)

    def test_a_patch_cut_short_is_refused_and_leaves_nothing(self):
        old, new = cases()["inserted bytes"]
        old_file, new_file = self.files(old=old, new=new)
        self.reference("bsdiff", old_file, new_file, self.path("whole"))
        whole = read(self.path("whole"))
        for size in (8, 31, 32, 100, len(whole) // 2, len(whole) - 100):
            place, = self.files(p=whole[:size])
            self.delta("apply", old_file, place, self.path("made"), error="corrupt.payload")
            self.assert_absent(self.path("made"))

    def test_show_tells_the_header(self):
        place, = self.files(p=patch_of([4, 2, 0], b"\1\0\0\0", b"yz", 6))
        shown = self.delta("show", place, "--json", code=0).json
        self.assertEqual((shown["format"], shown["output"]), ("bsdiff", 6))
        self.assertEqual(sum(shown["streams"].values()) + 32, shown["bytes"])
        self.assertIn("BSDIFF40", self.delta("show", place, code=0).out)

    def test_folders_have_no_classic_patch(self):
        for name in ("a", "b"):
            os.mkdir(self.path(name))
        self.delta("diff", "--format", "bsdiff", self.path("a"), self.path("b"), self.path("p"),
                   error="usage.invalid")
        self.assert_absent(self.path("p"))


if __name__ == "__main__":
    unittest.main(verbosity=1)
