"""The engines that the suite runs on, what is put in them, and a mark for what only one of them has."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

import pytest

from indexer.language.polarity import clauses
from indexer.report import Report
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextDocument, TextEngine, TextQuery, TextStore
from indexer.words import folded_words, terms
from tests.unit.indexer.stores.reports import stated

NO_FILTER = Filters()
ANY = TextQuery()

Open = Callable[[], TextStore]
NewEngine = Callable[[], TextEngine]


class Backend(StrEnum):
    """Where a full text can be kept."""

    TANTIVY = "tantivy"
    OPENSEARCH = "opensearch"


def only(backend: Backend) -> pytest.MarkDecorator:
    """For a test, or a module, about one engine's own."""
    return pytest.mark.parametrize("backend", [backend], indirect=True, scope="session")


def as_document(report: Report) -> TextDocument:
    """A report as the pipeline hands it over, every section of it stating something."""
    said = list(clauses(report.text))
    return TextDocument(report, tuple(c.affirmed for c in said), tuple(c.denied for c in said), stated(report))


def write(store: TextStore, reports: Sequence[Report], removed: Sequence[str] = ()) -> None:
    store.write([as_document(report) for report in reports], removed)


def asking(text: str, **more: tuple[str, ...] | tuple[tuple[str, ...], ...]) -> TextQuery:
    return TextQuery(terms=tuple(terms(text)), **more)  # type: ignore[arg-type]


def phrase(text: str) -> TextQuery:
    return TextQuery(phrases=(tuple(folded_words(text)),))


def found(store: TextStore, query: TextQuery, filters: Filters = NO_FILTER) -> list[str]:
    return [hit.report_id for hit in store.search(query, filters, 1000, avoid_contradiction=False)]


def numbers(ids: Iterable[str]) -> list[int]:
    return [int(i, 16) for i in ids]
