"""The records of a CSV file, such that a damaged one does not take the following ones along.

A damaged record is given up at its first line, and the next one is looked for from the line after it. What remains of
the damaged one is free text, of which a line may happen to have the right number of fields. So there a record is taken
only if its id is made like a good one seen before (of digits, letters, blanks, other signs); all lines before it count as
the damaged record.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.sources.csv_fields import take_record
from indexer.sources.lines import Line, RereadableLines

_DAMAGED_LINES = 1_000
_DAMAGED_BYTES = 1_000_000
_DIGIT, _LETTER, _BLANK, _OTHER = b"9a -"
_KIND_OF_SIGN = bytes(
    _DIGIT if sign.isdigit() else _LETTER if sign.isalpha() else _BLANK if sign.isspace() else _OTHER
    for sign in map(chr, range(256))
)


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """A record as it lies in the file, from physical line `line` on.

    fields: None if it could not be cut into as many as the header has. data: None if it is too large to keep.
    """

    line: int
    fields: list[bytes] | None
    data: bytes | None


class CsvRecords:
    """Iterates over all that follows the header."""

    def __init__(self, lines: RereadableLines, delimiter: bytes, width: int, id_column: int) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._width = width
        self._id_column = id_column
        self._known_ids: set[frozenset[int]] = set()
        self._damaged: list[Line] = []
        self._damaged_bytes = 0
        self._resuming = False

    def __iter__(self) -> Iterator[CsvRecord]:
        while True:
            taken, fields = take_record(self._lines, self._delimiter)
            if not taken:
                break
            if fields is None or (self._resuming and not self._plausible(fields)):
                self._resuming = True
                self._lines.put_back(taken[1:])
                if self._full():
                    yield self._give_up()
                self._add_damaged(taken[0])
                continue
            if self._damaged:
                yield self._give_up()
            self._resuming = False
            yield self._record(taken, fields)
        if self._damaged:
            yield self._give_up()

    def _record(self, taken: list[Line], fields: list[bytes]) -> CsvRecord:
        if len(fields) != self._width:
            return CsvRecord(taken[0].number, None, _joined(taken))
        self._known_ids.add(_signs(fields[self._id_column]))
        return CsvRecord(taken[0].number, fields, _joined(taken))

    def _plausible(self, fields: list[bytes]) -> bool:
        if len(fields) != self._width:
            return False
        signs = _signs(fields[self._id_column])
        return signs in self._known_ids if self._known_ids else bool(signs) and _BLANK not in signs

    def _full(self) -> bool:
        """Whether the damaged record, which is kept in memory, is given up in parts."""
        return len(self._damaged) >= _DAMAGED_LINES or self._damaged_bytes >= _DAMAGED_BYTES

    def _add_damaged(self, line: Line) -> None:
        self._damaged.append(line)
        self._damaged_bytes += len(line.data or b"")

    def _give_up(self) -> CsvRecord:
        lines, self._damaged, self._damaged_bytes = self._damaged, [], 0
        return CsvRecord(lines[0].number, None, _joined(lines))


def _joined(lines: list[Line]) -> bytes | None:
    if any(line.data is None for line in lines):
        return None
    return b"".join(line.data or b"" for line in lines)


def _signs(identifier: bytes) -> frozenset[int]:
    """The kinds of signs that an identifier is made of."""
    return frozenset(identifier.strip().translate(_KIND_OF_SIGN))
