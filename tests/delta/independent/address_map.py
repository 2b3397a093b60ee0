"""DELTA §6.6 and §6.7: where an old address lies in the new program."""

from bisect import bisect_right
from collections import namedtuple

from coding import MASK64

Prediction = namedtuple("Prediction", "address mapped remembered covered")


def disjoint(equivalences):
    """§6.6: (old place, new place, length), of which no two have an old byte in common."""
    taken, pieces = [], []
    for old, new, length in sorted(equivalences, key=lambda one: -one[2]):
        at, end = old, old + length
        free = []
        for begin, stop in taken:
            if stop <= at or begin >= end:
                continue
            if begin > at:
                free.append((at, begin))
            at = max(at, stop)
        if at < end:
            free.append((at, end))
        pieces += [(begin, new + begin - old, stop - begin) for begin, stop in free]
        taken = sorted(taken + free)
    return sorted(pieces)


class AddressMap:
    def __init__(self, program, new_sections, new_base, equivalences):
        self.old, self.new_sections, self.new_base = program, new_sections, new_base
        self.pieces = disjoint(equivalences)
        self.begins = [piece[0] for piece in self.pieces]
        self.by_offset = sorted((one for one in new_sections if one.size > 0),
                                key=lambda one: one.offset)
        self.offsets = [one.offset for one in self.by_offset]

    def section_of(self, address):
        for number, one in enumerate(self.old.sections):
            if one.address <= address < one.address + one.extent:
                return number
        return None

    def is_inside(self, address):
        return self.section_of(address) is not None

    def old_offset(self, address):
        number = self.section_of(address)
        if number is None:
            return None
        one = self.old.sections[number]
        within = address - one.address
        return one.offset + within if within < one.size else None

    def old_address(self, offset):
        for one in self.old.sections:
            if one.offset <= offset < one.offset + one.size:
                return one.address + offset - one.offset
        return offset

    def new_address(self, offset):
        at = bisect_right(self.offsets, offset) - 1
        if at < 0 or offset - self.by_offset[at].offset >= self.by_offset[at].size:
            return offset
        return (self.by_offset[at].address + offset - self.by_offset[at].offset) & MASK64

    def map_offset(self, offset):
        """§6.6: the new place, and whether a copy brings the byte."""
        if not self.pieces:
            return offset, False
        above = bisect_right(self.begins, offset)
        if above > 0:
            old, new, length = self.pieces[above - 1]
            if offset < old + length:
                return new + offset - old, True
            if above == len(self.pieces) or offset - (old + length) < self.begins[above] - offset:
                return offset + new - old, False
        old, new, length = self.pieces[above]
        return offset + new - old, False

    def map(self, address):
        """§6.6: the new address, and whether a copy brings the byte."""
        number = self.section_of(address)
        if number is None:
            return (address - self.old.base + self.new_base) & MASK64, False
        before, after = self.old.sections[number], self.new_sections[number]
        within = address - before.address
        if within >= before.size:
            return (address + after.address - before.address) & MASK64, False
        place, covered = self.map_offset(before.offset + within)
        if covered:
            return self.new_address(place & MASK64), True
        return (after.address + place - after.offset) & MASK64, False


class Targets:
    """§6.7: what references named so far."""

    NEAR = (5, 8, 12)

    def __init__(self, address_map, models):
        self.map, self.only_surprises = address_map, models.logistic
        size = sum(section.size for section in address_map.old.sections)
        self.log = max(10, min(19, (size >> 5).bit_length()))
        self.exact = {}
        self.near = [{} for _ in self.NEAR]

    def slot(self, target):
        return (target * 0x9E3779B97F4A7C15 & MASK64) >> (64 - self.log)

    def predict(self, target):
        mapped, covered = self.map.map(target)
        held, actual = self.exact.get(self.slot(target), (MASK64, 0))
        if held == target:
            return Prediction(actual, mapped, True, covered)
        address = mapped
        if not covered:
            for log, memory in zip(self.NEAR, self.near):
                held, actual = memory.get(target >> log & 1023, (MASK64, 0))
                if held >> log == target >> log:
                    address = (target + actual - held) & MASK64
                    break
        return Prediction(address, mapped, False, covered)

    def learn(self, target, prediction, actual):
        if prediction.remembered or prediction.address != actual or not self.only_surprises:
            self.exact[self.slot(target)] = target, actual
        if not prediction.covered:
            for log, memory in zip(self.NEAR, self.near):
                memory[target >> log & 1023] = target, actual
