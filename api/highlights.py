"""Where a query's words stand in a report, and which of its passages are worth showing: pure functions of the text."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from indexer.language.polarity import negation_words
from indexer.report import MASK, Report, SectionKind
from indexer.stores.text.base import TextQuery
from indexer.words import words

PASSAGE_CHARS = 320
_STATEMENT = re.compile(r"[^\n]+?(?:(?<=[.;!?])(?=\s)|$)", re.MULTILINE)
_HEAVY = {SectionKind.CONCLUSION: 0.75, SectionKind.RESULTS: 0.25}
"""Of two passages with as many words of the query, the conclusion's is shown first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage to show: characters of the report, its section, and the query's words in it."""

    start: int
    end: int
    section: SectionKind
    highlights: tuple[tuple[int, int], ...]

    def __repr__(self) -> str:
        return f"Shown({MASK})"


def spans_of(text: str, query: TextQuery) -> list[tuple[int, int]]:
    """Characters (start, end) of every word of the text that the query has, in order; neighbours are not joined."""
    wanted = _marked(query)
    return [(word.start, word.end) for word in words(text) if word.term in wanted]


def _marked(query: TextQuery) -> frozenset[str]:
    """A "sans" is everywhere and names nothing: the words of negation rank, and are not marked."""
    return frozenset(query.terms) - negation_words()


def matched_words(typed: str, text: str) -> list[str]:
    """The words of a typed query, as typed, that the text holds; each once, in the query's order."""
    held = {word.term for word in words(text)} - negation_words()
    found = {word.term: typed[word.start : word.end] for word in reversed(list(words(typed))) if word.term in held}
    return list(reversed(found.values()))


def best_passages(report: Report, query: TextQuery, closest: tuple[int, int] | None, count: int = 2) -> list[Shown]:
    """Up to `count` passages in the order of the text: those with most of the query's words, else the closest one.

    closest: characters of the passage nearest in meaning, if one is known.
    """
    wanted = _marked(query)
    spans = [(w.start, w.end, w.term) for w in words(report.text) if w.term in wanted]
    windows = list(_windows(report))
    ranked = sorted(windows, key=lambda w: (-_worth(w, spans), w.start))
    chosen = [w for w in ranked[:count] if _distinct(w, spans)]
    if not chosen:
        chosen = [_at(windows, closest)] if windows else []
    return [
        Shown(w.start, w.end, w.section, tuple((s, e) for s, e, _t in spans if w.start <= s and e <= w.end))
        for w in sorted(chosen, key=lambda w: w.start)
    ]


@dataclass(frozen=True, slots=True)
class _Window:
    start: int
    end: int
    section: SectionKind


def _windows(report: Report) -> Iterator[_Window]:
    """Runs of neighbouring statements of one section, at most PASSAGE_CHARS long where statements allow it."""
    for section in report.sections:
        start = end = section.start
        for match in _STATEMENT.finditer(report.text, section.start, section.end):
            if match.end() - start > PASSAGE_CHARS and end > start:
                yield _Window(start, end, section.kind)
                start = match.start()
            end = min(match.end(), start + 2 * PASSAGE_CHARS)
        if end > start:
            yield _Window(start, end, section.kind)


def _distinct(window: _Window, spans: Sequence[tuple[int, int, str]]) -> Collection[str]:
    return {term for start, end, term in spans if window.start <= start and end <= window.end}


def _worth(window: _Window, spans: Sequence[tuple[int, int, str]]) -> float:
    found = len(_distinct(window, spans))
    return found + _HEAVY.get(window.section, 0.0) if found else 0.0


def _at(windows: Sequence[_Window], closest: tuple[int, int] | None) -> _Window:
    """The window in which the closest passage begins; without one, the conclusion's first, else the first."""
    if closest:
        return next((w for w in windows if w.end > closest[0]), windows[-1])
    return next((w for w in windows if w.section is SectionKind.CONCLUSION), windows[0])
