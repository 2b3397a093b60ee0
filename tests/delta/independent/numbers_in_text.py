"""DELTA §6.14: decimal numbers in copied text, as they are expected to have become."""

import re

from coding import MASK32, scattered

NUMBER = re.compile(rb"[0-9]+")
DIGITS = b"0123456789"
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Column:
    def __init__(self):
        self.change = self.candidate = self.score = 0

    def learn(self, actual):
        if actual == self.change:
            self.score = min(self.score + 1, 255)
            return
        self.score //= 2
        if actual == self.candidate:
            self.change = actual
        self.candidate = actual


class MovedNumbers:
    def __init__(self):
        self.columns = {}
        self.text = self.field = 0
        self.most = 32
        self.found, self.wanted = [], b""

    def block_size(self, row):
        size = min(self.most, len(row))
        end = min(len(row), size + 2048)
        while size < end and row[size - 1] in DIGITS and row[size] in DIGITS:
            size += 1
        return size

    def take_in(self, byte):
        self.text = (self.text << 8 | byte) & MASK32
        if byte == 10:
            self.field = 0
        elif byte not in LETTERS and byte != 0x30:
            self.field = self.field + 1 & MASK32

    def columns_here(self):
        numbers = (scattered(self.text, 16) >> 20,
                   4096 + (scattered(self.field, self.text & 0xFF) >> 20))
        return [self.columns.setdefault(number, Column()) for number in numbers]

    def expected(self, old):
        result, at, self.found = bytearray(old), 0, []
        for match in NUMBER.finditer(old):
            for byte in old[at:match.start()]:
                self.take_in(byte)
            at, width = match.end(), len(match[0])
            if width <= 18:
                columns = self.columns_here()
                wanted = int(match[0]) + max(columns, key=lambda column: column.score).change
                if 0 <= wanted < 10 ** width:
                    result[match.start():at] = b"%0*d" % (width, wanted)
                self.found.append((match, columns))
            self.take_in(0x30)
        for byte in old[at:]:
            self.take_in(byte)
        self.wanted = bytes(result)
        return self.wanted

    def learn(self, made):
        for match, columns in self.found:
            digits = made[match.start():match.end()]
            if all(byte in DIGITS for byte in digits):
                for column in columns:
                    column.learn(int(digits) - int(match[0]))
        self.most = min(2 * self.most, 1024) if made == self.wanted else 32
