"""Encoded reports with random vectors."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from indexer.passage import EncodedReport, Passage, PassageKind, Vectors
from indexer.report import SectionKind
from indexer.stores.vectors.snapshot import SnapshotWriter
from tests.contract.vectors.engines import DIM, ENCODER
from tests.unit.indexer.stores.reports import make_report, random_report, stated


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
    return EncodedReport(report, passages, random_vectors(rng, len(passages), dim), stated(report))


def of_fingerprint(report: EncodedReport, fingerprint: str) -> EncodedReport:
    return dataclasses.replace(report, report=dataclasses.replace(report.report, fingerprint=fingerprint))
