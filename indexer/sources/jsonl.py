"""JSON Lines: one object per line; columns may be dotted paths into nested objects."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from indexer.errors import InputError, SourceError
from indexer.report import Origin, RawReport
from indexer.sources.base import Fault, Rejected
from indexer.sources.building import build_record, line_as_json
from indexer.sources.encoding import Encoding
from indexer.sources.lines import Line, OpenFile, open_bytes, physical_lines
from indexer.sources.mapping import Field, Mapping
from indexer.sources.values import NotText, field_values, paths

_SAMPLE_LINES = 1_000
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")


def _number(literal: str) -> str:
    """The digits as they stand, so that a long id keeps them all; 7.0 is 7."""
    whole = _WHOLE_NUMBER.fullmatch(literal)
    return whole[1] if whole else literal


def _nothing(_: str) -> None:
    """NaN and Infinity, which some exports write for a missing value."""


_DECODER = json.JSONDecoder(parse_int=str, parse_float=_number, parse_constant=_nothing, strict=False)


def parse_object(text: str) -> dict[str, Any] | None:
    """The object on a line, numbers as text; None if there is no one object."""
    try:
        value = _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class JsonLinesSource:
    """A JSON Lines file, plain or gzip."""

    path: Path
    mapping: Mapping
    encoding: Encoding = Encoding.UTF8

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def check(self) -> None:
        """Raise SourceError if there is one array instead of lines, MappingError if no early line has a mapped column."""
        self._columns()

    def records(self) -> Iterator[RawReport | Rejected]:
        """Every line that is not blank."""
        columns = self._columns()
        with open_bytes(self.path) as file:
            for line in self._lines(file):
                yield self._read(line, columns)

    def size_hint(self) -> int | None:
        """The number of lines, extrapolated from the first ones."""
        try:
            with open_bytes(self.path) as file:
                sampled = sum(1 for _ in islice(self._lines(file), _SAMPLE_LINES))
                return sampled if sampled < _SAMPLE_LINES else round(sampled / file.share_read())
        except InputError:
            return None

    def _lines(self, file: OpenFile) -> Iterator[Line]:
        lines = physical_lines(file.stream)
        first = next(lines, None)
        if first is None:
            return
        if first.data is not None:
            first = Line(first.number, self.encoding.without_bom(first.data, str(self.path)))
        yield from (line for line in chain([first], lines) if not line.blank)

    def _read(self, line: Line, columns: dict[Field, str]) -> RawReport | Rejected:
        origin = Origin(self.name, line.number)
        if line.data is None:
            return Rejected(Fault.UNREADABLE, origin)
        try:
            found = parse_object(self.encoding.decode(line.data))
        except UnicodeDecodeError:
            return Rejected(Fault.WRONG_ENCODING, origin, line_as_json(line.data, self.encoding))
        if found is None:
            return Rejected(Fault.UNREADABLE, origin, line_as_json(line.data, self.encoding))
        try:
            values = field_values(found, columns)
        except NotText:
            return Rejected(Fault.UNREADABLE, origin, line_as_json(line.data, self.encoding))
        return build_record(values, self.mapping, origin)

    def _columns(self) -> dict[Field, str]:
        """The columns to read, known only from the records: those that none of the first lines has are missing."""
        available: dict[str, None] = {}
        with open_bytes(self.path) as file:
            for position, line in enumerate(islice(self._lines(file), _SAMPLE_LINES)):
                data = line.data or b""
                if position == 0:
                    self._refuse_array(data)
                available.update(dict.fromkeys(paths(parse_object(self.encoding.preserve(data)) or {})))
        if available:
            self.mapping.fit(available, str(self.path))
        return dict(self.mapping.columns)

    def _refuse_array(self, start: bytes) -> None:
        suffixes = [suffix.lower() for suffix in self.path.suffixes]
        if ".json" in suffixes and start.lstrip().startswith(b"["):
            raise SourceError(f"{self.path} is one JSON array: write one object per line (jq -c '.[]' does that)")
