"""The contracts of vectors: the store of an archive's passages, which knows reports, and the index inside one, which knows rows."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.passage import EncodedReport, EncoderIdentity, PassageKind, Vectors
from indexer.report import Report, SectionKind
from indexer.steps import OnStep
from indexer.stores.filters import Filters, StatedFinding

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_ROW = -1
NO_SCORE = -np.inf


@dataclass(frozen=True, slots=True)
class Similarity:
    """How close a report is to a query: the best cosine of each kind of its passages, and the closest passage.

    The whole report is the closest only where there is no part of it: it is the nearest passage of nearly every report.
    """

    best: dict[PassageKind, float]
    section: SectionKind
    start: int
    end: int


class VectorStore(Protocol):
    """Passages of reports, for reading."""

    @property
    def state(self) -> str:
        """What is read: another one is another store, and has to be opened."""

    @property
    def keeps_findings(self) -> bool:
        """Whether filters on findings are applied here; else `within` is needed."""

    def nearest(
        self,
        query: Vectors,
        reports: int,
        filters: Filters,
        *,
        without: Collection[str] = (),
        within: Collection[str] | None = None,
    ) -> list[str]:
        """Ids of the reports whose best passage is nearest to the query, best first, at most `reports` of them.

        query: shape (1, dim), L2-normalised. Only reports that pass the filters, and none of `without`, return.
        within: the reports that pass the filters on findings; where findings are not kept, it must be given with such filters.
        Raises DimensionMismatch.
        """

    def similarities(self, query: Vectors, report_ids: Sequence[str]) -> dict[str, Similarity]:
        """Exact similarity of some reports to a query, shape (1, dim); ids of no report with passages are left out."""

    def close(self) -> None:
        """Release connections."""


class VectorWriter(Protocol):
    """Passages of reports, for writing. One writer at a time, which the workspace's lock sees to."""

    def commit(self, added: Sequence[EncodedReport], removed: Sequence[str] = ()) -> None:
        """Remove reports, then add or replace others, durably. Raises DimensionMismatch before anything is written, StorageFull.

        Raises ReportsRefused for reports that it will never take as they are: all others are written then, and of these
        nothing is left, no earlier form either.
        """

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that is held."""

    def close(self) -> None:
        """Release connections."""


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive's vectors are. state: in words. fingerprints: (report id, fingerprint) of every report."""

    encoder: EncoderIdentity
    state: str
    fingerprints: Iterator[tuple[str, str]]


Restated = tuple[Report, tuple[StatedFinding, ...]]
"""A report that is held, and its findings as filters are to see them from now on."""


class VectorEngine(Protocol):
    """Where an archive's vectors are kept, and how they are opened, made anew and gone back to."""

    @property
    def keeps_findings(self) -> bool:
        """Whether filters on findings are applied here: then a finding that changes has to be written here too."""

    def current(self) -> str | None:
        """The state that would be opened now; None if nothing was written yet."""

    def open(self, encoder: EncoderIdentity) -> VectorStore | None:
        """Open what was written, for reading; None if nothing was. Raises EncoderMismatch, StoreDamaged, StoreUnavailable."""

    def writer(self, encoder: EncoderIdentity, on_step: OnStep) -> VectorWriter:
        """Open it for writing, made if it is not there. Raises what `open` does."""

    def fresh(self, encoder: EncoderIdentity) -> AbstractContextManager[VectorWriter]:
        """A writer beside what answers, which may be damaged; takes its place when the block ends well.

        It holds what a block that was cut off has written with the same encoder.
        """

    def restate(self, reports: Sequence[Restated]) -> set[str]:
        """Write anew what reports are filtered by, their passages and vectors staying as they are.

        Returns the ids of those for which it is done. The others have to be committed again, encoded: those that are not held, and
        every one where what is written never changes.
        """

    def held(self) -> Held | None:
        """What was written, by whatever encoder, and verified as far as it can be; None if nothing was."""

    def roll_back(self) -> None:
        """Let what answered before the last rebuild answer again. Raises StoreUnavailable if it is not kept."""

    def version(self) -> str:
        """What it is and whether it can be used. Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Rows and inner products of shape (n_queries, k), best first, padded with NO_ROW and NO_SCORE."""

    rows: Rows
    scores: NDArray[np.float32]


class RowIndex(Protocol):
    """Nearest rows by inner product."""

    @property
    def size(self) -> int:
        """How many rows there are: they are numbered 0 to size - 1 in the order in which they were added."""

    def add(self, vectors: Vectors) -> None:
        """Append rows; vectors of shape (n, dim), L2-normalised. Raises DimensionMismatch."""

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """The k nearest rows of each query.

        queries: float32, shape (n_queries, dim), L2-normalised.
        allowed: bool, shape (size,): rows that may be returned; None means all.
        Raises DimensionMismatch if dim differs from the index's.
        """

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of rows, shape (len(rows), dim), as the index keeps them."""
