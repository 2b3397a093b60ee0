"""`xppkg-delta`: columns of numbers, files with holes, patches of other programs, and sizes that are
only claimed."""

import os
import random
import struct
import unittest

from delta_case import DeltaCase
from xppkg_case import make_tree, noise, read, write

MIB = 1024 * 1024


def lines(step):
    source = random.Random(2)
    return "".join(f"{number + step};{source.getrandbits(60):x};{source.randrange(10**6)}\n"
                   for number in range(40_000)).encode()


def floats(step):
    source = random.Random(3)
    values = [source.random() * 1000 for _ in range(200_000)]
    return struct.pack(f"<{len(values)}f", *[value + (step if i % 100 == 0 else 0)
                                             for i, value in enumerate(values)])


def ramp(factor):
    return struct.pack("<100000I", *[factor * number + 1 for number in range(100_000)])


def offsets(start):
    source = random.Random(4)
    out, at = [], start
    for number in range(8_000):
        size = source.randrange(100, 90_000)
        out.append(f'"file-{source.getrandbits(40):x}.js":{{"size":{size},"offset":"{at}"}}')
        at += size
    return ("{" + ",".join(out) + "}").encode()


def references(step):
    """Like the table of a PDF file."""
    source = random.Random(5)
    out, at = [], 15
    for number in range(10_000):
        out.append(f"{at + (step if number > 9 else 0):010} 00000 n \n")
        at += source.randrange(60, 4_000)
    return "".join(out).encode()


def rows(first, second):
    """Two columns that move, and two that stay."""
    source = random.Random(6)
    return "".join(f"{10**5 + 3 * number + first},{source.randrange(10**4)},{10**6 + 7 * number + second},"
                   f"{source.getrandbits(32):x}\n" for number in range(15_000)).encode()


def number(value, width, order):
    return (value % (1 << 8 * width)).to_bytes(width, order)


