"""Shared by the tests of xppkg-delta: its runs, and files that change as programs do."""

import os
import random
import struct

from xppkg_case import XppkgCase, noise


def program(seed, functions=600, moved=0):
    """Bytes like those of a program: code of its own, and references that all move by one distance."""
    source = random.Random(seed)
    out = bytearray()
    for _ in range(functions):
        out += source.randbytes(source.randrange(8, 90))
        out += struct.pack("<I", source.randrange(1 << 20) + moved)
    return bytes(out)


def cases():
    """{what it is: (old, new)}: pairs of files that a patch may be between."""
    old = program(1)
    inserted = old[:9_000] + noise(2, 3_000) + old[9_000:]
    return {
        "the same": (old, old),
        "empty, then not": (b"", b"something"),
        "emptied": (b"something", b""),
        "both empty": (b"", b""),
        "one byte": (b"a", b"b"),
        "moved references": (old, program(1, moved=4_096)),
        "inserted bytes": (old, inserted),
        "removed bytes": (inserted, old),
        "swapped halves": (old, old[20_000:] + old[:20_000]),
        "shorter than what is copied": (old[:100], old[:100] * 300),
        "nothing in common": (noise(3, 40_000), noise(4, 50_000)),
        "zeros": (bytes(100_000), bytes(70_000) + b"x" + bytes(70_000)),
    }


class DeltaCase(XppkgCase):
    def delta(self, *words, **options):
        return self.run_program("xppkg-delta", *words, **options)

    def assert_absent(self, *places):
        """Neither there nor half made beside it."""
        for place in places:
            for name in (place, place + ".xppkg-part"):
                self.assertFalse(os.path.lexists(name), name)
