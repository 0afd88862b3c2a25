"""Passages of reports in memory, filtered exactly, from one verified snapshot."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.errors import DimensionMismatch, EncoderMismatch
from indexer.passage import EncoderIdentity, PassageKind, Vectors
from indexer.report import SectionKind
from indexer.stores.filters import Filters
from indexer.stores.vectors.base import Mask, RowIndex, Rows, Similarity
from indexer.stores.vectors.faiss import FlatIndex
from indexer.stores.vectors.segments import day_number, days, live_masks
from indexer.stores.vectors.snapshot import Snapshot, mismatch_message, open_snapshot

_ADD_ROWS = 65_536
_NO_VALUE = np.iinfo(np.int32).min
_NOTHING = float("-inf")
_KINDS = tuple(PassageKind)
_SECTIONS = tuple(SectionKind)


class SnapshotVectors:
    """A loaded snapshot. It never changes: a newer snapshot is another one of these."""

    keeps_findings = False

    def __init__(self, snapshot: Snapshot) -> None:
        self.state = snapshot.name
        self.encoder = snapshot.encoder
        masks = live_masks(snapshot.segments)
        reports = pa.concat_tables(
            [s.reports().filter(pa.array(m)) for s, m in zip(snapshot.segments, masks, strict=True)]
        )
        self._ids: list[str] = reports["report_id"].to_pylist()
        self._number = {report_id: i for i, report_id in enumerate(self._ids)}
        self._columns = _Columns(reports)
        self._index: RowIndex = FlatIndex(snapshot.encoder.dim)
        self._load_passages(snapshot, masks)

    @property
    def size(self) -> int:
        """How many reports there are."""
        return len(self._ids)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self._index.size

    def nearest(
        self,
        query: Vectors,
        reports: int,
        filters: Filters,
        *,
        without: Collection[str] = (),
        within: Collection[str] | None = None,
    ) -> list[str]:
        """See `base.VectorStore`: every passage is compared."""
        if filters.findings and within is None:
            raise ValueError("filters on findings need the reports that pass them")
        allowed = self._allowed(filters, without, within)
        found: dict[int, None] = {}
        k = reports * len(_KINDS)
        while len(found) < reports:
            rows = self._index.search(query, k, allowed).rows[0]
            found = dict.fromkeys(self._owner[rows[rows >= 0]].tolist())
            if len(rows) < k:
                break
            k *= 2
        return [self._ids[number] for number in list(found)[:reports]]

    def similarities(self, query: Vectors, report_ids: Sequence[str]) -> dict[str, Similarity]:
        """See `base.VectorStore`."""
        if query.shape != (1, self.encoder.dim):
            raise DimensionMismatch(f"vectors of shape {query.shape} came; the index takes (n, {self.encoder.dim})")
        numbers = np.array([self._number[r] for r in report_ids if r in self._number], dtype=np.int64)
        rows, owners = self._rows_of(numbers)
        if not len(rows):
            return {}
        scores = self._index.vectors(rows) @ query[0]
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        kinds = self._kind[rows]
        best = {kind: _group_max(scores, kinds == code, starts) for code, kind in enumerate(_KINDS)}
        closest = rows[self._closest(scores, kinds, starts)]
        columns = {kind: values.tolist() for kind, values in best.items()}
        places = zip(
            self._owner[closest].tolist(),
            self._section[closest].tolist(),
            self._start[closest].tolist(),
            self._end[closest].tolist(),
            strict=True,
        )
        return {
            self._ids[owner]: Similarity(
                {kind: values[i] for kind, values in columns.items() if values[i] != _NOTHING},
                _SECTIONS[section],
                start,
                end,
            )
            for i, (owner, section, start, end) in enumerate(places)
        }

    def close(self) -> None:
        """Nothing is held but memory."""

    @staticmethod
    def _closest(scores: NDArray[np.float32], kinds: NDArray[np.uint8], starts: Rows) -> Rows:
        """For each group, the place of its nearest passage; the whole report only where there is no part of it."""
        ranked = scores - np.where(kinds == _KINDS.index(PassageKind.WHOLE), np.float32(4.0), np.float32(0.0))
        highest = np.repeat(np.maximum.reduceat(ranked, starts), np.diff(np.append(starts, len(scores))))
        places = np.where(ranked == highest, np.arange(len(scores)), len(scores))
        return np.asarray(np.minimum.reduceat(places, starts), dtype=np.int64)

    def _allowed(self, filters: Filters, without: Collection[str], within: Collection[str] | None) -> Mask | None:
        if not filters and not without and within is None:
            return None
        reports = self._columns.mask(filters)
        if within is not None:
            passing = np.zeros_like(reports)
            passing[[self._number[r] for r in within if r in self._number]] = True
            reports &= passing
        reports[[self._number[r] for r in without if r in self._number]] = False
        return reports[self._owner]

    def _rows_of(self, numbers: NDArray[np.int64]) -> tuple[Rows, NDArray[np.int64]]:
        """Rows of reports (their rows are neighbours), and for each row the position of its report in `numbers`."""
        firsts, counts = self._first[numbers], self._first[numbers + 1] - self._first[numbers]
        owners = np.repeat(np.arange(len(numbers)), counts)
        offsets = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return firsts[owners] + offsets, owners

    def _load_passages(self, snapshot: Snapshot, masks: Sequence[Mask]) -> None:
        owners, tables, base = [], [], 0
        for segment, live in zip(snapshot.segments, masks, strict=True):
            table = segment.passages()
            owner = table["report"].to_numpy()
            keep = live[owner] if len(owner) else np.zeros(0, np.bool_)
            owners.append((np.cumsum(live) - 1 + base)[owner[keep]])
            tables.append(table.filter(pa.array(keep)))
            self._add(segment.embeddings(), np.flatnonzero(keep))
            base += int(live.sum())
        passages = pa.concat_tables(tables)
        self._owner = np.concatenate(owners).astype(np.int64)
        self._first = np.searchsorted(self._owner, np.arange(len(self._ids) + 1))
        self._kind = _codes(passages["kind"], _KINDS)
        self._section = _codes(passages["section"], _SECTIONS)
        self._start = passages["start"].to_numpy()
        self._end = passages["end"].to_numpy()

    def _add(self, embeddings: NDArray[np.float16], rows: Rows) -> None:
        for first in range(0, len(rows), _ADD_ROWS):
            self._index.add(np.asarray(embeddings[rows[first : first + _ADD_ROWS]], dtype=np.float32))


def open_vectors(root: Path, encoder: EncoderIdentity | None = None) -> SnapshotVectors | None:
    """Load the visible snapshot; None if there is none yet.

    Raises StoreDamaged naming the file, EncoderMismatch if another encoder than `encoder` made it.
    """
    snapshot = open_snapshot(root)
    if snapshot is None:
        return None
    if encoder is not None and snapshot.encoder != encoder:
        raise EncoderMismatch(mismatch_message(snapshot.encoder, encoder))
    return SnapshotVectors(snapshot)


def _group_max(scores: NDArray[np.float32], counted: Mask, starts: Rows) -> NDArray[np.float32]:
    """The highest counted score of each group of neighbouring rows; -inf for a group without any."""
    return np.asarray(np.maximum.reduceat(np.where(counted, scores, np.float32(_NOTHING)), starts), dtype=np.float32)


def _codes(column: pa.ChunkedArray, members: Sequence[str]) -> NDArray[np.uint8]:
    number = {str(member): i for i, member in enumerate(members)}
    return np.array([number[value] for value in column.to_pylist()], dtype=np.uint8)


class _Columns:
    """What reports are filtered by, one array a criterion."""

    def __init__(self, reports: pa.Table) -> None:
        self._count = len(reports)
        self._words = {name: np.array(reports[name].to_pylist(), dtype=object) for name in ("modality", "sex", "site")}
        self._regions = [frozenset(r or ()) for r in reports["regions"].to_pylist()]
        self._age = reports["age"].cast(pa.int32()).fill_null(_NO_VALUE).to_numpy()
        self._day = days(reports["exam_date"])

    def mask(self, filters: Filters) -> Mask:
        """bool, shape (reports,): which pass. The same answers as Filters.accepts, for all reports at once."""
        mask = np.ones(self._count, dtype=np.bool_)
        for name, wanted in (("modality", filters.modalities), ("sex", filters.sexes), ("site", filters.sites)):
            if wanted:
                mask &= np.isin(self._words[name], [str(value) for value in wanted])
        if filters.regions:
            mask &= np.array([not filters.regions.isdisjoint(r) for r in self._regions], dtype=np.bool_)
        mask &= _between(self._age, filters.age_min, filters.age_max)
        low = day_number(filters.date_from) if filters.date_from else None
        high = day_number(filters.date_to) if filters.date_to else None
        return mask & _between(self._day, low, high)


def _between(values: NDArray[np.int32], low: int | None, high: int | None) -> Mask:
    if low is None and high is None:
        return np.ones(len(values), dtype=np.bool_)
    mask = values != _NO_VALUE
    if low is not None:
        mask &= values >= low
    if high is not None:
        mask &= values <= high
    return np.asarray(mask, dtype=np.bool_)
