"""The engines that the suite runs on, what is put in them, and a mark for what only one of them has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

import pytest

from indexer.language.polarity import clauses
from indexer.report import Report, Section, SectionKind
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextDocument, TextEngine, TextQuery, TextStore, WithinSection
from indexer.words import folded_words, terms
from tests.unit.indexer.stores.reports import make_report, stated

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


def asking(text: str, **more: tuple[str, ...] | tuple[tuple[str, ...], ...] | tuple[WithinSection, ...]) -> TextQuery:
    return TextQuery(terms=tuple(terms(text)), **more)  # type: ignore[arg-type]


def phrase(text: str) -> TextQuery:
    return TextQuery(phrases=(tuple(folded_words(text)),))


def sectioned(number: int, *parts: tuple[SectionKind, str]) -> Report:
    """A report of sections, each under a heading that says its kind."""
    text, sections = "", []
    for kind, words in parts:
        start = len(text) + len(f"{kind} :\n")
        text += f"{kind} :\n{words}\n"
        sections.append(Section(kind, start, start + len(words)))
    return replace(make_report(number, text), sections=tuple(sections))


def within(section: SectionKind, word: str, *, excluded: bool = False) -> WithinSection:
    (term,) = terms(word)
    return WithinSection(section, term=term, excluded=excluded)


def phrase_within(section: SectionKind, text: str, *, excluded: bool = False) -> WithinSection:
    return WithinSection(section, phrase=tuple(folded_words(text)), excluded=excluded)


def found(store: TextStore, query: TextQuery, filters: Filters = NO_FILTER) -> list[str]:
    return [hit.report_id for hit in store.search(query, filters, 1000, avoid_contradiction=False)]


def numbers(ids: Iterable[str]) -> list[int]:
    return [int(i, 16) for i in ids]
