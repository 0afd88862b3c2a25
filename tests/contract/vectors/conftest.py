"""An engine of an archive of its own, and one with a corpus in it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from indexer.passage import EncodedReport
from indexer.settings import Settings, VectorEngineName
from indexer.stores.vectors.base import VectorEngine, VectorStore
from indexer.workspace import vector_engine
from tests.contract.vectors.engines import Backend, NewEngine, opened, write
from tests.rig.opensearch import OpenSearchServer
from tests.unit.indexer.stores.reports import report_id
from tests.unit.indexer.stores.vectors.conftest import encoded

CORPUS = 240
_prefixes = (f"contract-{number}" for number in itertools.count(1))


@pytest.fixture(scope="session", params=list(Backend))
def backend(request: pytest.FixtureRequest) -> Backend:
    """The engine that a test runs on: every one, unless the test is marked with `only`."""
    found: Backend = request.param
    return found


@pytest.fixture(scope="session")
def new_settings(
    backend: Backend, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Settings]:
    """Settings of vectors that are not there yet."""

    def make(**more: Any) -> Settings:
        stated: dict[str, Any] = {"data_dir": tmp_path_factory.mktemp("data"), **more}
        if backend is Backend.OPENSEARCH:
            server: OpenSearchServer = request.getfixturevalue("opensearch_knn_server")
            stated = {"opensearch_url": server.url, "opensearch_index": next(_prefixes), **stated}
        return Settings(vector_engine=VectorEngineName(backend), opensearch_patience_seconds=20.0, **stated)

    return make


@pytest.fixture(scope="module")
def new_engine(
    backend: Backend, new_settings: Callable[..., Settings], request: pytest.FixtureRequest
) -> Iterator[NewEngine]:
    """Makes engines, each of an archive of its own with nothing in it."""
    made: list[Settings] = []
    server: OpenSearchServer | None = None
    if backend is Backend.OPENSEARCH:
        server = request.getfixturevalue("opensearch_knn_server")

    def make(**more: Any) -> VectorEngine:
        made.append(new_settings(**more))
        return vector_engine(made[-1])

    yield make
    if server is not None:
        for settings in made:
            server.request("DELETE", f"/{settings.opensearch_index}-vectors-0*")


@pytest.fixture
def engine(new_engine: NewEngine) -> VectorEngine:
    return new_engine()


@pytest.fixture(scope="module")
def corpus() -> list[EncodedReport]:
    rng = np.random.default_rng(5)
    return [encoded(rng, number) for number in range(CORPUS)]


@pytest.fixture(scope="module")
def filled(corpus: list[EncodedReport], new_engine: NewEngine) -> VectorEngine:
    """The corpus in five commits, some reports written before in another form, some removed since. For reading only."""
    engine = new_engine()
    rng = np.random.default_rng(6)
    write(engine, [encoded(rng, number) for number in range(CORPUS + 20)])
    for first in range(0, CORPUS, 80):
        write(engine, corpus[first : first + 80])
    write(engine, [], [report_id(number) for number in range(CORPUS, CORPUS + 20)])
    return engine


@pytest.fixture(scope="module")
def store(filled: VectorEngine) -> Iterator[VectorStore]:
    with closing(opened(filled)) as found:
        yield found
