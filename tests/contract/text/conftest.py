"""An empty full text on each engine, and a filled one."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from indexer.report import Report
from indexer.settings import Settings, TextEngineName
from indexer.stores.text.base import TextEngine, TextStore
from indexer.workspace import text_engine
from tests.contract.text.engines import Backend, NewEngine, Open, write
from tests.rig.opensearch import OpenSearchServer
from tests.unit.indexer.stores.reports import make_report, random_report

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
    """Settings of a full text that is not there yet."""

    def make(**more: Any) -> Settings:
        stated: dict[str, Any] = {"data_dir": tmp_path_factory.mktemp("data"), **more}
        if backend is Backend.OPENSEARCH:
            server: OpenSearchServer = request.getfixturevalue("opensearch_server")
            stated = {"opensearch_url": server.url, "opensearch_index": next(_prefixes), **stated}
        return Settings(text_engine=TextEngineName(backend), opensearch_patience_seconds=20.0, **stated)

    return make


@pytest.fixture(scope="module")
def new_engine(
    backend: Backend, new_settings: Callable[..., Settings], request: pytest.FixtureRequest
) -> Iterator[NewEngine]:
    """Makes engines, each of a full text of its own that is not there yet."""
    made: list[Settings] = []
    server: OpenSearchServer | None = None
    if backend is Backend.OPENSEARCH:
        server = request.getfixturevalue("opensearch_server")

    def make() -> TextEngine:
        made.append(new_settings())
        return text_engine(made[-1])

    yield make
    if server is not None:
        for settings in made:
            server.request("DELETE", f"/{settings.opensearch_index}-text-0*")


@pytest.fixture
def engine(new_engine: NewEngine) -> TextEngine:
    """A full text that is made, and has nothing in it."""
    made = new_engine()
    made.open(make=True).close()
    return made


@pytest.fixture
def open_store(engine: TextEngine) -> Iterator[Open]:
    """Opens the same full text again and again, as readers and writers of other processes do."""
    opened: list[TextStore] = []

    def open_it() -> TextStore:
        opened.append(engine.open(make=True))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> TextStore:
    return open_store()


@pytest.fixture(scope="module")
def corpus() -> list[Report]:
    rng = np.random.default_rng(11)
    return [random_report(rng, number) for number in range(CORPUS)]


@pytest.fixture(scope="module")
def filled(new_engine: NewEngine, corpus: list[Report]) -> Iterator[TextStore]:
    """The corpus in several commits, some of its reports written before in another form. For reading only."""
    engine = new_engine()
    engine.open(make=True).close()
    with closing(engine.open(make=True)) as store:
        write(store, [make_report(number, "ancien ancien ancien") for number in range(0, CORPUS, 3)])
        for first in range(0, CORPUS, 60):
            write(store, corpus[first : first + 60])
        yield store
