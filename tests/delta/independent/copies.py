"""DELTA §6.7 to §6.10: the bytes that copies bring, corrected."""

from bisect import bisect_left
from collections import namedtuple

from address_map import AddressMap, Targets
from coding import MASK32, MASK64, Number, Table, read_bit, scattered, unzigzag
from plan import CODE, DATA, PLAIN
from numbers_in_tables import MovedColumns
from numbers_in_text import MovedNumbers
from programs import ARM64, X86, X86_64, export_numbers
from references import (ARM_BRANCH14, ARM_BRANCH19, ARM_BRANCH26, ARM_LOW, ARM_PAGE, ULEB_2,
                        WIDTHS, field_of, find_arm64, find_x86, number_for, signed, with_field)

CHUNK = 4096
Field = namedtuple("Field", "place kind extra target")  # kind None: a word of data


class OldFile:
    """§6.7: an old file in chunks, with the fields of each."""

    def __init__(self, file, address_map, modes):
        self.file, self.map, self.modes = file, address_map, modes
        self.chunks, self.exports = {}, None

    def fields(self, number):
        if number not in self.chunks:
            self.chunks[number] = self.find_fields(number)
        return self.chunks[number]

    def mode(self, place):
        return self.modes[place // 64]

    def run_begin(self, place, least):
        begin = place // 64 * 64
        while begin > least and self.mode(begin - 1) == self.mode(place):
            begin -= 64
        return max(begin, least)

    def run_end(self, place, most):
        end = place // 64 * 64 + 64
        while end < most and self.mode(end) == self.mode(place):
            end += 64
        return min(end, most)

    def find_fields(self, number):
        begin = number * CHUNK
        end = min(begin + CHUNK, len(self.file))
        window = max(begin - 128, 0), min(end + 64, len(self.file))
        fields, at = [], begin
        while at < end:
            stop = self.run_end(at, end)
            if self.mode(at) == CODE:
                run = self.run_begin(at, window[0]), self.run_end(at, window[1])
                found = self.code_fields(at, stop, *run)
            elif self.mode(at) == DATA:
                found = [Field(place, None, 0, 0) for place in range(at, stop, 4)
                         if place + 4 <= len(self.file)]
            else:
                found = self.export_fields(at, stop)
            for one in found:
                if one.place < begin + CHUNK and (not fields or one.place >= fields[-1].place + 4):
                    fields.append(one)
            at = stop
        return fields

    def export_fields(self, begin, end):
        trie, size = self.map.old.export_trie
        if self.exports is None:
            self.exports = export_numbers(self.file[trie:trie + size])
        found = []
        for place, count, value, is_node in self.exports:
            origin = self.map.old_address(trie) if is_node else self.map.old.base
            target = origin + value & MASK64
            if begin <= trie + place < end and trie + place + 4 <= len(self.file) and (
                    self.map.is_inside(target)):
                found.append(Field(trie + place, ULEB_2 + count - 2, int(is_node), target))
        return found

    def code_fields(self, begin, end, run_begin, run_end):
        code, address = self.file[run_begin:run_end], self.map.old_address(run_begin)
        processor = self.map.old.processor
        if processor in (X86, X86_64):
            found = find_x86(code, address, begin - run_begin, end - run_begin,
                             64 if processor == X86_64 else 32)
        elif processor == ARM64 and address % 4 == 0:
            found = find_arm64(code, address, begin - run_begin, end - run_begin)
        else:
            found = []
        return [Field(run_begin + one.place, one.kind, one.extra, one.target)
                for one in found if self.map.is_inside(one.target)]


class Labels:
    """§6.9"""

    def __init__(self, size):
        self.limit = min(size // 4 + 1, 1 << 27) // 64 + 1
        self.blocks = {}

    def add(self, offset):
        if offset // 256 < self.limit:
            self.blocks.setdefault(offset // 256, set()).add(offset // 4)

    def last_before(self, offset):
        block = offset // 256
        if block >= self.limit:
            return None
        for number in range(block, max(block - 65, -1), -1):
            held = [label for label in self.blocks.get(number, ()) if label <= offset // 4]
            if held:
                return 4 * max(held)
        return None


(IDENTITY, RELATIVE, ABSOLUTE, OWN_PLACE, LABEL, LAST_CHANGE, STRIDE2, STRIDE4, STRIDE6,
 FIRST_BASE) = range(10)


class Meaning:
    def __init__(self, value, target=None, prediction=None, entry=1):
        self.value, self.target, self.prediction, self.entry = value, target, prediction, entry


Guess = namedtuple("Guess", "value score meaning")


class Hypotheses:
    """§6.9"""

    def __init__(self, pair):
        self.pair, self.map = pair, pair.map
        self.chances = Table()
        self.winners = self.last_change = 0
        self.changes = [(MASK64, 0)] * 8

    def context(self):
        return scattered(self.winners, (self.old.bit_length() + 7) // 8) >> 20

    def by_target(self, target, origin, entry=1):
        target &= MASK64
        if not self.map.is_inside(target):
            return None
        prediction = self.pair.targets.predict(target)
        count = ((prediction.address - origin) & MASK64) // entry
        return Meaning(count & MASK32, target, prediction, entry)

    def by_stride(self, words):
        place = (self.old_place - 4 * words) & MASK64
        held, change = self.changes[place // 4 % 8]
        return Meaning((self.old + change) & MASK32) if held == place else None

    def consider(self):
        value, possible = self.old, {IDENTITY: Meaning(self.old)}
        if value == 0:
            return possible
        high = MASK64 ^ MASK32
        possible[RELATIVE] = self.by_target(self.map.old.base + value, self.map.new_base)
        possible[ABSOLUTE] = self.by_target((self.map.old.base & high) | value,
                                            self.map.new_base & high)
        distance = signed(value, 32)
        possible[OWN_PLACE] = self.by_target(self.map.old_address(self.old_place) + distance,
                                             self.map.new_address(self.new_place))
        label = self.pair.labels.last_before(self.old_place)
        if label is not None:
            address = self.map.old_address(label)
            possible[LABEL] = self.by_target(address + distance, self.map.map(address)[0])
        possible[LAST_CHANGE] = Meaning((value + self.last_change) & MASK32)
        possible[STRIDE2] = self.by_stride(2)
        possible[STRIDE4] = self.by_stride(4)
        possible[STRIDE6] = self.by_stride(6)
        for i, (old_base, new_base, entry) in enumerate(self.pair.bases):
            possible[FIRST_BASE + i] = self.by_target(old_base + value * entry, new_base, entry)
        return {meaning: one for meaning, one in possible.items() if one}

    def look_at(self, old, old_place, new_place):
        self.old, self.old_place, self.new_place = old, old_place, new_place
        self.possible = self.consider()

    def first(self):
        """From version 1.3 on."""
        context = self.context()
        score, meaning = max((self.chances[context, meaning].value, -meaning)
                             for meaning in self.possible)
        self.guesses = [Guess(self.possible[-meaning].value, score, -meaning)]
        return self.guesses[0]

    def with_others(self):
        first = self.guesses[0]
        self.guesses = [first] + [guess for guess in self.guess() if guess.value != first.value]
        return self.guesses

    def guess(self):
        context, guesses = self.context(), {}
        for meaning in sorted(self.possible):
            value = self.possible[meaning].value
            score = self.chances[context, meaning].value
            if value not in guesses or score > guesses[value].score:
                guesses[value] = Guess(value, score, meaning)
        self.guesses = sorted(guesses.values(), key=lambda guess: -guess.score)
        return self.guesses

    def learn_first(self):
        """That it was right, without having asked for the others."""
        if self.old != 0:
            meaning = self.guesses[0].meaning
            self.chances[self.context(), meaning].learn(1, 60)
            self.remember_target(self.possible[meaning], self.guesses[0].value)
        self.remember_word(self.guesses[0].value, self.guesses[0].meaning)

    def learn(self, actual, right):
        meaning = 0xFF if right is None else self.guesses[right].meaning
        if len(self.guesses) > 1:
            context = self.context()
            for number, one in self.possible.items():
                self.chances[context, number].learn(one.value == actual, 60)
            self.remember_target(
                self.possible[self.guesses[0].meaning if right is None else meaning], actual)
        self.remember_word(actual, meaning)

    def remember_word(self, actual, meaning):
        self.winners = (self.winners << 8 | meaning) & 0xFFFFFF
        change = (actual - self.old) & MASK32
        if change:
            self.last_change = change
        self.changes[self.old_place // 4 % 8] = self.old_place, change

    def remember_target(self, one, actual):
        if one.target is not None:
            off = signed((actual - one.value) & MASK32, 32)
            self.pair.targets.learn(one.target, one.prediction,
                                    (one.prediction.address + off * one.entry) & MASK64)


class OldAndNew:
    """The state of one pair."""

    def __init__(self, plan, file, equivalences, models):
        self.map = AddressMap(plan.program, plan.new_sections, plan.new_base, equivalences)
        self.bases = plan.bases
        self.old = OldFile(file, self.map, plan.modes)
        self.targets = Targets(self.map, models)
        self.labels = Labels(len(file))
        self.hypotheses = Hypotheses(self)


class PlainBytes:
    """§6.8"""

    def __init__(self, models):
        memory = models.make_memory
        self.groups, self.flags, self.word_flags = Table(memory), Table(memory), Table()
        self.group_memory, self.flag_memory = Table(memory), Table(memory)
        self.group_bits, self.flag_bits = models.make_bit(3), models.make_bit(3)
        self.differences = models.make_byte(6, 16 if models.logistic and not models.lean else 15)
        self.lean, self.stretches = models.lean, Table()
        self.shift = 18 if models.lean else 16
        self.group_history = 0
        self.last = self.before_last = self.last_new = self.last_old = 0

    def read(self, coder, old, mode):
        result, at, asked = bytearray(), 0, 0
        while at < len(old):
            if self.lean and at >= asked and len(old) - at >= 1024 and self.group_history & 3 == 0:
                asked = at + 1024
                if read_bit(coder, self.stretches[mode]):
                    result += old[at:asked]
                    at = asked
                    continue
            result += self.read_group(coder, old[at:at + 32], mode)
            at += 32
        return result

    def read_group(self, coder, old, mode):
        short, size = int(len(old) < 8), mode * 64 + len(old)
        memories = [self.groups[mode, short, self.group_history & 0xFF],
                    self.group_memory[scattered(self.group_history, size) >> self.shift],
                    self.group_memory[
                        scattered(old[0] | old[-1] << 8, 0x1000 + size) >> self.shift]]
        equal = self.group_bits.read(coder, memories, mode * 2 + short)
        self.group_history = (self.group_history << 1 | 1 - equal) & 0xFFFFFF
        if equal:
            return old
        result, history = bytearray(), 0
        for byte in old:
            now = mode | (history & 3) << 4
            memories = [self.flags[mode, history],
                        self.flag_memory[
                            scattered(byte | self.last_old << 8, now) >> self.shift],
                        self.flag_memory[
                            scattered(byte | self.last << 8, 0x100 | now) >> self.shift]]
            differs = self.flag_bits.read(coder, memories, mode)
            history = (history << 1 | differs) & 0xFF
            result.append(self.difference(coder, byte, mode) if differs else byte)
            self.last_old = byte
        return result

    def read_word(self, coder, predicted):
        result = flags = 0
        for i in range(4):
            old = predicted >> 8 * i & 0xFF
            differs = 1
            if i < 3 or flags:
                differs = read_bit(coder, self.word_flags[i, flags])
            flags = flags << 1 | differs
            result |= (self.difference(coder, old, 3 + i) if differs else old) << 8 * i
        return result

    def difference(self, coder, old, which):
        contexts = [scattered(old, which),
                    scattered(old, 0x100 | self.last << 16 | which << 24),
                    scattered(self.last | self.before_last << 8, which | 0x200),
                    scattered(old | self.last_new << 8, which | 0x300),
                    scattered(old | self.last_old << 8, which | 0x400),
                    scattered(self.last, which | 0x500)]
        difference = self.differences.read(coder, contexts, which)
        self.before_last, self.last = self.last, difference
        self.last_new = (old + difference) & 0xFF
        return self.last_new


class CodeReferences:
    """§6.7"""

    def __init__(self):
        self.hits, self.seconds, self.rests = Table(), Table(), Table()
        self.residuals, self.outcomes = Table(Number), {}

    def read(self, coder, field, pair, plain, old_word, new_place):
        kind, width = field.kind, WIDTHS[field.kind]
        address = pair.map.new_address(new_place)
        if kind >= ULEB_2:
            trie = pair.map.old_address(pair.map.old.export_trie[0])
            address = pair.map.map(trie)[0] if field.extra else pair.map.new_base
        prediction = pair.targets.predict(field.target)
        first = number_for(kind, field.extra, address, prediction.address)
        second = number_for(kind, field.extra, address, prediction.mapped)
        state = 0
        if prediction.remembered:
            state = 2 if prediction.address == prediction.mapped else 4
        state += prediction.covered
        outcomes = self.outcomes.get(kind, 0)
        hit = read_bit(coder, self.hits[kind, state, outcomes], 200)
        self.outcomes[kind] = (outcomes << 1 | 1 - hit) & 7
        actual = first
        if not hit:
            if second != first and read_bit(coder, self.seconds[kind]):
                actual = second
            else:
                actual = first + unzigzag(self.residuals[kind].read(coder)) & ((1 << width) - 1)
        distance = signed((actual - first) & ((1 << width) - 1), width)
        unit = {ARM_PAGE: 4096, ARM_LOW: 1 << field.extra, ARM_BRANCH26: 4, ARM_BRANCH19: 4,
                ARM_BRANCH14: 4}.get(kind, 1)
        pair.targets.learn(field.target, prediction,
                           (prediction.address + distance * unit) & MASK64)
        if width == 32:
            return actual
        rest = with_field(old_word, kind, 0)
        if not read_bit(coder, self.rests[kind], 200):
            rest = plain.read_word(coder, rest)
        return with_field(rest, kind, actual)


class DataWords:
    """§6.9"""

    def __init__(self, models):
        self.bits, self.levels = models.make_bit(4), Table(models.make_memory)
        self.memories = Table(models.make_memory)
        self.lean, self.shift = models.lean, 19 if models.lean else 16
        self.outcomes = 0

    def read(self, coder, pair, plain, old, old_place, new_place):
        hypotheses = pair.hypotheses
        hypotheses.look_at(old, old_place, new_place)
        if not self.lean:
            guesses = hypotheses.guess()
            return self.read_guesses(coder, hypotheses, plain, guesses, 0, len(guesses) == 1)
        first = hypotheses.first()
        if self.read_hit(coder, hypotheses, first, 0, old == 0):
            self.outcomes = self.outcomes << 1 & 0xFFFF
            hypotheses.learn_first()
            return first.value
        guesses = hypotheses.with_others()
        return self.read_guesses(coder, hypotheses, plain, guesses, 1, False)

    def read_guesses(self, coder, hypotheses, plain, guesses, begin, single):
        right = None
        for rank in range(begin, min(4, len(guesses))):
            if self.read_hit(coder, hypotheses, guesses[rank], rank, single):
                right = rank
                break
        if right is None:
            actual = plain.read_word(coder, guesses[0].value)
        else:
            actual = guesses[right].value
        self.outcomes = (self.outcomes << 1 | int(right != 0)) & 0xFFFF
        hypotheses.learn(actual, right)
        return actual

    def read_hit(self, coder, hypotheses, guess, rank, single):
        if single:
            kind, score = int(hypotheses.old != 0), 0
        else:
            kind, score = 2 + rank, guess.score >> 10

        def memory(table, a, b):
            return self.memories[table, scattered(a, b * 8 + kind) >> self.shift]

        memories = [self.levels[kind, score, self.outcomes & 7],
                    memory(0, hypotheses.winners, guess.meaning),
                    memory(1, self.outcomes, guess.meaning | (hypotheses.old_place & 28) << 3),
                    memory(2, hypotheses.old, guess.meaning)]
        return self.bits.read(coder, memories, kind)


class Copies:
    """§6.10: one for a segment."""

    def __init__(self, models, tables):
        self.plain, self.references = PlainBytes(models), CodeReferences()
        self.words = DataWords(models)
        self.numbers = MovedNumbers() if models.moved_numbers else None
        self.columns = MovedColumns(tables) if models.moved_columns else None

    def read_plain(self, coder, old, place):
        """Old bytes that lie at `place`, where tables are."""
        return b"".join(self.read_row(coder, old[at:at + 65536], place + at)
                        for at in range(0, len(old), 65536))

    def read_tables(self, coder, old, place):
        result = bytearray()
        while old:
            size = self.columns.block_size(place, len(old))
            made = self.plain.read(coder, self.columns.expected(place, old[:size]), PLAIN)
            self.columns.learn(made)
            result += made
            old, place = old[size:], place + size
        return result

    def read_row(self, coder, old, place):
        if self.columns is not None:
            return self.read_tables(coder, old, place)
        if self.numbers is None:
            return self.plain.read(coder, old, PLAIN)
        result = bytearray()
        while old:
            size = self.numbers.block_size(old)
            made = self.plain.read(coder, self.numbers.expected(old[:size]), PLAIN)
            self.numbers.learn(made)
            result += made
            old = old[size:]
        return result

    def read(self, coder, pair, place, length, new_place):
        """A copy of `length` bytes at `place` of the pair's old file."""
        result, stop = bytearray(), place + length
        while place < stop:
            fields = pair.old.fields(place // CHUNK)
            border = (place // CHUNK + 1) * CHUNK
            field_end = fields[-1].place + 4 if fields else border
            end = field_end if border < field_end <= stop else min(border, stop)
            piece = self.read_piece(coder, pair, fields, place, end, new_place)
            new_place += len(piece)
            place = end
            result += piece
        return result

    def read_piece(self, coder, pair, fields, at, end, new_place):
        result = bytearray()
        begin = at
        number = bisect_left([field.place for field in fields], at)
        while at < end:
            while number < len(fields) and (fields[number].place < at
                                            or fields[number].place + 4 > end):
                number += 1
            if number == len(fields):
                result += self.read_between(coder, pair, at, end)
                break
            field = fields[number]
            result += self.read_between(coder, pair, at, field.place)
            old = int.from_bytes(pair.old.file[field.place:field.place + 4], "little")
            place = new_place + field.place - begin
            if field.kind is None:
                word = self.words.read(coder, pair, self.plain, old, field.place, place)
            else:
                word = self.references.read(coder, field, pair, self.plain, old, place)
                label = pair.map.old_offset(field.target)
                if label is not None:
                    pair.labels.add(label)
            result += word.to_bytes(4, "little")
            at = field.place + 4
        return result

    def read_between(self, coder, pair, at, end):
        result = bytearray()
        while at < end:
            mode = pair.old.mode(at)
            stop = pair.old.run_end(at, end)
            result += self.plain.read(coder, pair.old.file[at:stop], mode)
            at = stop
        return result
