"""The engines that the contract of the full text is proven on, and what is put in them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from indexer.language.polarity import clauses
from indexer.report import Report
from indexer.stores.text.base import TextDocument, TextStore
from indexer.stores.text.tantivy import TantivyText
from tests.unit.indexer.stores.reports import stated

Open = Callable[[], TextStore]
ENGINES: dict[str, Callable[[Path], TextStore]] = {"tantivy": TantivyText}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Callable[[Path], TextStore]:
    return ENGINES[request.param]


@pytest.fixture
def open_store(engine: Callable[[Path], TextStore], tmp_path: Path) -> Iterator[Open]:
    """Opens the same index again and again, as readers and writers of other processes do."""
    opened: list[TextStore] = []

    def open_it() -> TextStore:
        opened.append(engine(tmp_path / "text"))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> TextStore:
    return open_store()


def as_document(report: Report) -> TextDocument:
    """A report as the pipeline hands it over, every section of it stating something."""
    said = list(clauses(report.text))
    return TextDocument(report, tuple(c.affirmed for c in said), tuple(c.denied for c in said), stated(report))


def write(store: TextStore, reports: Sequence[Report], removed: Sequence[str] = ()) -> None:
    store.write([as_document(report) for report in reports], removed)
