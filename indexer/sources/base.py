"""The contract of a source: it yields what it read, good or bad, and never stops at a bad record."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from indexer.report import MASK, Origin, RawReport

MAX_RECORD_BYTES = 10_000_000
"""Bytes above which one record is rejected unread: what bounds a source's memory, whatever the file holds."""


class Fault(StrEnum):
    """What a source itself can find wrong with a record."""

    UNREADABLE = "unreadable line"
    WRONG_ENCODING = "wrong encoding"
    MISSING_TEXT = "missing or empty text"
    MISSING_ID = "missing id"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot become a RawReport.

    raw: what could be read of it, an ASCII JSON object: the mapped fields by name if they could be told apart, else
    `line` with the bytes as they came (undecodable ones as lone surrogates, PEP 383); None if it was too large to keep.
    """

    fault: Fault
    origin: Origin
    raw: str | None = None

    def __repr__(self) -> str:
        return f"Rejected(fault={self.fault.value!r}, origin={self.origin}, raw={MASK})"


class Source(Protocol):
    """Reports of one file or folder, streamed in constant memory, in a stable order."""

    @property
    def name(self) -> str:
        """The file's or folder's name, as runs and origins record it."""

    def check(self) -> None:
        """Raise what `records` would raise before its first record; `open_source` has done so already."""

    def records(self) -> Iterator[RawReport | Rejected]:
        """Every record once, in order.

        Raises SourceError if the source as a whole cannot be read, MappingError if the mapping names a column that
        it does not have; both before the first record. Later, only SourceError, where the file itself breaks off
        (truncated gzip, damaged Parquet page, failing disk): what came before is good, what would have followed is unknown.
        """

    def size_hint(self) -> int | None:
        """About how many records there are, None if that is not cheap to know; for progress bars only."""
