"""Reports whose vectors a real server refuses for what they are, and what becomes of the others."""

import dataclasses
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from indexer.errors import ReportsRefused, StoreUnavailable
from indexer.passage import EncodedReport, Passage, PassageKind
from indexer.report import SectionKind
from indexer.settings import Settings
from indexer.steps import unobserved
from indexer.stores.vectors.opensearch import OpenSearchVectorEngine
from tests.contract.vectors.engines import ENCODER, NO_FILTER, Backend, held, only, opened, write
from tests.rig.opensearch import OpenSearchServer
from tests.unit.indexer.stores.reports import report_id
from tests.unit.indexer.stores.vectors.conftest import encoded, random_vectors

pytestmark = [only(Backend.OPENSEARCH), pytest.mark.usefixtures("backend")]

LIMIT = "index.mapping.nested_objects.limit"
KIND = "mapper_parsing_exception"


def of_passages(rng: np.random.Generator, number: int, count: int) -> EncodedReport:
    passages = tuple(Passage(PassageKind.RESULTS, SectionKind.RESULTS, n, n + 1, "") for n in range(count))
    return dataclasses.replace(encoded(rng, number), passages=passages, vectors=random_vectors(rng, count))


@pytest.fixture
def settings(new_settings: Any) -> Settings:
    found: Settings = new_settings()
    return found


@pytest.fixture
def narrow(
    settings: Settings, opensearch_knn_server: OpenSearchServer, rng: np.random.Generator
) -> OpenSearchVectorEngine:
    """Vectors of three reports, which take no report of more than two passages from now on."""
    engine = OpenSearchVectorEngine(settings)
    write(engine, [of_passages(rng, number, 2) for number in range(3)])
    opensearch_knn_server.request("PUT", f"/{settings.opensearch_index}-vectors/_settings", {LIMIT: 2})
    return engine


def test_all_others_are_written_and_of_a_refused_report_no_passage_is_left(
    narrow: OpenSearchVectorEngine, rng: np.random.Generator
) -> None:
    with closing(narrow.writer(ENCODER, unobserved)) as writer:
        with pytest.raises(ReportsRefused, match=rf"refused 1 reports \(1 {KIND}\); all others are written") as caught:
            writer.commit([of_passages(rng, 1, 3), of_passages(rng, 3, 2)], [report_id(0)])
        assert caught.value.kinds == {report_id(1): KIND}
        with closing(opened(narrow)) as store:
            assert set(store.nearest(random_vectors(rng, 1), 9, NO_FILTER)) == {report_id(2), report_id(3)}
    assert set(held(narrow)) == {report_id(2), report_id(3)}


def test_a_filling_with_refusals_is_ended_as_any_other(
    settings: Settings, opensearch_knn_server: OpenSearchServer, rng: np.random.Generator
) -> None:
    live = f"{settings.opensearch_index}-vectors"
    engine = OpenSearchVectorEngine(settings)
    with closing(engine.writer(ENCODER, unobserved)) as writer:
        opensearch_knn_server.request("PUT", f"/{live}/_settings", {LIMIT: 2})
        with pytest.raises(ReportsRefused, match="refused 1 reports"):
            writer.commit([of_passages(rng, 1, 3), of_passages(rng, 2, 1)])
    (index,) = opensearch_knn_server.request("GET", f"/{live}/_settings").values()
    assert "refresh_interval" not in index["settings"]["index"]
    with closing(opened(engine)) as store:
        assert store.nearest(random_vectors(rng, 1), 9, NO_FILTER) == [report_id(2)]


def test_a_server_low_on_memory_refuses_no_report(
    narrow: OpenSearchVectorEngine, opensearch_knn_server: OpenSearchServer, rng: np.random.Generator
) -> None:
    """It answers as it does to a report that cannot be read: with status 400."""

    path, low = "/_cluster/settings", "knn.circuit_breaker.triggered"
    with closing(narrow.writer(ENCODER, unobserved)) as writer:
        opensearch_knn_server.request("PUT", path, {"persistent": {low: True}})
        try:
            with pytest.raises(
                StoreUnavailable, match=r"takes no vectors: it is low on memory \(the k-NN circuit breaker"
            ):
                writer.commit([of_passages(rng, 4, 1)])
        finally:
            opensearch_knn_server.request("PUT", path, {"persistent": {low: None}})
        writer.commit([of_passages(rng, 4, 1)])
    assert set(held(narrow)) == {report_id(n) for n in (0, 1, 2, 4)}
