"""DELTA §6.1 to §6.4: the range coder, and how probabilities are learned, mixed and added up."""

MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF


class Corrupt(Exception):
    """The payload breaks a rule of the format."""


def unzigzag(code):
    return (code >> 1) ^ (MASK64 if code & 1 else 0)


def scattered(a, b):
    """The hash of two numbers (§6.4)."""
    h = ((a * 0x9E3779B1) ^ (((b + 0x7F4A7C15) & MASK32) * 0x85EBCA6B)) & MASK32
    h ^= h >> 15
    h = h * 0xC2B2AE35 & MASK32
    return h ^ (h >> 13)


class RangeDecoder:
    """§6.1"""

    def __init__(self, data):
        self.data, self.at = data, 0
        self.low, self.high, self.value = 0, MASK32, 0
        for _ in range(4):
            self.value = self.value << 8 | self.next()

    def next(self):
        self.at += 1
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def bit(self, probability):
        middle = self.low + ((self.high - self.low) * probability >> 16)
        bit = int(self.value <= middle)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while (self.low ^ self.high) >> 24 == 0:
            self.low = self.low << 8 & MASK32
            self.high = (self.high << 8 & MASK32) | 0xFF
            self.value = (self.value << 8 & MASK32) | self.next()
        return bit

    def finish(self):
        if self.at < len(self.data):
            raise Corrupt("bytes after a range coded stream")