def table(columns, count=12_000, start=1_000, edited=False):
    """Two tables, whose rows have those columns: (width, order, step), or (width, None, 0) for bytes
    that stay. Of the new one, with `edited`, rows were taken out and put in."""
    source = random.Random(7)
    old, new, value = [], [], start
    for _ in range(count):
        value += source.randrange(1, 400)
        both = [(number(value, width, order), number(value + step, width, order)) if order
                else (source.randbytes(width),) * 2 for width, order, step in columns]
        old.append(b"".join(first for first, _ in both))
        new.append(b"".join(second for _, second in both))
    if edited:
        new[count // 3:count // 3] = new[:7]
        del new[-count // 3:-count // 3 + 11]
    return b"".join(old), b"".join(new)


class Numbers(DeltaCase):
    def test_numbers_that_have_moved_take_no_more_than_in_the_classic_form(self):
        columns = {"a column of a text": (lines(0), lines(1)), "a float of a hundred": (floats(0), floats(0.5)),
                   "all of a table": (ramp(1), ramp(3))}
        self.assert_as_small(columns, 1.05)

    def test_decimal_numbers_that_moved_by_a_step_take_less_than_half_of_the_classic_form(self):
        texts = {"offsets of files": (offsets(0), offsets(4096)),
                 "offsets of files that shrank": (offsets(4096), offsets(4096 - 37)),
                 "a table of references": (references(0), references(123456)),
                 "two columns of four": (rows(0, 0), rows(17, 4096))}
        self.assert_as_small(texts, 0.5)

    def test_tables_of_any_width_and_order_take_no_more_than_in_the_classic_form(self):
        self.assert_as_small({
            f"{width} bytes, {order} endian, {step}": table([(width, order, step)])
            for width in (2, 3, 4, 5, 6, 8) for order in ("little", "big") for step in (17, -4096)
        }, 1.05)

    def test_tables_of_negative_numbers_take_no_more_than_in_the_classic_form(self):
        self.assert_as_small({
            f"{width} bytes, {order} endian": table([(width, order, 123_456)], start=-1_300_000)
            for width in (3, 4, 8) for order in ("little", "big")
        }, 1.05)

    def test_records_with_numbers_take_no_more_than_in_the_classic_form(self):
        self.assert_as_small({
            "bytes around a number": table([(9, None, 0), (4, "big", 4096), (23, None, 0)]),
            "an odd row": table([(7, None, 0), (4, "big", 123_456), (8, None, 0)]),
            "both orders": table([(4, "big", 17), (3, "little", 1_000), (2, None, 0), (8, "big", -5)]),
        }, 1.05)

    def test_tables_with_rows_put_in_and_taken_out_take_no_more_than_in_the_classic_form(self):
        self.assert_as_small({
            f"{width} bytes, {order} endian": table([(width, order, 4096)], edited=True)
            for width in (2, 3, 4, 5, 8) for order in ("little", "big")
        }, 1.05)

    def assert_as_small(self, columns, factor):
        for number, (kind, (old, new)) in enumerate(columns.items()):
            with self.subTest(kind):
                names = [self.path(f"{number}.{end}") for end in ("old", "new", "patch", "classic", "made")]
                old_file, new_file, patch, classic, made = names
                write(old_file, old)
                write(new_file, new)
                self.delta("diff", old_file, new_file, patch, code=0)
                self.delta("diff", "--format", "bsdiff", old_file, new_file, classic, code=0)
                self.assertLessEqual(os.path.getsize(patch), os.path.getsize(classic) * factor + 200)
                self.delta("apply", old_file, patch, made, code=0)
                self.assertEqual(read(made), new)


class Holes(DeltaCase):
    def setUp(self):
        super().setUp()
        self.make_holes(self.path("probe"), b"")
        if self.on_disk(self.path("probe")) > MIB:
            self.skipTest("this disk has no holes")

    def make_holes(self, path, start):
        with open(path, "wb") as file:
            file.write(start)
            file.truncate(50 * MIB)
            file.seek(20 * MIB)
            file.write(start)

    def on_disk(self, path):
        return os.stat(path).st_blocks * 512

    def test_holes_stay_holes_in_files(self):
        old, new = self.path("old"), self.path("new")
        self.make_holes(old, noise(1, 5_000))
        self.make_holes(new, noise(2, 5_000))
        for form in ("xppkg", "bsdiff"):
            with self.subTest(form):
                patch, made = self.path(form), self.path("made-" + form)
                self.delta("diff", "--format", form, old, new, patch, code=0)
                self.delta("apply", old, patch, made, code=0)
                self.assertEqual(read(made), read(new))
                self.assertLess(self.on_disk(made), MIB)

    def test_holes_stay_holes_in_folders(self):
        for name in ("old", "new"):
            make_tree(self.path(name), {"news": name})
            self.make_holes(self.path(name, "same"), noise(1, 5_000))
            self.make_holes(self.path(name, "image"), name.encode())
        self.delta("diff", self.path("old"), self.path("new"), self.path("patch"), code=0)
        self.delta("apply", self.path("old"), self.path("patch"), self.path("made"), code=0)
        for name in ("same", "image"):
            self.assertEqual(read(self.path("made", name)), read(self.path("new", name)))
            self.assertLess(self.on_disk(self.path("made", name)), MIB)

    def test_holes_stay_holes_at_a_workstation_and_on_the_way_back(self):
        repo = self.make_repository()
        for version in ("1", "2"):
            make_tree(self.path(version), {"news": version})
            self.make_holes(self.path(version, "image"), version.encode())
            self.add(repo, version, self.path(version), code=0)
        pc = self.path("pc")
        self.init(pc, f"file:{repo}", root=f"{repo}/root.json", code=0)
        for words, version in ((["install", "1"], "1"), (["apply"], "2"), (["rollback"], "1")):
            self.xppkg(pc, *words, code=0)
            self.assertEqual(read(f"{pc}/image"), read(self.path(version, "image")))
            self.assertLess(self.on_disk(f"{pc}/image"), MIB)


class Foreign(DeltaCase):
    FORMATS = {
        b"ENDSLEY/BSDIFF43": "BSDIFF43", b"BSDF2   ": "BSDF2", b"GBSDIF42": "Chromium",
        b"MBDIFF10": "Mozilla", b"BSDIFN40": "BSDIFN40", b"HDIFF13&zstd": "HDiffPatch",
        b"HDIFFSF20&zstd": "HDiffPatch", b"HDIFF19&": "HDiffPatch", b"\xd6\xc3\xc4\0": "VCDIFF",
        b"%XDZ004%": "xdelta", b"\x28\xb5\x2f\xfd": "zstd", b"Cou\0": "Courgette", b"Zucc": "Zucchini",
        b"Courgette": "Courgette", b"CrAU": "CrAU",
        b"diff --git a/x b/x\n": "git", b"From 00\nSubject: x\n\ndiff --git a/x b/x\n": "git",
        b"--- a/x\n+++ b/x\n": "diff", b"PUF1": "puffin", b"IMGDIFF2": "imgdiff", b"rs\x026": "rdiff",
        b"PA30": "MSDelta", b"XBSDIFF9": "XBSDIFF9", b"\x1f\x8b\x08": "gzip",
    }

    def test_patches_of_other_programs_are_named(self):
        write(self.path("old"), "old")
        for begin, name in self.FORMATS.items():
            with self.subTest(begin):
                write(self.path("patch"), begin + noise(1, 300))
                told = self.delta("apply", self.path("old"), self.path("patch"), self.path("new"),
                                  error="unsupported.patch")
                self.assertIn(name, told.err)
                self.assert_absent(self.path("new"))
                self.assertIn(name, self.delta("show", self.path("patch"), error="unsupported.patch").err)


class Claims(DeltaCase):
    def setUp(self):
        super().setUp()
        disk = os.statvfs(self.path(""))
        self.more = disk.f_bavail * disk.f_frsize + 10 * 1024 * MIB
        if self.more >= 1024 * 1024 * MIB:
            self.skipTest("as much as may be claimed at all is free here")
        write(self.path("old"), noise(1, 5_000))
        write(self.path("new"), noise(1, 5_001))

    def assert_no_space(self):
        self.delta("apply", self.path("old"), self.path("patch"), self.path("made"),
                   error="space.insufficient")
        self.assert_absent(self.path("made"))

    def test_size_that_a_classic_patch_claims_is_compared_with_the_free_space(self):
        self.delta("diff", "--format", "bsdiff", self.path("old"), self.path("new"), self.path("patch"), code=0)
        patch = bytearray(read(self.path("patch")))
        patch[24:32] = struct.pack("<Q", self.more)
        write(self.path("patch"), bytes(patch))
        self.assert_no_space()

    def test_size_that_a_patch_claims_is_compared_with_the_free_space(self):
        self.delta("diff", self.path("old"), self.path("new"), self.path("patch"), code=0)
        patch = read(self.path("patch"))
        size = struct.unpack_from("<I", patch, 12)[0]
        varint, left = bytearray(), self.more
        while left:
            varint.append(left & 127 | (128 if left > 127 else 0))
            left >>= 7
        # The new part stands last: its index 0, and its size of two bytes.
        header = patch[:size - 2] + varint
        header = header[:12] + struct.pack("<I", len(header)) + header[16:]
        write(self.path("patch"), header + patch[size:])
        self.assert_no_space()


if __name__ == "__main__":
    unittest.main(verbosity=1)
