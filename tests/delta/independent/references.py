"""DELTA-CODE: the fields of instructions that name an address."""

from collections import namedtuple

(X86_BRANCH, X86_OPERAND, X86_ABSOLUTE, ARM_BRANCH26, ARM_BRANCH19, ARM_BRANCH14, ARM_PAGE,
 ARM_LOW, ULEB_2, ULEB_3, ULEB_4) = range(11)

MASK64 = (1 << 64) - 1
WIDTHS = [32, 32, 32, 26, 19, 14, 21, 12, 14, 21, 28]
LOWEST = [0, 0, 0, 0, 5, 5, 0, 10]

Reference = namedtuple("Reference", "place kind extra target")


def signed(number, width):
    return number - (1 << width) if number >> (width - 1) & 1 else number


def field_of(word, kind):
    if kind >= ULEB_2:
        return sum((word >> 8 * i & 0x7F) << 7 * i for i in range(WIDTHS[kind] // 7))
    if kind == ARM_PAGE:
        return (word >> 5 & 0x7FFFF) << 2 | word >> 29 & 3
    return word >> LOWEST[kind] & ((1 << WIDTHS[kind]) - 1)


def with_field(word, kind, number):
    if kind >= ULEB_2:
        for i in range(WIDTHS[kind] // 7):
            word = word & ~(0x7F << 8 * i) | (number >> 7 * i & 0x7F) << 8 * i
        return word
    if kind == ARM_PAGE:
        return word & 0x9F00001F | (number & 3) << 29 | (number >> 2 & 0x7FFFF) << 5
    mask = (1 << WIDTHS[kind]) - 1
    return word & ~(mask << LOWEST[kind]) & 0xFFFFFFFF | (number & mask) << LOWEST[kind]


def target_of(kind, extra, address, number):
    distance = signed(number, WIDTHS[kind])
    if kind in (X86_BRANCH, X86_OPERAND):
        target = address + 4 + extra + distance
    elif kind == X86_ABSOLUTE:
        target = number
    elif kind == ARM_PAGE:
        target = ((address >> 12) + distance) << 12
    elif kind == ARM_LOW:
        target = number << extra & 0xFFF
    else:
        target = address + 4 * distance
    return target & MASK64


def number_for(kind, extra, address, target):
    if kind in (X86_BRANCH, X86_OPERAND):
        number = target - (address + 4 + extra)
    elif kind == X86_ABSOLUTE:
        number = target
    elif kind == ARM_PAGE:
        number = (target >> 12) - (address >> 12)
    elif kind == ARM_LOW:
        number = (target & 0xFFF) >> extra
    elif kind >= ULEB_2:
        number = target - address
    else:
        number = (target - address & MASK64) >> 2
    return number & ((1 << WIDTHS[kind]) - 1)


# x86

ONE_BYTE_64 = """
    mmmm1z-- mmmm1z-x
    mmmm1z-- mmmm1z--
    mmmm1zp- mmmm1zp-
    mmmm1zp- mmmm1zp-
    rrrrrrrr rrrrrrrr
    ........ ........
    --xmpppp zZ1M....
    11111111 11111111
    MZ-Mmmmm mmmmmmmm
    ........ ..-.....
    aaaa.... 1z......
    11111111 vvvvvvvv
    MM2.xxMZ 3.2..1-.
    mmmm---. mmmmmmmm
    11111111 dd-1....
    p.pp..TU ......mm
"""
ONE_BYTE_32 = """
    mmmm1z.. mmmm1z.x
    mmmm1z.. mmmm1z..
    mmmm1zp. mmmm1zp.
    mmmm1zp. mmmm1zp.
    ........ ........
    ........ ........
    ..xmpppp zZ1M....
    11111111 11111111
    MZMMmmmm mmmmmmmm
    ........ ..f.....
    aaaa.... 1z......
    11111111 vvvvvvvv
    MM2.xxMZ 3.2..1..
    mmmm11-. mmmmmmmm
    11111111 ddf1....
    p.pp..TU ......mm
"""
TWO_BYTES = """
    mmmm-... ..-.-m.M
    mmmmmmmm mmmmmmmm
    mmmm---- mmmmmmmm
    ......-. x-x-----
    mmmmmmmm mmmmmmmm
    mmmmmmmm mmmmmmmm
    mmmmmmmm mmmmmmmm
    MMMMmmm. mmmmmmmm
    dddddddd dddddddd
    mmmmmmmm mmmmmmmm
    ...mMm-- ...mMmmm
    mmmmmmmm mmMmmmmm
    mmMmMMMm ........
    mmmmmmmm mmmmmmmm
    mmmmmmmm mmmmmmmm
    mmmmmmmm mmmmmmmm
"""
ONE_BYTE = {bits: "".join(grid.split()) for bits, grid in ((64, ONE_BYTE_64), (32, ONE_BYTE_32))}
AFTER_0F = "".join(TWO_BYTES.split())


class X86Instruction:
    """§3: one instruction at the beginning of `code`; `length` 0 if there is none."""

    def __init__(self, code, bits):
        self.code, self.bits, self.at, self.length = code, bits, 0, 0
        self.fields = []  # of four bytes: (place, is the operand's, is relative)
        try:
            self.read()
        except IndexError:
            self.length, self.fields = 0, []
        if self.length > 15:
            self.length, self.fields = 0, []

    def byte(self):
        self.at += 1
        return self.code[self.at - 1]

    def read(self):
        form = self.read_opcode()
        if form == "-":
            return
        operand, is_test = None, False
        if form in "mMZTU":
            is_test = (self.code[self.at] >> 3 & 7) < 2
            operand = self.read_operand()
        immediate = self.immediate_size(form, is_test)
        place = self.at
        self.at += immediate
        if self.at > len(self.code):
            raise IndexError
        self.length = self.at
        if operand:
            self.fields.append((operand[0], True, self.bits == 64 and operand[1]))
        if immediate == 4:
            self.fields.append((place, False, form == "d"))

    def read_opcode(self):
        self.short_operand = self.short_address = self.wide_operand = False
        while True:
            byte = self.byte()
            form = ONE_BYTE[self.bits][byte]
            if form == "p":
                self.short_operand |= byte == 0x66
                self.short_address |= byte == 0x67
                self.wide_operand = False
            elif form == "r":
                self.wide_operand = byte & 8 != 0
            else:
                break
        if form != "x":
            return form
        if byte == 0x0F:
            byte = self.byte()
            form = AFTER_0F[byte]
            if form == "x":
                self.byte()
                return "m" if byte == 0x38 else "M"
            return form
        if self.bits == 32 and self.code[self.at] < 0xC0:
            return "m"
        return self.read_vector_opcode(byte)

    def read_vector_opcode(self, escape):
        payload = self.byte()
        number = 1
        if escape == 0xC4:
            number = payload & 0x1F
            self.byte()
        elif escape == 0x62:
            number = payload & 7
            self.at += 2
        opcode = self.byte()
        if number == 1:
            form = AFTER_0F[opcode]
            return "-" if form in "xd" else form
        return {2: "m", 5: "m", 6: "m", 3: "M"}.get(number, "-")

    def read_operand(self):
        """Passes over ModRM and what it asks for; gives (place, is relative) of a displacement of
        four bytes."""
        mod_rm = self.byte()
        mod, base = mod_rm >> 6, mod_rm & 7
        if mod == 3:
            return None
        if self.bits == 32 and self.short_address:
            self.at += 2 if mod == 2 or (mod == 0 and base == 6) else mod
            return None
        relative = mod == 0 and base == 5
        has_four = mod == 2 or relative
        if base == 4:
            has_four |= self.byte() & 7 == 5 and mod == 0
        if mod == 1:
            self.at += 1
        if not has_four:
            return None
        self.at += 4
        return self.at - 4, relative

    def immediate_size(self, form, is_test):
        short = self.short_operand and not self.wide_operand
        if form in "TU":
            form = {"T": "1", "U": "z"}[form] if is_test else "."
        if form == "a":
            size = 8 if self.bits == 64 else 4
            return size // 2 if self.short_address else size
        if form == "v" and self.wide_operand:
            return 8
        if form == "d":
            return 2 if short and self.bits == 32 else 4
        if form in "zvZ":
            return 2 if short else 4
        if form == "f":
            return 4 if short else 6
        return {"M": 1, "1": 1, "2": 2, "3": 3}.get(form, 0)


def find_x86(code, address, begin, end, bits):
    """§3: those of the instructions that begin in [begin, end)."""
    at = 0
    while at < end:
        instruction = X86Instruction(code[at:at + 16], bits)
        if at >= begin:
            for place, is_operand, is_relative in instruction.fields:
                if bits == 64 and not is_relative:
                    continue
                kind = ((X86_OPERAND if is_operand else X86_BRANCH) if is_relative
                        else X86_ABSOLUTE)
                extra = instruction.length - place - 4
                place += at
                number = int.from_bytes(code[place:place + 4], "little")
                target = target_of(kind, extra, address + place, number)
                yield Reference(place, kind, extra,
                                target if bits == 64 else target & 0xFFFFFFFF)
        at += max(instruction.length, 1)


# ARM

ALL = frozenset(range(31))
LOST_IN_CALLS = frozenset([*range(19), 30])


def registers(*numbers):
    return {number for number in numbers if number < 31}


def changed_registers(word):
    """§4.1"""
    first, base, second, status = (word >> bit & 31 for bit in (0, 5, 10, 16))
    group = word >> 25 & 15
    if group & 14 == 8:
        return registers(first)
    if group & 14 == 10:
        return changed_by_branch(word, first)
    if group & 5 == 4:
        return changed_by_memory(word, first, base, second, status)
    if group & 7 == 5:
        return set() if word & 0x1FE00000 == 0x1A400000 else registers(first)
    if group & 7 == 7:
        if word & 0x5F20FC00 == 0x1E200000 or word & 0xBFE0EC00 == 0x0E002C00:
            return registers(first)
    return set()


def changed_by_branch(word, first):
    if word & 0xFC000000 == 0x94000000:
        return LOST_IN_CALLS
    if word & 0xFC000000 == 0x14000000:
        return ALL
    if word & 0xFE000000 == 0xD6000000:
        return LOST_IN_CALLS if word & 0x00E00000 == 0x00200000 else ALL
    if word & 0xFFF00000 == 0xD5300000:
        return registers(first)
    return set()


def changed_by_memory(word, first, base, second, status):
    vector = word >> 26 & 1
    way = word >> 28 & 3
    if way == 0:
        if vector:
            return registers(base) if word >> 23 & 1 else set()
        return registers(status, first, second) if word >> 22 & 1 else registers(status)
    if way == 1:
        return set() if vector else registers(first)
    if way == 2:
        changed = registers(first, second) if not vector and word >> 22 & 1 else set()
        return changed | registers(base) if word >> 23 & 1 else changed
    changed = registers(first) if not vector and word >> 22 & 3 else set()
    if word >> 24 & 1:
        return changed
    low = word >> 10 & 3
    if not word >> 21 & 1:
        return changed | registers(base) if low & 1 else changed
    if low == 0:
        return changed | registers(first)
    return changed | registers(first, base) if low & 1 else changed


def arm_branch_kind(word):
    for mask, value, kind in ((0x7C000000, 0x14000000, ARM_BRANCH26),
                              (0xFF000000, 0x54000000, ARM_BRANCH19),
                              (0x7E000000, 0x34000000, ARM_BRANCH19),
                              (0x3B000000, 0x18000000, ARM_BRANCH19),
                              (0x7E000000, 0x36000000, ARM_BRANCH14)):
        if word & mask == value:
            return kind
    return None


def arm_low_scale(word):
    if word & 0xFFC00000 == 0x91000000:
        return 0
    if word & 0x3B000000 != 0x39000000:
        return None
    return 4 if word & 0xC4800000 == 0x04800000 else word >> 30


def find_arm64(code, address, begin, end):
    """§4"""
    found, pages, awaited = [], {}, {}
    for at in range(0, len(code) - 3, 4):
        if at >= end and not awaited:
            break
        wanted = begin <= at < end
        word = int.from_bytes(code[at:at + 4], "little")
        if word & 0x9F000000 == 0x90000000:
            number = word & 31
            page = target_of(ARM_PAGE, 0, address + at, field_of(word, ARM_PAGE))
            pages.pop(number, None)
            awaited.pop(number, None)
            if number < 31:
                pages[number] = page
                if wanted:
                    awaited[number] = len(found)
            if wanted:
                found.append(Reference(at, ARM_PAGE, 0, page))
            continue
        scale, kind = arm_low_scale(word), arm_branch_kind(word)
        if scale is not None:
            number = word >> 5 & 31
            offset = field_of(word, ARM_LOW) << scale
            if number in pages and offset < 4096:
                target = pages[number] + offset
                if number in awaited:
                    index = awaited.pop(number)
                    found[index] = found[index]._replace(target=target)
                if wanted:
                    found.append(Reference(at, ARM_LOW, scale, target))
        elif kind is not None and wanted:
            found.append(
                Reference(at, kind, 0, target_of(kind, 0, address + at, field_of(word, kind))))
        for number in changed_registers(word):
            pages.pop(number, None)
            awaited.pop(number, None)
    return found
