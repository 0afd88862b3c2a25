"""What only a cluster has: neighbours by a graph, compression, an index that others can delete, a plugin that may be missing."""

import dataclasses
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from indexer.errors import StoreDamaged, StoreUnavailable
from indexer.passage import EncodedReport, Vectors
from indexer.settings import KnnCompression, Settings, VectorEngineName
from indexer.steps import unobserved
from indexer.stores.filters import Filters
from indexer.stores.vectors import opensearch as engine_of_vectors
from indexer.stores.vectors.base import VectorEngine, VectorStore
from indexer.stores.vectors.opensearch import OpenSearchVectorEngine
from tests.contract.vectors.engines import ENCODER, NO_FILTER, Backend, best_scores, held, only, opened, write
from tests.rig.opensearch import OpenSearchServer
from tests.unit.indexer.stores.reports import CRITERIA, FINDING_CRITERIA, report_id
from tests.unit.indexer.stores.vectors.conftest import encoded, random_vectors

pytestmark = [only(Backend.OPENSEARCH), pytest.mark.usefixtures("backend")]

DIM, TOPICS, REPORTS = 64, 40, 1500
GRAPH = dataclasses.replace(ENCODER, dim=DIM)
QUERIES = 40


def live(settings: Settings) -> str:
    return f"{settings.opensearch_index}-vectors"


def near_topics(rng: np.random.Generator, count: int) -> Vectors:
    """Vectors as texts have them: near one of some topics, not spread evenly over all directions."""
    topics = random_vectors(np.random.default_rng(1), TOPICS, DIM)
    vectors = topics[rng.integers(TOPICS, size=count)] + 0.6 * random_vectors(rng, count, DIM)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def topics() -> list[EncodedReport]:
    rng = np.random.default_rng(8)
    reports = [encoded(rng, number) for number in range(REPORTS)]
    return [dataclasses.replace(e, vectors=near_topics(rng, len(e.passages))) for e in reports]


@pytest.fixture(scope="module", params=[KnnCompression.NONE, KnnCompression.FOUR])
def graph(request: pytest.FixtureRequest, new_settings: Any, topics: list[EncodedReport]) -> VectorEngine:
    """More reports, of which none is compared that the graph does not lead to."""
    engine = OpenSearchVectorEngine(new_settings(opensearch_knn_compression=request.param))
    with closing(engine.writer(GRAPH, unobserved)) as writer:
        for first in range(0, REPORTS, 300):
            writer.commit(topics[first : first + 300])
    return engine


@pytest.fixture
def walked(graph: VectorEngine, monkeypatch: pytest.MonkeyPatch) -> VectorStore:
    monkeypatch.setattr(engine_of_vectors, "COMPARED", -1)
    return opened(graph, GRAPH)


