"""DELTA §6.11: modelled literals."""

from coding import scattered

MASK32 = 0xFFFFFFFF
REACH = (1 << 22) - 32


class Literals:
    def __init__(self, models):
        self.logistic, self.lean = models.logistic, models.lean
        lines_log = 15 if self.lean else 16 if self.logistic else 17
        self.bytes = models.make_byte(4 if self.logistic else 7, lines_log)
        self.history = []
        self.heads = {}
        self.recent = 0
        self.match = None  # a place in the history
        self.matched = self.missed = 0

    def follow(self, copied):
        for byte in copied[-8:]:
            self.recent = (self.recent << 8 | byte) & 0xFFFFFFFFFFFFFFFF

    def read(self, coder, expected):
        last = self.recent & MASK32
        guessed = sure = which = 0
        if self.match is not None:
            guessed = self.history[self.match]
            sure = 1 + self.length_class()
            which = 1 + min(sure // 5, 4)
        contexts = [scattered(last & 0xFF, 1), scattered(last & 0xFFFF, 2),
                    scattered(last & 0xFFFFFF, 3)]
        if not self.logistic:
            contexts += [scattered(last, 4), scattered(last, self.recent >> 32 & 0xFFFF),
                         scattered(expected | (last & 0xFF) << 8, 5)]
        contexts.append(scattered(guessed | sure << 8 | self.missed << 16, 6))
        guess = (guessed, sure) if self.lean else ()
        byte = self.bytes.read(coder, contexts, which, *guess)
        self.remember(byte)
        return byte

    def length_class(self):
        if self.matched < 16:
            return self.matched
        if self.matched < 32:
            return 16 + (self.matched - 16) // 4
        return 20 + min(self.matched // 64, 4)

    def remember(self, byte):
        if self.match is not None:
            self.follow_match(byte)
        self.history.append(byte)
        self.recent = (self.recent << 8 | byte) & 0xFFFFFFFFFFFFFFFF
        slot = ((self.recent & MASK32) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> (
            48 if self.logistic else 46)
        head = self.heads.get(slot, 0)
        if (self.match is None or self.missed > 0) and self.matched < 16 and head > 0:
            self.begin_match(head)
        self.heads[slot] = len(self.history) & MASK32

    def follow_match(self, byte):
        agrees = self.history[self.match] == byte
        self.match += 1
        if agrees:
            self.matched += 1
            if self.matched >= 16:
                self.missed = 0
        else:
            self.matched = 0
            self.missed += 1
        if self.missed >= 8:
            self.match = None

    def begin_match(self, place):
        present = len(self.history)
        if present - place >= REACH:
            return
        length = 0
        while (length < 32 and length < place
               and self.history[place - 1 - length] == self.history[present - 1 - length]):
            length += 1
        if length < 4 or (self.match is not None and length <= self.matched + 4):
            return
        self.match, self.matched, self.missed = place, length, 0
