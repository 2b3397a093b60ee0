#!/usr/bin/env python3
"""The lengths and references of real code are those that binutils' disassembler shows.

references_test.py REFERENCES_DUMP ELF
"""
import re
import subprocess
import sys
import unittest

DUMP, ELF = sys.argv[1:]

LINE = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{2} )+)\s*(?:\t(.*))?$")
BRANCH = re.compile(r"^(?:bnd |notrack )?(?:call|j[a-z]+)\s+(?:0x)?([0-9a-f]+)\b")
OPERAND = re.compile(r"#\s+(?:0x)?([0-9a-f]+)\b")
BRANCH_KIND, OPERAND_KIND = 0, 1


class Instruction:
    def __init__(self, address, size, text):
        self.address, self.size, self.text = address, size, text


def text_section(elf):
    for line in subprocess.check_output(["objdump", "-h", elf], text=True).splitlines():
        words = line.split()
        if len(words) > 5 and words[1] == ".text":
            return int(words[5], 16), int(words[2], 16), int(words[3], 16)
    raise AssertionError("no .text in " + elf)


def disassembled(options, elf):
    output = subprocess.check_output(
        ["objdump", "-d", "--insn-width=16", "--section=.text", *options, elf], text=True)
    for line in output.splitlines():
        match = LINE.match(line)
        if match and match.group(3):
            yield Instruction(int(match.group(1), 16), len(match.group(2).split()), match.group(3))


def dumped(processor, elf, offset, size, address):
    lengths, references = [], {}
    output = subprocess.check_output(
        [DUMP, processor, elf, str(offset), str(size), str(address)], text=True)
    for line in output.splitlines():
        what, *numbers = line.split()
        numbers = [int(number) for number in numbers]
        if what == "length":
            lengths.append(numbers[1])
        else:
            place, kind, extra, target = numbers
            references[address + place] = (kind, extra, target)
    return lengths, references


def shown_reference(instruction):
    """The reference of a field of 32 bits by the disassembler: kind and target."""
    branch = BRANCH.match(instruction.text)
    if branch and instruction.size >= 5:
        return BRANCH_KIND, int(branch.group(1), 16)
    operand = OPERAND.search(instruction.text)
    if operand and "ip)" in instruction.text:
        return OPERAND_KIND, int(operand.group(1), 16)
    return None


class RealCode(unittest.TestCase):
    def assert_nearly_all(self, wrong, count, share):
        self.assertGreater(count, 1000)
        self.assertLessEqual(len(wrong), (1 - share) * count,
                             "%d of %d: %s" % (len(wrong), count, wrong[:20]))

    def lengths_that_differ(self, processor, options):
        offset, size, address = text_section(ELF)
        lengths, _ = dumped(processor, ELF, offset, size, address)
        wrong, count = [], 0
        for instruction in disassembled(options, ELF):
            if "(bad)" in instruction.text:
                continue
            count += 1
            length = lengths[instruction.address - address]
            if length != instruction.size:
                wrong.append((hex(instruction.address), instruction.text, length, instruction.size))
        return wrong, count

    def test_lengths_are_those_of_the_disassembler(self):
        self.assert_nearly_all(*self.lengths_that_differ("x86-64", []), 0.999)

    def test_lengths_of_the_same_bytes_as_32_bit_code_are_those_of_the_disassembler(self):
        self.assert_nearly_all(*self.lengths_that_differ("x86", ["-M", "i386"]), 0.999)

    def test_references_of_a_sweep_are_those_of_the_disassembler(self):
        offset, size, address = text_section(ELF)
        _, references = dumped("x86-64", ELF, offset, size, address)
        count, missed, found = 0, [], set()
        for instruction in disassembled([], ELF):
            shown = shown_reference(instruction)
            if not shown:
                continue
            count += 1
            end = instruction.address + instruction.size
            places = [place for place in range(instruction.address, end)
                      if place in references and references[place][0] == shown[0]
                      and references[place][2] == shown[1]
                      and place + 4 + references[place][1] == end]
            found.update(places)
            if not places:
                missed.append((hex(instruction.address), instruction.text))
        self.assert_nearly_all(missed, count, 0.999)
        self.assert_nearly_all([hex(place) for place in set(references) - found], count, 0.999)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
