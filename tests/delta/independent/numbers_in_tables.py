"""DELTA §6.15: numbers in copied tables, as they are expected to have become."""

from collections import namedtuple

from coding import Corrupt, Number

Column = namedtuple("Column", "offset width order")


class Table:
    def __init__(self, begin, row, columns):
        self.begin, self.row, self.columns = begin, row, columns
        self.movements = [Movement() for _ in columns]


class Movement:
    def __init__(self):
        self.change = self.candidate = 0

    def learn(self, actual):
        if actual == self.change:
            return
        if actual == self.candidate:
            self.change = actual
        self.candidate = actual


def read_tables(coder, image_size):
    numbers = Number()
    count, begin, tables = numbers.read(coder), 0, []
    if count > 64:
        raise Corrupt("too many tables of numbers")
    for _ in range(count):
        begin += numbers.read(coder)
        row, columns = numbers.read(coder), numbers.read(coder)
        if begin > image_size or row > 4096 or columns > 64:
            raise Corrupt("a table of numbers that cannot be")
        tables.append(Table(begin, row, read_columns(coder, numbers, row, columns)))
    return tables


def read_columns(coder, numbers, row, count):
    columns, end = [], 0
    for _ in range(count):
        offset, kind = end + numbers.read(coder), numbers.read(coder)
        end = offset + kind // 2 + 1
        if kind > 15 or end > row:
            raise Corrupt("a column of numbers outside of its row")
        columns.append(Column(offset, kind // 2 + 1, ("little", "big")[kind % 2]))
    return columns


class MovedColumns:
    def __init__(self, tables):
        self.tables, self.size = tables, 32
        self.found, self.wanted = [], b""

    def block_size(self, place, left):
        for table in self.tables:
            if table.begin > place:
                left = min(left, table.begin - place)
                break
        table = self.table_at(place)
        if table is None:
            return left
        done = place - table.begin
        return min(left, -(-(done + self.size) // table.row) * table.row - done)

    def table_at(self, place):
        before = [table for table in self.tables if table.begin <= place]
        return before[-1] if before and before[-1].row else None

    def expected(self, place, old):
        table, self.found = self.table_at(place), None
        if table is None:
            return old
        result, self.found = bytearray(old), []
        row = (table.begin - place) % -table.row
        while row < len(old):
            for column, movement in zip(table.columns, table.movements):
                begin, end = row + column.offset, row + column.offset + column.width
                if begin >= 0 and end <= len(old):
                    value = int.from_bytes(old[begin:end], column.order)
                    wanted = value + movement.change & (1 << 8 * column.width) - 1
                    result[begin:end] = wanted.to_bytes(column.width, column.order)
                    self.found.append((begin, end, column, movement, value))
            row += table.row
        self.wanted = bytes(result)
        return self.wanted

    def learn(self, made):
        if self.found is None:
            return
        for begin, end, column, movement, value in self.found:
            change = int.from_bytes(made[begin:end], column.order) - value
            movement.learn(change & (1 << 8 * column.width) - 1)
        self.size = min(2 * self.size, 1024) if made == self.wanted else 32
