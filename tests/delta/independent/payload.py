"""DELTA: payloads of 1.0 and 1.1, made into the new files."""

from coding import Corrupt, Models, unzigzag
from frames import decompress
from prediction import Bounds, decode_predicted

MAGIC = bytes.fromhex("7870706b671a0d0a")
MIB = 1 << 20


class Unsupported(Exception):
    """Another version of the format."""


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def left(self):
        return len(self.data) - self.at

    def take(self, size):
        if size > self.left():
            raise Corrupt("the end comes too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value >> 64 or (byte == 0 and shift > 0):
            raise Corrupt("a number that is too long")
        return value


class Header:
    """§4"""

    def __init__(self, payload):
        reader = Reader(payload)
        if reader.take(8) != MAGIC:
            raise Corrupt("the magic is wrong")
        major, self.minor = reader.number(2), reader.number(2)
        if major != 1 or self.minor > 6:
            raise Unsupported("%d.%d" % (major, self.minor))
        self.size = reader.number(4)
        self.memory = reader.number(8)
        self.base_tree, self.tree = reader.take(32), reader.take(32)
        counts = reader.number(4), reader.number(4)
        self.old_parts = [(reader.varint(), reader.varint()) for _ in range(counts[0])]
        self.new_parts = [(reader.varint(), reader.varint()) for _ in range(counts[1])]
        if reader.at != self.size:
            raise Corrupt("another header length")
        if self.old_parts and not any(self.base_tree):
            raise Corrupt("old parts without a base tree")
        for parts in (self.old_parts, self.new_parts):
            if len({index for index, _ in parts}) != len(parts):
                raise Corrupt("a file twice")


def window_log(memory):
    """§7"""
    for log in range(27, 11, -1):
        if (1 << log) + 3 * (1 << log - 2) + 5 * MIB <= memory:
            return log
    raise Corrupt("too small a memory bound")


def decode(payload, old_files):
    """The new files, in the order of the header."""
    header = Header(payload)
    if [len(file) for file in old_files] != [size for _, size in header.old_parts]:
        raise Corrupt("other old files")
    log = window_log(header.memory)
    sizes = [size for _, size in header.new_parts]
    reader, out = Reader(payload, header.size), bytearray()
    predicted_left = 16 + sum(sizes) // 65536
    while len(out) < sum(sizes):
        if header.minor >= 1 and payload[reader.at + 7:reader.at + 8] >= b"\x80":
            predicted_left -= 1
            if predicted_left < 0:
                raise Corrupt("too many predicted segments")
        out += read_segment(reader, header, log, old_files, sizes, len(out))
    if reader.left():
        raise Corrupt("bytes after the last segment")
    files, at = [], 0
    for size in sizes:
        files.append(bytes(out[at:at + size]))
        at += size
    return files


def read_segment(reader, header, log, old_files, sizes, begin):
    """§5"""
    output = reader.number(8)
    predicted = header.minor >= 1 and output >> 63
    output &= (1 << 63) - 1 if predicted else (1 << 64) - 1
    if not 1 <= output <= sum(sizes) - begin:
        raise Corrupt("a segment that makes too much, or nothing")
    if not predicted:
        lengths = [reader.number(8) for _ in range(4)]
        windows = [log - 2] * 3 + [log]
        streams = [decompress(reader.take(length), window)
                   for length, window in zip(lengths, windows)]
        return decode_plain(streams, b"".join(old_files), output)
    model_length, extra_length = reader.number(8), reader.number(8)
    moved = header.minor >= 6 and model_length >> 63 == 1
    tables = header.minor >= 6 and model_length >> 62 & 1 == 1
    if moved and tables:
        raise Corrupt("numbers that moved both in texts and in tables")
    modelled = extra_length >> 63 == 1
    prefixed = header.minor >= 3 and extra_length >> 62 & 1 == 1
    if modelled and prefixed:
        raise Corrupt("literals that are modelled and have a prefix")
    model = reader.take(model_length & ~(moved << 63) & ~(tables << 62))
    extra = reader.take(extra_length & (1 << 63) - 1 & ~(prefixed << 62))
    models = Models(header.minor, moved, tables)
    bounds = Bounds(header.memory, modelled, output, models)
    prefix = b""
    if prefixed:
        extra, prefix = take_prefix(extra, b"".join(old_files))
        bounds.take(len(prefix))
    return decode_predicted(model, extra, prefix, modelled, old_files, sizes, begin,
                            begin + output, bounds, models)


def take_prefix(extra, image):
    """§5.3: what follows the field, and the old bytes that it names."""
    begin, size = int.from_bytes(extra[:8], "little"), int.from_bytes(extra[8:12], "little")
    if len(extra) <= 12 or not 1 <= size <= 1 << 23 or begin + size > len(image):
        raise Corrupt("a prefix that is not there")
    return extra[12:], image[begin:begin + size]


def decode_plain(streams, image, output):
    """§5.2"""
    control, gaps, words, extra = (Reader(stream) for stream in streams)
    pieces = bytearray()  # what copies bring, corrected below
    marks = []  # (is a literal, its bytes)
    left, previous = output, 0
    if not control.left():
        marks.append((extra.take(left), 0))
        left = 0
    while left:
        literal, copy = control.varint(), control.varint()
        if literal + copy > left or literal + copy == 0 or (copy == 0 and literal < left):
            raise Corrupt("an operation")
        if copy:
            position = previous + unzigzag(control.varint()) & (1 << 64) - 1
            if position + copy > len(image):
                raise Corrupt("a copy from outside the old image")
            previous = position + copy
            pieces += image[position:previous]
        marks.append((extra.take(literal), copy))
        left -= literal + copy
    place = 0
    while gaps.left():
        place += gaps.varint()
        width = min(3, len(pieces) - place)
        if width < 1:
            raise Corrupt("a word past the copies")
        word = int.from_bytes(pieces[place:place + width], "little") + unzigzag(words.varint())
        pieces[place:place + width] = (word & (1 << 8 * width) - 1).to_bytes(width, "little")
        place += width
    if control.left() or words.left() or extra.left():
        raise Corrupt("a stream that is too long")
    out, at = bytearray(), 0
    for literal, copy in marks:
        out += literal + pieces[at:at + copy]
        at += copy
    return out
