"""DELTA §6.10 to §6.13: one predicted segment."""

import hashlib

from coding import Corrupt, MASK64, Number, RangeDecoder
from copies import Copies, OldAndNew
from frames import decompress
from literals import Literals
from numbers_in_tables import read_tables
from plan import OperationReader, Pair, PairReader
from programs import (read_frame_index, read_function_starts, read_program, read_relocations,
                      write_frame_index, write_function_starts, write_relocations)

MIB = 1 << 20


class Bounds:
    """DELTA §7: the memory and the steps that a segment may take."""

    def __init__(self, memory, modelled, output, models):
        self.memory, self.steps = memory, 4096 + output // 16
        fixed, literals, self.operation, self.table = (
            (16, 7, 52, 6) if models.logistic else (16, 14, 80, 12))
        self.take(fixed * MIB)
        self.take(literals * MIB if modelled else 9 * MIB)

    def take(self, memory, steps=0):
        self.memory -= memory
        self.steps -= steps
        if self.memory < 0 or self.steps < 0:
            raise Corrupt("more memory or steps than a segment may take")


class Segment:
    """§6.5 and §6.10: the plan, and what is checked of it."""

    def __init__(self, coder, old_files, sizes, begin, end, bounds, models):
        self.models = models
        self.coder, self.old_files, self.begin, self.end = coder, old_files, begin, end
        self.image = b"".join(old_files)
        self.old_borders, self.new_borders = borders(map(len, old_files)), borders(sizes)
        self.bounds = bounds
        self.pairs, self.operations = {}, []
        counts = Number()
        self.read_pairs(counts.read(coder), len(sizes))
        self.read_operations(counts.read(coder))
        self.tables = read_tables(coder, len(self.image)) if models.moved_columns else []

    def read_pairs(self, count, new_count):
        if count > new_count:
            raise Corrupt("more pairs than new parts")
        reader, last = PairReader(self.coder, self.models), -1
        for _ in range(count):
            old_part, new_part = reader.read_parts()
            if old_part >= len(self.old_files) or not last < new_part < new_count:
                raise Corrupt("a pair of parts that are not there, or in a wrong order")
            last = new_part
            first, after = self.new_borders[new_part:new_part + 2]
            file = self.old_files[old_part]
            if (first < self.begin or after > self.end or after - first < 512
                    or max(after - first, len(file)) >= 1 << 32):
                raise Corrupt("parts that make no pair")
            pair = Pair(old_part, new_part, known_program(file, after - first, self.models))
            reader.read_layout(pair)
            reader.read_extras(pair)
            self.take_memory(pair, len(file), min(4 * MIB, after - first))
            runs = reader.read_modes(pair, (len(file) + 63) // 64, self.bounds.steps)
            self.bounds.take(0, runs)
            self.pairs[new_part] = pair

    def take_memory(self, pair, old_size, largest_table):
        self.bounds.take(1024 + 64 * len(pair.program.sections) + old_size // 16)
        self.bounds.take(sum(32 * digests[1] for digests in pair.digests))
        self.bounds.take(4 * pair.program.export_trie[1])
        if pair.table_size > 0:
            old_size = old_table(pair.program)[1][1]
            if max(pair.table_size, old_size) > largest_table:
                raise Corrupt("a table that is too large")
            self.bounds.take(self.bounds.table * (old_size + pair.table_size))

    def read_operations(self, count):
        if count > self.end - self.begin:
            raise Corrupt("more operations than bytes")
        self.bounds.take(self.bounds.operation * count, count)
        reader, at = OperationReader(self.coder, self.models), self.begin
        for _ in range(count):
            operation = reader.read()
            self.check(operation, at)
            self.operations.append(operation)
            at += operation[0] + operation[1]
        if at < self.end:
            raise Corrupt("a segment that makes too little")

    def part_at(self, at):
        """The new part that has the byte."""
        return next(part for part, border in enumerate(self.new_borders[1:]) if at < border)

    def check(self, operation, at):
        literal, copy, position = operation
        if literal + copy > self.end - at or literal + copy == 0:
            raise Corrupt("an operation that makes too much, or nothing")
        if copy == 0:
            if literal < self.end - at:
                raise Corrupt("an operation without a copy")
            return
        part = self.part_at(at + literal)
        if copy > self.new_borders[part + 1] - at - literal:
            raise Corrupt("a copy over the border of parts")
        limit = len(self.image)
        if position >= limit:
            if part not in self.pairs:
                raise Corrupt("a copy from outside the old image")
            limit += self.pairs[part].table_size
        if position + copy > limit:
            raise Corrupt("a copy from outside the old image")

    def equivalences(self, part):
        """§6.6"""
        pair, at, found = self.pairs[part], self.begin, []
        old_begin, old_end = self.old_borders[pair.old_part:pair.old_part + 2]
        new_begin, new_end = self.new_borders[part:part + 2]
        for literal, copy, position in self.operations:
            at += literal
            if copy and new_begin <= at < new_end and (
                    old_begin <= position and position + copy <= old_end):
                found.append((position - old_begin, at - new_begin, copy))
            at += copy
        return found


def borders(sizes):
    result = [0]
    for size in sizes:
        result.append(result[-1] + size)
    return result


class Extra:
    """§6.11: the literals, in either form."""

    def __init__(self, stream, prefix, modelled, models):
        self.coder = RangeDecoder(stream) if modelled else None
        self.model = Literals(models)
        self.held, self.at = b"" if modelled else decompress(stream, 23, prefix), 0

    def read(self, size, expected):
        if self.coder:
            return bytes(self.model.read(self.coder, expected(i)) for i in range(size))
        self.at += size
        if self.at > len(self.held):
            raise Corrupt("too few literals")
        return self.held[self.at - size:self.at]

    def finish(self):
        if self.coder:
            self.coder.finish()
        elif self.at < len(self.held):
            raise Corrupt("too many literals")


def decode_predicted(model, extra, prefix, modelled, old_files, sizes, begin, end, bounds,
                     models):
    coder = RangeDecoder(model)
    segment = Segment(coder, old_files, sizes, begin, end, bounds, models)
    literals = Extra(extra, prefix, modelled, models)
    copies, image = Copies(models, segment.tables), segment.image
    out, last_end, present = bytearray(), 0, None
    state = table = None
    for literal, copy, position in segment.operations:
        out += literals.read(
            literal, lambda i: image[last_end + i] if last_end + i < len(image) else 0)
        if copy == 0:
            break
        part = segment.part_at(begin + len(out))
        if part != present:
            present = part
            state, table = open_pair(segment, part, models)
        old_begin, old_end = 0, -1
        if state:
            old_begin = segment.old_borders[segment.pairs[part].old_part]
            old_end = old_begin + len(state.old.file)
        if position >= len(image):
            place = position - len(image)
            made = copies.read_plain(coder, table[place:place + copy], position)
        elif old_begin <= position and position + copy <= old_end:
            made = copies.read(coder, state, position - old_begin, copy,
                               begin + len(out) - segment.new_borders[part])
        else:
            made = copies.read_plain(coder, image[position:position + copy], position)
        literals.model.follow(made)
        out += made
        last_end = position + copy & MASK64
    coder.finish()
    literals.finish()
    fill_digests(segment, out)
    return out


def open_pair(segment, part, models):
    """The state of the pair of a new part, and the table made for it (§6.12); nothing if it has
    none."""
    pair = segment.pairs.get(part)
    if pair is None:
        return None, None
    file = segment.old_files[pair.old_part]
    state = OldAndNew(pair, file, segment.equivalences(part), models)
    if not pair.table_size:
        return state, b""
    make, (offset, size) = old_table(pair.program)
    made = make(file[offset:offset + size], offset, pair, state.map) if size else b""
    return state, made[:pair.table_size].ljust(pair.table_size, b"\0")


def known_program(file, new_size, models):
    """A version's knowledge of a program (DELTA-PROGRAMS §2), to make a part of that size."""
    program = read_program(file)
    if not models.indexes:
        program.frame_index = 0, 0
    if not models.tries:
        program.function_starts = 0, 0
    if not models.tries or program.export_trie[1] > min(4 * MIB, new_size):
        program.export_trie = 0, 0
    return program


def old_table(program):
    """How a table is made, and offset and size of what it is made of (§6.12)."""
    if program.frame_index[1]:
        return make_frame_index, program.frame_index
    if program.function_starts[1]:
        return make_function_starts, program.function_starts
    return make_relocations, program.relocations


def make_relocations(table, _, pair, address_map):
    moved = []
    for address, kind in read_relocations(table):
        target, covered = address_map.map(pair.program.base + address & MASK64)
        if covered:
            moved.append((target - pair.new_base & 0xFFFFFFFF, kind))
    return write_relocations(moved)


def make_frame_index(table, offset, pair, address_map):
    index = read_frame_index(table, address_map.old_address(offset))
    if index is None:
        return b""
    moved = []
    for code, frame in index[1]:
        target, covered = address_map.map(code)
        if covered:
            moved.append((target, address_map.map(frame)[0]))
    return write_frame_index(address_map.map(index[0])[0], moved, pair.table_address)


def make_function_starts(table, _, pair, address_map):
    moved = []
    for start in read_function_starts(table):
        target, covered = address_map.map(pair.program.base + start & MASK64)
        if covered:
            moved.append(target - pair.new_base & 0xFFFFFFFF)
    return write_function_starts(moved)


def fill_digests(segment, out):
    """§6.13"""
    for part, pair in segment.pairs.items():
        first = segment.new_borders[part] - segment.begin
        size = segment.new_borders[part + 1] - segment.new_borders[part]
        for slots, count, log, begin, end in pair.digests:
            usable = (count <= 1 << 18 and 9 <= log <= 20 and begin < end <= slots
                      and slots + 32 * count <= MASK64 and (end - begin - 1) >> log == count - 1)
            if not usable:
                continue
            for i in range(count):
                page = begin + (i << log), min(begin + (i + 1 << log), end)
                slot = slots + 32 * i
                digest = hashlib.sha256(out[first + page[0]:first + page[1]]).digest()
                room = max(0, min(32, size - slot))
                out[first + slot:first + slot + room] = digest[:room]
