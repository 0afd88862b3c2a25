"""Segments: the immutable files of which a vector snapshot is made.

A segment is three files that begin with its name: `.npy`, the embeddings in fp16, shape (passages, dim), from which any
kind of index can be built again without encoding; `.passages.parquet`, row for row which report and which characters
an embedding stands for; `.reports.parquet`, the reports with their fingerprint and what they are filtered by. A row of
reports may also be a tombstone. Of a report that stands in several segments the latest counts.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from indexer.errors import DimensionMismatch
from indexer.passage import EncodedReport
from indexer.stores.vectors.base import Mask

SUFFIXES = (".npy", ".passages.parquet", ".reports.parquet")

_PASSAGES = pa.schema(
    [
        ("report", pa.uint32()),
        ("kind", pa.string()),
        ("section", pa.string()),
        ("start", pa.uint32()),
        ("end", pa.uint32()),
    ]
)
_REPORTS = pa.schema(
    [
        ("report_id", pa.string()),
        ("fingerprint", pa.string()),
        ("removed", pa.bool_()),
        ("modality", pa.string()),
        ("regions", pa.list_(pa.string())),
        ("sex", pa.string()),
        ("age", pa.int16()),
        ("exam_date", pa.date32()),
        ("site", pa.string()),
    ]
)
_COPY_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Segment:
    """The files of one segment in a folder. `name` is `<number>-<level>`; merged segments have a higher level."""

    folder: Path
    name: str

    @property
    def level(self) -> int:
        """How many times its content was merged."""
        return int(self.name.split("-")[1])

    @property
    def files(self) -> list[Path]:
        """The segment's three files."""
        return [self.folder / (self.name + suffix) for suffix in SUFFIXES]

    def embeddings(self) -> NDArray[np.float16]:
        """fp16, shape (passages, dim), mapped from the file."""
        mapped: NDArray[np.float16] = np.load(self.files[0], mmap_mode="r")
        return mapped

    def passages(self) -> pa.Table:
        """One row a passage; `report` is a row of `reports`."""
        return pq.read_table(self.files[1])

    def reports(self, columns: Sequence[str] | None = None) -> pa.Table:
        """One row a report or tombstone."""
        return pq.read_table(self.files[2], columns=list(columns) if columns else None)


def write_segment(segment: Segment, added: Sequence[EncodedReport], removed: Sequence[str], dim: int) -> None:
    """Write a batch of encoded reports and of tombstones. Raises DimensionMismatch before anything is written."""
    for encoded in added:
        if encoded.vectors.shape != (len(encoded.passages), dim):
            wanted = (len(encoded.passages), dim)
            raise DimensionMismatch(f"vectors of shape {encoded.vectors.shape} came; the snapshot takes {wanted}")
    embeddings = np.concatenate([e.vectors for e in added]) if added else np.empty((0, dim), np.float32)
    np.save(segment.files[0], embeddings.astype(np.float16))
    passages = [
        {"report": i, "kind": p.kind, "section": p.section, "start": p.start, "end": p.end}
        for i, encoded in enumerate(added)
        for p in encoded.passages
    ]
    pq.write_table(pa.Table.from_pylist(passages, schema=_PASSAGES), segment.files[1])
    rows = [_report_row(e) for e in added] + [{"report_id": r, "removed": True} for r in removed]
    pq.write_table(pa.Table.from_pylist(rows, schema=_REPORTS), segment.files[2])


def _report_row(encoded: EncodedReport) -> dict[str, object]:
    report, exam = encoded.report, encoded.report.metadata
    return {
        "report_id": report.report_id,
        "fingerprint": report.fingerprint,
        "removed": False,
        "modality": exam.modality,
        "regions": list(exam.regions),
        "sex": exam.sex,
        "age": exam.age,
        "exam_date": exam.exam_date or None,
        "site": exam.site,
    }


def live_masks(segments: Sequence[Segment]) -> list[Mask]:
    """For each segment, which of its report rows are the latest word on a report that is not removed."""
    seen: set[str] = set()
    masks: list[Mask] = []
    for segment in reversed(segments):
        table = segment.reports(["report_id", "removed"])
        ids, removed = table["report_id"].to_pylist(), table["removed"].to_pylist()
        fresh = [report_id not in seen for report_id in ids]
        masks.append(np.array([f and not r for f, r in zip(fresh, removed, strict=True)], dtype=np.bool_))
        seen.update(ids)
    return masks[::-1]


def merge_segments(segments: Sequence[Segment], target: Segment, dim: int) -> None:
    """Write the latest word of several neighbouring segments as one; tombstones are kept for older segments."""
    masks = live_masks(segments)
    passages, reports, keeps, base = [], [], [], 0
    for segment, live in zip(segments, masks, strict=True):
        table = segment.passages()
        owners = table["report"].to_numpy()
        keep = live[owners] if len(owners) else np.zeros(0, np.bool_)
        renumbered = (np.cumsum(live) - 1 + base)[owners[keep]].astype(np.uint32)
        kept = table.filter(pa.array(keep))
        passages.append(kept.set_column(0, _PASSAGES.field("report"), pa.array(renumbered, pa.uint32())))
        reports.append(segment.reports().filter(pa.array(live)))
        keeps.append(keep)
        base += int(live.sum())
    reports.append(_tombstones(segments, masks))
    _write_embeddings(segments, keeps, target.files[0], dim)
    pq.write_table(pa.concat_tables(passages), target.files[1])
    pq.write_table(pa.concat_tables(reports), target.files[2])


def _tombstones(segments: Sequence[Segment], masks: Sequence[Mask]) -> pa.Table:
    """Reports whose latest word in these segments is that they are removed."""
    tables = [s.reports() for s in segments]
    live = {i for t, m in zip(tables, masks, strict=True) for i in t["report_id"].filter(pa.array(m)).to_pylist()}
    dead = {i for t in tables for i in t["report_id"].filter(t["removed"]).to_pylist()} - live
    rows = [{"report_id": report_id, "removed": True} for report_id in sorted(dead)]
    return pa.Table.from_pylist(rows, schema=_REPORTS)


def _write_embeddings(segments: Sequence[Segment], keeps: Sequence[Mask], path: Path, dim: int) -> None:
    total = int(sum(keep.sum() for keep in keeps))
    if total == 0:
        np.save(path, np.empty((0, dim), np.float16))
        return
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(total, dim))
    at = 0
    for segment, keep in zip(segments, keeps, strict=True):
        rows, source = np.flatnonzero(keep), segment.embeddings()
        for first in range(0, len(rows), _COPY_ROWS):
            chunk = rows[first : first + _COPY_ROWS]
            out[at : at + len(chunk)] = source[chunk]
            at += len(chunk)
    out.flush()


def fingerprints(segments: Sequence[Segment]) -> Iterator[tuple[str, str]]:
    """(report id, fingerprint) of every report that is held, in the segments' order."""
    for segment, live in zip(segments, live_masks(segments), strict=True):
        table = segment.reports(["report_id", "fingerprint"]).filter(pa.array(live))
        yield from zip(table["report_id"].to_pylist(), table["fingerprint"].to_pylist(), strict=True)


def days(column: pa.ChunkedArray) -> NDArray[np.int32]:
    """Dates as days since 1970-01-01; missing ones as the smallest int32."""
    missing = int(np.iinfo(np.int32).min)
    return np.asarray(pc.fill_null(column.cast(pa.int32()), missing).to_numpy(), dtype=np.int32)


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return (date - dt.date(1970, 1, 1)).days
