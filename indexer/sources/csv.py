"""CSV with a header line; the delimiter is found there or given."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from indexer.errors import InputError, SourceError
from indexer.report import Origin, RawReport
from indexer.sources.base import Fault, Rejected
from indexer.sources.building import build_record, line_as_json
from indexer.sources.csv_fields import take_record
from indexer.sources.csv_records import CsvRecord, CsvRecords
from indexer.sources.encoding import Encoding
from indexer.sources.lines import Line, OpenFile, RereadableLines, open_bytes, physical_lines
from indexer.sources.mapping import Field, Mapping

_DELIMITERS = (";", ",", "\t", "|")
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_EXCEL_HINT = re.compile(rb"sep=([\x09\x20-\x7e])\s*", re.IGNORECASE)
_SAMPLE_RECORDS = 500


def parse_delimiter(text: str) -> str:
    """One ASCII character, or the name of one (`tab`); raises SourceError for anything else."""
    delimiter = _NAMED_DELIMITERS.get(text.strip().lower(), text)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum() or delimiter in '"\r\n\0':
        raise SourceError(f"{text!r} cannot delimit columns: give one character, such as ; or , or tab")
    return delimiter


@dataclass(frozen=True, slots=True)
class _OpenTable:
    """A file read up to the end of its header; `columns` the position of each mapped field."""

    file: OpenFile
    records: CsvRecords
    columns: dict[Field, int]


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A CSV file, plain or gzip. delimiter: None to find it in the header."""

    path: Path
    mapping: Mapping
    encoding: Encoding = Encoding.UTF8
    delimiter: str | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def check(self) -> None:
        """Raise SourceError or MappingError if the header cannot be used."""
        with self._opened():
            pass

    def records(self) -> Iterator[RawReport | Rejected]:
        """Every record after the header; `origin.line` is the physical line on which it starts."""
        with self._opened() as table:
            for record in table.records:
                yield self._read(record, table.columns)

    def size_hint(self) -> int | None:
        """The number of records, extrapolated from the first ones."""
        try:
            with self._opened() as table:
                sampled = sum(1 for _ in islice(table.records, _SAMPLE_RECORDS))
                return sampled if sampled < _SAMPLE_RECORDS else round(sampled / table.file.share_read())
        except InputError:
            return None

    def _read(self, record: CsvRecord, columns: dict[Field, int]) -> RawReport | Rejected:
        origin = Origin(self.name, record.line)
        raw = line_as_json(record.data, self.encoding) if record.fields is None and record.data is not None else None
        if record.fields is None:
            return Rejected(Fault.UNREADABLE, origin, raw)
        cells = {key: record.fields[position] for key, position in columns.items()}
        try:
            values = {key: self.encoding.decode(cell) for key, cell in cells.items()}
        except UnicodeDecodeError:
            return Rejected(Fault.WRONG_ENCODING, origin, line_as_json(record.data or b"", self.encoding))
        return build_record(values, self.mapping, origin)

    @contextmanager
    def _opened(self) -> Iterator[_OpenTable]:
        with open_bytes(self.path) as file:
            lines = self._lines(file)
            delimiter, header = self._header(lines)
            fitting = self.mapping.fit(header, str(self.path))
            columns = {key: self._position(header, column) for key, column in fitting.items()}
            records = CsvRecords(lines, delimiter.encode(), len(header), columns[Field.ID])
            yield _OpenTable(file, records, columns)

    def _lines(self, file: OpenFile) -> RereadableLines:
        lines = physical_lines(file.stream)
        first = next(lines, None)
        if first is None:
            raise SourceError(f"{self.path} is empty: a line with the names of the columns was expected")
        if first.data is None:
            raise SourceError(f"{self.path} has no line with the names of the columns: its first line is too long")
        rereadable = RereadableLines(lines)
        data = self.encoding.without_bom(first.data, str(self.path))
        if data.strip():
            rereadable.put_back([Line(first.number, data)])
        return rereadable

    def _header(self, lines: RereadableLines) -> tuple[str, list[str]]:
        """The delimiter and the names of the columns, which are consumed.

        Of the possible delimiters, the one that finds most mapped columns, then the one that finds most columns.
        """
        given = self.delimiter or _hinted(lines)
        found = {sign: self._names(lines, sign) for sign in ([given] if given else _DELIMITERS)}
        best = max(found, key=lambda sign: (self._mapped(found[sign]), len(found[sign])))
        take_record(lines, best.encode())
        return best, found[best]

    def _names(self, lines: RereadableLines, delimiter: str) -> list[str]:
        """The names of the columns under a delimiter; empty if the header cannot be cut by it."""
        taken, fields = take_record(lines, delimiter.encode())
        lines.put_back(taken)
        try:
            return [self.encoding.decode(name).strip() for name in fields or []]
        except UnicodeDecodeError as exc:
            raise SourceError(
                f"the first line of {self.path} is not in {self.encoding}: give the right encoding, "
                f"one of {', '.join(Encoding)}"
            ) from exc

    def _mapped(self, names: Collection[str]) -> int:
        return sum(column in names for column in self.mapping.columns.values())

    def _position(self, header: list[str], column: str) -> int:
        if header.count(column) > 1:
            raise SourceError(f"{self.path} has {header.count(column)} columns called {column!r}: rename all but one")
        return header.index(column)


def _hinted(lines: RereadableLines) -> str | None:
    """The delimiter of the line `sep=;` that Excel puts before the header; other lines are left in place."""
    for line in lines:
        hint = _EXCEL_HINT.fullmatch(line.data or b"")
        if hint:
            return hint[1].decode()
        if not line.blank:
            lines.put_back([line])
            break
    return None
