"""DELTA-PROGRAMS: where the bytes of a file lie in memory, and its base relocations."""

from collections import namedtuple
from dataclasses import dataclass, field

FLAT, PE, ELF, MACHO = range(4)
NONE, X86_64, X86, ARM64 = range(4)
UNMAPPED = 1 << 62
LAST = (1 << 64) - 1

Section = namedtuple("Section", "offset size address extent code", defaults=(False,))


@dataclass
class Program:
    container: int = FLAT
    processor: int = NONE
    base: int = 0
    sections: list = field(default_factory=list)
    relocations: tuple = (0, 0)
    frame_index: tuple = (0, 0)
    function_starts: tuple = (0, 0)
    export_trie: tuple = (0, 0)


class OtherContainer(Exception):
    pass


def require(fine):
    if not fine:
        raise OtherContainer


def read_program(file):
    for read in (read_pe, read_elf, read_macho):
        try:
            return read(Record(file, 0, len(file)))
        except OtherContainer:
            pass
    return Program(sections=[Section(0, len(file), 0, len(file))] if file else [])


class Record:
    """§2: bytes of a file, all of which are there."""

    def __init__(self, file, offset, size):
        require(offset + size <= len(file))
        self.file, self.offset, self.size = file, offset, size

    def at(self, offset, size):
        return Record(self.file, offset, size)

    def number(self, offset, size):
        require(offset + size <= self.size)
        return int.from_bytes(self.file[self.offset + offset:self.offset + offset + size], "little")

    def u16(self, offset):
        return self.number(offset, 2)

    def u32(self, offset):
        return self.number(offset, 4)

    def u64(self, offset):
        return self.number(offset, 8)


def meet(a, a_size, b, b_size):
    return a_size > 0 and b_size > 0 and a < b + b_size and b < a + a_size


class Sections:
    """§3"""

    def __init__(self, file_size):
        self.file_size, self.taken = file_size, []

    def add(self, offset, size, address, extent, code=False, code_range=None):
        extent = max(extent, size)
        if size == 0:
            offset = self.taken[-1].offset + self.taken[-1].size if self.taken else 0
        require(offset + size <= self.file_size and address + extent <= LAST)
        require(len(self.taken) <= 64)
        if extent == 0 or meet(address, extent, UNMAPPED, self.file_size):
            return
        if any(meet(offset, size, other.offset, other.size)
               or meet(address, extent, other.address, other.extent) for other in self.taken):
            return
        begin, end = code_range or (0, 0)
        if not (begin < end and offset <= begin and end <= offset + size):
            self.taken.append(Section(offset, size, address, extent, code))
            return
        for first, last, is_code in ((offset, begin, False), (begin, end, True),
                                     (end, offset + size, False)):
            if first < last:
                self.taken.append(
                    Section(first, last - first, address + first - offset, last - first, is_code))
        last = self.taken.pop()
        self.taken.append(last._replace(extent=last.extent + extent - size))

    def lowest(self):
        require(self.taken)
        return min(section.address for section in self.taken)

    def complete(self):
        require(self.taken and self.file_size <= UNMAPPED)
        result, end = [], 0
        for section in sorted(self.taken, key=lambda one: (one.offset, one.size > 0)):
            result += self.hole(end, section.offset)
            result.append(section)
            end = section.offset + section.size
        result += self.hole(end, self.file_size)
        require(len(result) <= 64)
        return result

    @staticmethod
    def hole(begin, end):
        return [Section(begin, end - begin, UNMAPPED + begin, end - begin)] if begin < end else []


