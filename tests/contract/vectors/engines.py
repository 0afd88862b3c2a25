"""The engines that the suite runs on, what is put in them, and brute force over it."""

from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum

import numpy as np
import pytest

from indexer.passage import EncodedReport, EncoderIdentity, Vectors
from indexer.steps import unobserved
from indexer.stores.filters import Filters
from indexer.stores.vectors.base import VectorEngine, VectorStore
from tests.unit.indexer.stores.reports import stated

NO_FILTER = Filters()
DIM = 8
ENCODER = EncoderIdentity("essai", DIM, "query: ", "passage: ", "0" * 64)

NewEngine = Callable[[], VectorEngine]


class Backend(StrEnum):
    """Where vectors can be kept."""

    FAISS = "faiss"
    OPENSEARCH = "opensearch"


def only(backend: Backend) -> pytest.MarkDecorator:
    """For a test, or a module, about one engine's own."""
    return pytest.mark.parametrize("backend", [backend], indirect=True, scope="session")


def write(engine: VectorEngine, added: Sequence[EncodedReport], removed: Sequence[str] = ()) -> None:
    """One commit of a writer of its own."""
    with closing(engine.writer(ENCODER, unobserved)) as writer:
        writer.commit(added, removed)


def opened(engine: VectorEngine, encoder: EncoderIdentity = ENCODER) -> VectorStore:
    store = engine.open(encoder)
    assert store is not None
    return store


def held(engine: VectorEngine) -> dict[str, str]:
    found = engine.held()
    return dict(found.fingerprints) if found else {}


def nearest(
    store: VectorStore, query: Vectors, count: int, filters: Filters, reports: Sequence[EncodedReport]
) -> list[str]:
    """As retrieval asks: what passes filters on findings is told to a store that does not know."""
    within = None
    if filters.findings and not store.keeps_findings:
        within = [e.report.report_id for e in reports if filters.accepts(e.report.metadata, stated(e.report))]
    return store.nearest(query, count, filters, within=within)


def best_scores(query: Vectors, reports: Sequence[EncodedReport], filters: Filters) -> dict[str, float]:
    """Brute force: the best inner product of each report that passes, on vectors as fp16 keeps them; best first."""
    best = {
        e.report.report_id: float((e.vectors.astype(np.float16).astype(np.float32) @ query[0]).max())
        for e in reports
        if filters.accepts(e.report.metadata, e.findings)
    }
    return dict(sorted(best.items(), key=lambda item: -item[1]))