FILTERS = {
    name: found
    for name, found in {**CRITERIA, **FINDING_CRITERIA}.items()
    if name in ("none", "modality", "dates", "no finding", "size", "combined", "finding and exam")
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_walk_through_the_graph_finds_what_brute_force_does_and_nothing_outside_the_filter(
    name: str, walked: VectorStore, topics: list[EncodedReport], rng: np.random.Generator
) -> None:
    filters, hit, wanted = FILTERS[name], 0, 0
    for query in near_topics(rng, QUERIES)[:, None]:
        expected = best_scores(query, topics, filters)
        found = walked.nearest(query, 10, filters)
        assert len(found) == min(10, len(expected))
        assert set(found) <= set(expected)
        hit += len(set(found) & set(list(expected)[:10]))
        wanted += min(10, len(expected))
    assert wanted
    assert hit / wanted >= 0.99


def test_every_report_that_passes_is_found_by_the_graph_when_all_are_asked_for(
    walked: VectorStore, topics: list[EncodedReport], rng: np.random.Generator
) -> None:
    query = near_topics(rng, 1)
    filters = Filters(modalities=CRITERIA["modality"].modalities, findings=FINDING_CRITERIA["size"].findings)
    expected = best_scores(query, topics, filters)
    assert 10 < len(expected) < REPORTS
    assert set(walked.nearest(query, 20_000, filters)) == set(expected)


class TestAnIndexThatOthersCanReach:
    @pytest.fixture
    def settings(self, new_settings: Any) -> Settings:
        found: Settings = new_settings()
        return found

    @pytest.fixture
    def made(self, settings: Settings, rng: np.random.Generator) -> VectorEngine:
        engine = OpenSearchVectorEngine(settings)
        write(engine, [encoded(rng, number) for number in range(3)])
        return engine

    def test_deleted_behind_our_back_it_is_missed_and_made_again(
        self, made: VectorEngine, settings: Settings, opensearch_knn_server: OpenSearchServer, rng: np.random.Generator
    ) -> None:
        reader = opened(made)
        with closing(made.writer(ENCODER, unobserved)) as writer:
            opensearch_knn_server.request("DELETE", f"/{made.current()}")
            with pytest.raises(StoreUnavailable, match="does not have what was asked for"):
                reader.nearest(random_vectors(rng, 1), 5, NO_FILTER)
            with pytest.raises(StoreUnavailable, match="has lost an index; mend it with: radiotheque repair"):
                writer.commit([encoded(rng, 4)])
        assert made.held() is None
        write(made, [encoded(rng, 5)])
        assert set(held(made)) == {report_id(5)}

    def test_a_filling_that_died_is_ended_by_the_next_writer(
        self, settings: Settings, opensearch_knn_server: OpenSearchServer, rng: np.random.Generator
    ) -> None:
        engine = OpenSearchVectorEngine(settings)
        engine.writer(ENCODER, unobserved).commit([encoded(rng, 1)])  # and it is not closed

        def interval() -> str | None:
            (found,) = opensearch_knn_server.request("GET", f"/{live(settings)}/_settings").values()
            stated: str | None = found["settings"]["index"].get("refresh_interval")
            return stated

        assert interval() == "-1"
        write(engine, [encoded(rng, 2)])
        assert interval() is None
        assert set(held(engine)) == {report_id(1), report_id(2)}

    @pytest.mark.parametrize("meta", [{"version": 0}, {}])
    def test_an_index_of_another_version_is_refused_with_what_to_do(
        self, meta: dict[str, int], made: VectorEngine, settings: Settings, opensearch_knn_server: OpenSearchServer
    ) -> None:
        opensearch_knn_server.request("PUT", f"/{live(settings)}/_mapping", {"_meta": meta})
        for attempt in (lambda: made.open(ENCODER), lambda: made.writer(ENCODER, unobserved), made.held):
            with pytest.raises(StoreDamaged, match=r"made by another version.*radiotheque rebuild --store vectors"):
                attempt()

    def test_an_index_that_does_not_name_its_encoder_is_refused(
        self, made: VectorEngine, settings: Settings, opensearch_knn_server: OpenSearchServer
    ) -> None:
        opensearch_knn_server.request("PUT", f"/{live(settings)}/_mapping", {"_meta": {"version": 1, "encoder": {}}})
        with pytest.raises(StoreDamaged, match="does not say which encoder made it"):
            made.open(ENCODER)


def indices(server: OpenSearchServer) -> set[str]:
    return {one["index"] for one in server.request("GET", "/_cat/indices?format=json")}


def test_without_the_plugin_it_says_so_and_makes_nothing(opensearch: OpenSearchServer) -> None:
    settings = Settings(vector_engine=VectorEngineName.OPENSEARCH, opensearch_url=opensearch.url)
    engine = OpenSearchVectorEngine(settings)
    before = indices(opensearch)
    for attempt in (engine.version, lambda: engine.writer(ENCODER, unobserved)):
        with pytest.raises(
            StoreUnavailable, match=r"has no k-NN plugin; install opensearch-knn there.*VECTOR_ENGINE=faiss"
        ):
            attempt()
    assert indices(opensearch) == before


def test_it_says_what_runs_there(new_settings: Any) -> None:
    assert (
        OpenSearchVectorEngine(new_settings()).version().startswith("opensearch 3.5.0 with k-NN (lucene), at http://")
    )