def read_pe(file):
    """§4"""
    dos = file.at(0, 64)
    require(dos.u16(0) == 0x5A4D)
    header = file.at(dos.u32(60), 24)
    require(header.u32(0) == 0x4550)
    count, optional_size = header.u16(6), header.u16(20)
    require(count <= 64)
    optional = file.at(header.offset + 24, optional_size)
    magic = optional.u16(0)
    require(magic in (0x10B, 0x20B))
    wide = magic == 0x20B
    first = 112 if wide else 96
    require(optional_size >= first)
    base = optional.u64(24) if wide else optional.u32(28)
    require(base <= 0xFFFFFFFE00000000)
    sections = Sections(file.size)
    sections.add(0, optional.u32(60), base, optional.u32(60))
    table = file.at(optional.offset + optional_size, 40 * count)
    for at in range(0, 40 * count, 40):
        offset, flags = table.u32(at + 20), table.u32(at + 36)
        sections.add(offset, table.u32(at + 16) if offset else 0, base + table.u32(at + 12),
                     table.u32(at + 8), code=flags & 0x20000020 != 0)
    directories = min(optional.u32(first - 4), 16, (optional_size - first) // 8)
    relocations = (0, 0)
    if directories > 5:
        address, size = base + optional.u32(first + 40), optional.u32(first + 44)
        for one in sections.taken:
            if size > 0 and one.address <= address and address + size <= one.address + one.size:
                relocations = (one.offset + address - one.address, size)
    processor = {0x8664: X86_64, 0x14C: X86, 0xAA64: ARM64}.get(header.u16(4), NONE)
    return Program(PE, processor, base, sections.complete(), relocations)


def read_elf(file):
    """§5"""
    identification = file.at(0, 16)
    require(identification.u32(0) == 0x464C457F and identification.number(5, 1) == 1)
    width = identification.number(4, 1)
    require(width in (1, 2))
    wide = width == 2
    header = file.at(0, 64 if wide else 52)
    word = (lambda record, at: record.u64(at)) if wide else (lambda record, at: record.u32(at))
    program_size, section_size = (56, 64) if wide else (32, 40)

    def table(place, sizes, entry, most):
        size, count = header.u16(sizes), header.u16(sizes + 2)
        if size != entry or count > most or place + entry * count > file.size:
            return []
        return [file.at(place + entry * i, entry) for i in range(count)]

    mappings = table(word(header, 32 if wide else 28), 54 if wide else 42, program_size, 64)
    places = []
    for one in table(word(header, 40 if wide else 32), 58 if wide else 46, section_size, 1024):
        offset, size = (one.u64(24), one.u64(32)) if wide else (one.u32(16), one.u32(20))
        if one.u32(8) & 6 == 6 and one.u32(4) != 8 and size > 0:
            places.append((offset, offset + size))
    sections, index = Sections(file.size), (0, 0)
    for one in mappings:
        if wide:
            flags, offset, address = one.u32(4), one.u64(8), one.u64(16)
            size, extent = one.u64(32), one.u64(40)
        else:
            flags, offset, address = one.u32(24), one.u32(4), one.u32(8)
            size, extent = one.u32(16), one.u32(20)
        if one.u32(0) == 0x6474E550 and index == (0, 0) and size and offset + size <= file.size:
            index = offset, size
        if one.u32(0) != 1:
            continue
        code = None
        if flags & 1:
            inside = [place for place in places
                      if offset <= place[0] and place[1] <= offset + size]
            code = ((min(place[0] for place in inside), max(place[1] for place in inside))
                    if inside else (offset, offset + size))
        sections.add(offset, size, address, extent, code_range=code)
    processor = {62: X86_64, 3: X86, 183: ARM64}.get(header.u16(18), NONE)
    return Program(ELF, processor, sections.lowest(), sections.complete(), frame_index=index)


def read_macho(file):
    """§6"""
    header = file.at(0, 32)
    require(header.u32(0) == 0xFEEDFACF)
    commands_size = header.u32(20)
    require(commands_size <= 262144)
    file.at(32, commands_size)
    sections, starts, trie = Sections(file.size), (0, 0), (0, 0)
    at = 32
    for _ in range(header.u32(16)):
        require(at + 8 <= 32 + commands_size)
        size = file.at(at, 8).u32(4)
        require(8 <= size <= 32 + commands_size - at)
        command = file.at(at, size)
        if command.u32(0) == 0x19:
            add_macho_mapping(command, sections, file.size)
        starts = starts if starts[1] else macho_table(command, {0x26: 8}, file.size)
        trie = trie if trie[1] else macho_table(
            command, {0x22: 40, 0x80000022: 40, 0x80000033: 8}, file.size)
        at += size
    processor = {0x1000007: X86_64, 0x100000C: ARM64}.get(header.u32(4), NONE)
    return Program(MACHO, processor, sections.lowest(), sections.complete(),
                   function_starts=starts, export_trie=trie)


def macho_table(command, places, file_size):
    """The table that a command of one of these types has at a place; else none."""
    place = places.get(command.u32(0))
    if place is None or command.size < place + 8:
        return 0, 0
    offset, size = command.u32(place), command.u32(place + 4)
    return (offset, size) if size and offset + size <= file_size else (0, 0)


def add_macho_mapping(command, sections, file_size):
    require(command.size >= 72)
    count = command.u32(64)
    require(72 + 80 * count <= command.size)
    code = []
    for at in range(72, 72 + 80 * count, 80):
        size, offset, flags = command.u64(at + 40), command.u32(at + 48), command.u32(at + 64)
        if flags & 0x80000400 and 0 < size <= file_size and flags & 0xFF not in (1, 0xC, 0x12):
            code.append((offset, offset + size))
    address, extent = command.u64(24), command.u64(32)
    offset, size = command.u64(40), command.u64(48)
    if size == 0 and command.u32(60) == 0:
        return
    code_range = (min(one[0] for one in code), max(one[1] for one in code)) if code else None
    sections.add(offset, size, address, extent, code_range=code_range)


def read_relocations(table):
    """§4.1"""
    found, at = [], 0
    while len(table) - at >= 8:
        page = int.from_bytes(table[at:at + 4], "little")
        size = int.from_bytes(table[at + 4:at + 8], "little")
        if page % 4096 or size % 2 or size < 8 or size > len(table) - at:
            break
        for place in range(at + 8, at + size, 2):
            entry = int.from_bytes(table[place:place + 2], "little")
            if entry >> 12:
                found.append((page + entry % 4096, entry >> 12))
        at += size
    return found


def write_relocations(relocations):
    """§4.1"""
    pages = {}
    for address, kind in sorted(set(relocations)):
        pages.setdefault(address // 4096, []).append(kind << 12 | address % 4096)
    table = bytearray()
    for page, entries in sorted(pages.items()):
        entries += [0] * (len(entries) % 2)
        table += (page * 4096).to_bytes(4, "little") + (8 + 2 * len(entries)).to_bytes(4, "little")
        for entry in entries:
            table += entry.to_bytes(2, "little")
    return bytes(table)


FRAME_INDEX = bytes([1, 0x1B, 3, 0x3B])


def read_frame_index(table, address):
    """§5.1: the address of the descriptions, and the entries; nothing if it has another form."""
    if len(table) < 12 or table[:4] != FRAME_INDEX:
        return None
    numbers = [int.from_bytes(table[at:at + 4], "little") for at in range(4, len(table) - 3, 4)]
    places = [(number ^ 1 << 31) - (1 << 31) for number in numbers]
    count = min(numbers[1], (len(table) - 12) // 8)
    entries = [((address + places[2 + 2 * i]) % 2**64, (address + places[3 + 2 * i]) % 2**64)
               for i in range(count)]
    return (address + 4 + places[0]) % 2**64, entries


def write_frame_index(frames, entries, address):
    """§5.1"""
    numbers = [frames - address - 4, len(entries)]
    for code, frame in sorted(entries):
        numbers += [code - address, frame - address]
    return FRAME_INDEX + b"".join((number % 2**32).to_bytes(4, "little") for number in numbers)


def read_uleb(table, at):
    """§6.1: the number and where it ends; nothing if it is none."""
    value = 0
    for i in range(9):
        if at + i >= len(table):
            return None
        value |= (table[at + i] & 0x7F) << 7 * i
        if table[at + i] < 0x80:
            return value, at + i + 1
    return None


def read_function_starts(table):
    """§6.1"""
    starts, start, at = [], 0, 0
    while number := read_uleb(table, at):
        distance, at = number
        if distance == 0:
            break
        start = (start + distance) % 2**32
        starts.append(start)
    return starts


def write_function_starts(starts):
    """§6.1"""
    table, before = bytearray(), 0
    for start in sorted(set(starts)):
        distance, before = start - before, start
        while distance >= 0x80:
            table.append(distance & 0x7F | 0x80)
            distance >>= 7
        table.append(distance)
    return bytes(table)


def export_numbers(trie):
    """§6.2: place, size, value and whether it is the place of a node, of each number that counts."""
    result, at = [], 0

    def take(place, number, is_node):
        value, end = number
        if 2 <= end - place <= 4 and (not result or place >= result[-1][0] + 4):
            result.append((place, end - place, value, is_node))

    while number := read_uleb(trie, at):
        size, at = number
        end = at + size
        if end >= len(trie):
            break
        flags = read_uleb(trie, at) if size else None
        if flags and not flags[0] & 8 and flags[1] < end:
            address = read_uleb(trie, flags[1])
            if address and address[1] <= end:
                take(flags[1], address, False)
        at = end + 1
        for _ in range(trie[end]):
            place = trie.find(b"\0", at) + 1
            node = read_uleb(trie, place) if place else None
            if node is None:
                return result
            take(place, node, True)
            at = node[1]
    return result
