"""Encoded reports with random vectors, and brute force over them."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from indexer.passage import EncodedReport, EncoderIdentity, Passage, PassageKind, Vectors
from indexer.report import SectionKind
from indexer.stores.filters import Filters
from indexer.stores.vectors.snapshot import SnapshotWriter
from tests.unit.indexer.stores.reports import make_report, random_report

DIM = 8
ENCODER = EncoderIdentity("essai", DIM, "query: ", "passage: ", "0" * 64)
Encode = Callable[..., EncodedReport]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
def writer(root: Path) -> SnapshotWriter:
    return SnapshotWriter(root, ENCODER)


def random_vectors(rng: np.random.Generator, count: int, dim: int = DIM) -> Vectors:
    vectors = rng.normal(size=(count, dim)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def encoded(rng: np.random.Generator, number: int, *, metadata: bool = True, dim: int = DIM) -> EncodedReport:
    """A report with a whole, a conclusion or none, and none to three results."""
    kinds = [
        (PassageKind.WHOLE, SectionKind.RESULTS),
        *[(PassageKind.CONCLUSION, SectionKind.CONCLUSION)] * int(rng.integers(2)),
        *[(PassageKind.RESULTS, SectionKind.RESULTS)] * int(rng.integers(4)),
    ]
    passages = tuple(Passage(kind, section, 10 * i, 10 * i + 9, "") for i, (kind, section) in enumerate(kinds))
    report = random_report(rng, number) if metadata else make_report(number)
    return EncodedReport(report, passages, random_vectors(rng, len(passages), dim))


def of_fingerprint(report: EncodedReport, fingerprint: str) -> EncodedReport:
    return dataclasses.replace(report, report=dataclasses.replace(report.report, fingerprint=fingerprint))


def best_scores(query: Vectors, reports: Sequence[EncodedReport], filters: Filters) -> dict[str, float]:
    """Brute force: the best inner product of each report that passes, on vectors as fp16 keeps them; best first."""
    best = {
        e.report.report_id: float((e.vectors.astype(np.float16).astype(np.float32) @ query[0]).max())
        for e in reports
        if filters.accepts(e.report.metadata)
    }
    return dict(sorted(best.items(), key=lambda item: -item[1]))
