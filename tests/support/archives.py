"""Archives in the forms for which Python has no module, and hostile ones."""

import gzip
import lzma
import struct
import zlib


def zstd(content):
    """A frame of blocks that are stored: RFC 8878, 3.1.1."""
    piece = 100_000
    blocks = b""
    for at in range(0, max(1, len(content)), piece):
        data = content[at:at + piece]
        is_last = at + piece >= len(content)
        blocks += (len(data) << 3 | is_last).to_bytes(3, "little") + data
    # A header with the size of the contents, in four bytes.
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + blocks


def cpio(files):
    def entry(name, data):
        fields = [1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
        return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
    return b"".join(entry(*file) for file in files.items()) + entry("TRAILER!!!", b"")


def ar(files):
    def entry(name, data):
        head = f"{name:16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        return head + data + b"\n" * (len(data) % 2)
    return b"!<arch>\n" + b"".join(entry(*file) for file in files.items())


def number(value):
    """A number of 7z, below 2^14."""
    return bytes([value]) if value < 0x80 else bytes([0x80 | value >> 8, value & 0xff])


LZMA = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}


def seven_zip(name, content, *, compressed=True, files=None):
    """With one file, whose contents are below 16 KiB. `files`: so many it says to have."""
    packed, coder = content, b"\x01\x00"
    if compressed:
        packed = lzma.compress(content, lzma.FORMAT_RAW, filters=[LZMA])
        coder = b"\x23\x03\x01\x01\x05\x5d" + struct.pack("<I", LZMA["dict_size"])
    names = b"\0" + name.encode("utf-16-le") + b"\0\0"
    streams = (b"\x06\x00\x01\x09" + number(len(packed)) + b"\x00"  # where they lie
               + b"\x07\x0b\x01\x00\x01" + coder + b"\x0c" + number(len(content)) + b"\x00"
               + b"\x08\x0a\x01" + struct.pack("<I", zlib.crc32(content)) + b"\x00\x00")
    count = number(1) if files is None else b"\xf0" + struct.pack("<I", files)
    header = (b"\x01\x04" + streams + b"\x05" + count
              + b"\x11" + number(len(names)) + names + b"\x00\x00")
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return (b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start
            + packed + header)


def zip_of_many(content, entries):
    """One file, and a directory that names it very often."""
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 0, zlib.crc32(content),
                        len(content), len(content), 1, 0) + b"a" + content
    entry = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 0, zlib.crc32(content),
                        len(content), len(content), 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * entries
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, entries & 0xffff, entries & 0xffff,
                      len(directory), len(local), 0)
    return local + directory + end


def gzip_of_zeros(megabytes):
    """Of many members, so that it is made in no time."""
    return gzip.compress(b"\0" * 1_000_000) * megabytes
