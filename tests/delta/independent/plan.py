"""DELTA §6.5 and §6.10: what a predicted segment says before its data."""

from dataclasses import dataclass, field

from coding import BitTree, Distance, MASK32, MASK64, Number, Table, read_bit, scattered
from programs import Section

PLAIN, CODE, DATA = range(3)


@dataclass
class Pair:
    old_part: int
    new_part: int
    program: object
    new_base: int = 0
    new_sections: list = field(default_factory=list)
    bases: list = field(default_factory=list)
    table_size: int = 0
    table_address: int = 0
    digests: list = field(default_factory=list)
    modes: list = field(default_factory=list)


class PairReader:
    """§6.5"""

    def __init__(self, coder, models):
        self.coder, self.indexes = coder, models.indexes
        self.distances = {name: Distance() for name in (
            "old part", "new part", "image base", "offset", "size", "address", "extent",
            "old base", "new base", "table address")}
        self.numbers = {name: Number() for name in (
            "bases", "entry", "table", "digests", 0, 1, 2, 3, 4)}
        self.next_modes = Table(lambda: BitTree(2))
        self.runs = Table(Number)
        self.next_old = self.next_new = 0

    def distance(self, name, expected):
        return self.distances[name].read(self.coder, expected)

    def number(self, name):
        return self.numbers[name].read(self.coder)

    def read_parts(self):
        old_part = self.distance("old part", self.next_old) & 0xFFFFFFFF
        new_part = self.distance("new part", self.next_new) & 0xFFFFFFFF
        self.next_old, self.next_new = old_part + 1 & 0xFFFFFFFF, new_part + 1 & 0xFFFFFFFF
        return old_part, new_part

    def read_layout(self, pair):
        base = pair.program.base
        pair.new_base = self.distance("image base", base)
        moved_offset = moved_address = 0
        for old in pair.program.sections:
            offset = self.distance("offset", old.offset + moved_offset)
            size = self.distance("size", old.size)
            address = self.distance("address", old.address + moved_address)
            extent = self.distance("extent", old.extent + size - old.size)
            pair.new_sections.append(Section(offset, size, address, extent))
            moved_offset = offset + size - old.offset - old.size
            moved_address = address - old.address
        for _ in range(min(8, self.number("bases"))):
            old_base = self.distance("old base", base)
            new_base = self.distance("new base", old_base)
            entry = 1 + min(65535, self.number("entry")) if self.indexes else 1
            pair.bases.append((old_base, new_base, entry))

    def read_extras(self, pair):
        pair.table_size = self.number("table")
        if self.indexes and pair.table_size:
            pair.table_address = self.distance("table address", pair.program.base)
        for _ in range(min(4, self.number("digests"))):
            slots, count, log, begin, end = (self.number(i) for i in range(5))
            pair.digests.append((slots, count & 0xFFFFFFFF, log & 0xFF, begin, end))

    def read_modes(self, pair, count, most_runs):
        """Gives the number of runs; more than may be if there are more."""
        before = runs = 0
        while len(pair.modes) < count and runs <= most_runs:
            runs += 1
            present = self.next_modes[before].read(self.coder)
            run = min(self.runs[before, present].read(self.coder) + 1, count - len(pair.modes))
            pair.modes += [present if present < 3 else PLAIN] * run
            before = present
        return runs


def length_class(length):
    width = length.bit_length()
    return (0, 1, 2, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6)[width] if width < 13 else 7


class Repeats:
    """§6.10: operations that come again."""

    def __init__(self, coder):
        self.coder, self.chances = coder, Table()
        self.so_far, self.heads = [], {}  # literal, copy and gap of each
        self.end = self.expected = self.run = 0

    def add(self, literal, copy, position):
        self.so_far.append((literal, copy, (position - self.end) & MASK64))
        self.end = position + copy

    def read(self):
        """The next operation if it repeats."""
        if not self.so_far:
            return None
        literal, copy, gap = self.so_far[-1]
        key = scattered(scattered(literal & MASK32, copy & MASK32), gap & MASK32) >> 18
        self.expected = self.expected or self.heads.get(key, 0)
        self.heads[key] = len(self.so_far)
        if not self.expected:
            return None
        literal, copy, gap = self.so_far[self.expected]
        if not read_bit(self.coder, self.chances[self.run]):
            self.expected = self.run = 0
            return None
        self.expected, self.run = self.expected + 1, min(self.run + 1, 15)
        return literal, copy, (self.end + gap) & MASK64


class OperationReader:
    """§6.10"""

    def __init__(self, coder, models):
        self.coder = coder
        self.repeats = Repeats(coder) if models.lean else None
        self.literals, self.copies = Table(Number), Table(Number)
        self.jumps, self.known = Table(Distance), Table()
        self.diagonals, self.place, self.last_class = [], 0, 0

    def read(self):
        again = self.repeats.read() if self.repeats else None
        if again:
            literal, copy, position = again
            self.last_class = length_class(copy)
            self.place += literal
            self.use((position - self.place) & MASK64)
            self.place += copy
        else:
            literal, copy, position = self.read_new()
        if self.repeats:
            self.repeats.add(literal, copy, position)
        return literal, copy, position

    def read_new(self):
        literal = self.literals[self.last_class].read(self.coder)
        literal_class = length_class(literal)
        copy = self.copies[literal_class, self.last_class].read(self.coder)
        self.last_class = length_class(copy)
        self.place += literal
        position = self.position(literal_class) if copy > 0 else 0
        self.place += copy
        return literal, copy, position

    def position(self, literal_class):
        for i, diagonal in enumerate(self.diagonals):
            copy_class = self.last_class if i < 2 else 0
            if read_bit(self.coder, self.known[i, copy_class, literal_class]):
                break
        else:
            expected = self.diagonals[0] if self.diagonals else 0
            diagonal = self.jumps[self.last_class].read(self.coder, expected)
        self.use(diagonal)
        return (self.place + diagonal) & MASK64

    def use(self, diagonal):
        self.diagonals = [diagonal, *(one for one in self.diagonals if one != diagonal)][:8]