RATES = [655360 // (10 * n + 16) for n in range(255)]


class Probability:
    """§6.2"""

    __slots__ = ("value", "count")

    def __init__(self):
        self.value, self.count = 32768, 0

    def learn(self, bit, slowest):
        wanted = 65520 if bit else 16
        self.value += (wanted - self.value) * RATES[self.count] >> 16
        if self.count < slowest:
            self.count += 1


class Table:
    """Probabilities that begin to exist when they are asked for."""

    def __init__(self, make=Probability):
        self.make, self.items = make, {}

    def __getitem__(self, key):
        item = self.items.get(key)
        if item is None:
            item = self.items[key] = self.make()
        return item


def read_bit(coder, probability, slowest=60):
    bit = coder.bit(probability.value)
    probability.learn(bit, slowest)
    return bit


class BitTree:
    """§6.3"""

    def __init__(self, bits):
        self.bits, self.nodes = bits, Table()

    def read(self, coder, slowest=60):
        node = 1
        for _ in range(self.bits):
            node = node << 1 | read_bit(coder, self.nodes[node], slowest)
        return node - (1 << self.bits)


class Number:
    """§6.3"""

    def __init__(self):
        self.lengths, self.top = BitTree(7), Table()

    def read(self, coder):
        length = self.lengths.read(coder, 30)
        if length <= 1:
            return length
        if length > 64:
            return 0
        value = 1
        for i in range(length - 1):
            bit = read_bit(coder, self.top[length, value], 30) if i < 3 else coder.bit(32768)
            value = value << 1 | bit
        return value


class Distance:
    """§6.3: a number as its distance from an expected one."""

    def __init__(self):
        self.numbers = Number()

    def read(self, coder, expected):
        return (expected + unzigzag(self.numbers.read(coder))) & MASK64


SQUASH = [22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625, 24743,
          32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269,
          65374, 65438, 65476, 65500, 65514]


def squash(value):
    step, part = divmod(max(-2047, min(2047, value)) + 2048, 128)
    return (SQUASH[step] * (128 - part) + SQUASH[step + 1] * part + 64) >> 7


def stretch_table():
    table, value = [], -2047
    for i in range(4096):
        while value < 2047 and squash(value + 1) <= 16 * i + 8:
            value += 1
        table.append(value)
    return table


STRETCH = stretch_table()


def stretch(probability):
    return STRETCH[probability >> 4]


class Mixer:
    """§6.4"""

    def __init__(self, inputs):
        first = 655360 // (4 * inputs + 8)
        self.weights = Table(lambda: [first] * inputs)

    def mix(self, inputs, which):
        self.inputs, self.present = inputs, self.weights[which]
        self.mixed = squash(sum(i * w for i, w in zip(inputs, self.present)) >> 16)
        return self.mixed

    def learn(self, bit):
        error = (65536 * bit - self.mixed) * 6 >> 10
        for i, value in enumerate(self.inputs):
            self.present[i] += (value * error + 2048) >> 12


BIAS = 256


class MixedBit:
    """§6.4: a bit of which several memories have an opinion."""

    def __init__(self, memories):
        self.mixer = Mixer(memories + 1)

    def read(self, coder, memories, which, slowest=200):
        mixed = self.mixer.mix([stretch(memory.value) for memory in memories] + [BIAS], which)
        first = memories[0].value
        if (mixed <= 64 and first < mixed) or (mixed >= 65472 and first > mixed):
            mixed = (mixed + 3 * first) // 4
        bit = coder.bit(mixed)
        self.mixer.learn(bit)
        for memory in memories:
            memory.learn(bit, slowest)
        return bit


class Line:
    __slots__ = ("check", "nodes")

    def __init__(self):
        self.begin(0)

    def begin(self, check):
        self.check, self.nodes = check, [Probability() for _ in range(15)]


class MixedByte:
    """§6.4"""

    def __init__(self, contexts, lines_log):
        self.shift = 32 - lines_log
        self.lines, self.simple = Table(Line), Table()
        self.mixer = Mixer(2 * contexts + 1)

    def read(self, coder, contexts, which):
        high = self.half(coder, contexts, 0, which)
        return high << 4 | self.half(coder, contexts, 16 + high, which)

    def line(self, number):
        line = self.lines[number >> self.shift]
        if line.check != number & 0xFFFF:
            line.begin(number & 0xFFFF)
        return line

    def half(self, coder, contexts, before, which):
        lines = [self.line(scattered(context + i & MASK32, before))
                 for i, context in enumerate(contexts)]
        node = 1
        for _ in range(4):
            inputs = []
            for line in lines:
                known = line.nodes[node - 1]
                guess = stretch(known.value) if known.count else 0
                inputs += [guess, guess if known.count >= 4 else 0]
            simple = self.simple[which, before, node]
            mixed = self.mixer.mix(inputs + [BIAS], which)
            bit = coder.bit((mixed * 15 + simple.value) >> 4)
            self.mixer.learn(bit)
            simple.learn(bit, 120)
            for line in lines:
                line.nodes[node - 1].learn(bit, 120)
            node = node << 1 | bit
        return node & 15


def weight_rates(first, last):
    return [last + (first - last) * 10 // (10 + n) for n in range(64)]


def wrapped(value):
    """The same modulo 2^16, as a signed number."""
    return ((value + 0x8000) & 0xFFFF) - 0x8000


class Weight:
    """§6.4: what a context says of a bit."""

    __slots__ = ("value", "seen")
    RATES = weight_rates(70, 25)

    def __init__(self):
        self.value = self.seen = 0

    def learn(self, error, rate):
        self.value = wrapped(self.value + (error * rate + 2048 >> 12))

    def learn_counted(self, error):
        self.learn(error, self.RATES[self.seen])
        self.seen = min(self.seen + 1, 63)


def read_by_weights(coder, weights):
    """A bit, and by how much it was missed."""
    expected = squash(sum(weight.value for weight in weights) >> 2)
    bit = coder.bit(expected)
    return bit, 65536 * bit - expected


class LogisticBit:
    """§6.4: a bit that several memories, which are weights, say something of."""

    def __init__(self, _):
        pass

    def read(self, coder, memories, _):
        bit, error = read_by_weights(coder, memories)
        for weight in memories:
            weight.learn_counted(error)
        return bit


class WeightLine:
    __slots__ = ("check", "seen", "weights")

    def __init__(self):
        self.begin(0)

    def begin(self, check):
        self.check, self.seen, self.weights = check, 0, [Weight() for _ in range(15)]


class LogisticByte:
    """§6.4, weighed or guessed"""

    RATES = weight_rates(50, 12)

    def __init__(self, _, lines_log):
        self.shift = 32 - lines_log
        self.lines, self.sets = Table(WeightLine), Table(Weight)
        self.guessed = Table(Weight)

    def read(self, coder, contexts, which, guess=0, sure=0):
        high = self.half(coder, contexts, 0, which, 16 | guess >> 4, sure)
        sure = sure if high == guess >> 4 else 0
        return high << 4 | self.half(coder, contexts, 16 + high, which, 16 | guess & 15, sure)

    def line(self, number):
        line = self.lines[number >> self.shift]
        if line.check != number & 0x3FF:
            line.begin(number & 0x3FF)
        return line

    def half(self, coder, contexts, before, which, guess, sure):
        lines = [self.line(scattered(context + i & MASK32, before))
                 for i, context in enumerate(contexts)]
        rates = []
        for line in lines:
            rates.append(self.RATES[line.seen])
            line.seen = min(line.seen + 1, 63)
        node = 1
        for left in (3, 2, 1, 0):
            weights = [line.weights[node - 1] for line in lines]
            of_set = self.sets[which, before, node]
            more = []
            if sure and guess >> left + 1 == node:
                more = [self.guessed[sure, guess >> left & 1]]
            bit, error = read_by_weights(coder, weights + [of_set] + more)
            of_set.learn(error, 12)
            for weight in more:
                weight.learn_counted(error)
            for weight, rate in zip(weights, rates):
                weight.learn(error, rate)
            node = node << 1 | bit
        return node & 15


class Models:
    """The parts that a version's models are made of."""

    def __init__(self, minor, moved_numbers=False, moved_columns=False):
        self.moved_numbers, self.moved_columns = moved_numbers, moved_columns
        self.logistic, self.lean = minor >= 2, minor >= 3
        self.indexes, self.tries = minor >= 4, minor >= 5
        self.make_bit = LogisticBit if self.logistic else MixedBit
        self.make_byte = LogisticByte if self.logistic else MixedByte
        self.make_memory = Weight if self.logistic else Probability
