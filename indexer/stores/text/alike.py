"""What every engine of the full text indexes and weighs alike, so that all find, rank and order the same."""

import datetime as dt
import zlib
from collections.abc import Iterator, Mapping, Sequence

from indexer.report import Assertion, Report, SectionKind
from indexer.stores.text.base import SEARCHED_SECTIONS, Facet, TextDocument
from indexer.words import folded_words, terms

AFFIRMED_WEIGHT = 0.33
"""Weight of a word that query and report both affirm, beside its weight 1 as a word of the report."""

DENIED_SLOP = 2
"""How many words may stand between the words of a denied group ("embolie [bilatérale] pulmonaire")."""

GAP = ("|",) * (DENIED_SLOP + 4)
"""Stands between clauses: no phrase reaches across."""

FACET_FIELDS = {
    Facet.MODALITY: "modality",
    Facet.REGION: "regions",
    Facet.SEX: "sex",
    Facet.SITE: "site",
    Facet.YEAR: "year",
    Facet.AGE: "decade",
    Facet.FINDING: "present",
}
"""The field whose values each facet counts."""

SECTION_TERMS: Mapping[SectionKind, str] = {kind: f"{kind}_terms" for kind in SEARCHED_SECTIONS}
"""The field of each section's index forms: which are there, no more."""

SECTION_EXACT: Mapping[SectionKind, str] = {kind: f"{kind}_exact" for kind in SEARCHED_SECTIONS}
"""The field of each section's folded words, for phrases."""

_UNDATED = -(10**6)
_TIE_BITS = 32


def joined(clauses: Sequence[Sequence[str]]) -> str:
    """The words of clauses as one text to be cut at its spaces, the clauses kept apart."""
    return " ".join(word for clause in clauses if clause for word in (*clause, *GAP))


def word_fields(report: Report) -> Iterator[tuple[str, str]]:
    """All the words of a report, and those of its sections by themselves, by field: texts to be cut at their spaces.

    Sections that a report lacks are left out. No phrase reaches from one of a kind into the next.
    """
    pieces = [(kind, terms(text), folded_words(text)) for kind, text in _pieces(report)]
    yield "body", " ".join(term for _kind, found, _exact in pieces for term in found)
    yield "exact", " ".join(word for _kind, _found, exact in pieces for word in exact)
    for kind in SEARCHED_SECTIONS:
        own = [(found, exact) for one, found, exact in pieces if one is kind]
        if own:
            yield SECTION_TERMS[kind], " ".join(dict.fromkeys(term for found, _exact in own for term in found))
            yield SECTION_EXACT[kind], f" {GAP[0]} ".join(" ".join(exact) for _found, exact in own)


def _pieces(report: Report) -> Iterator[tuple[SectionKind | None, str]]:
    """The text in order, cut where sections begin and end: each word is made an index form once, for all its fields."""
    at = 0
    for section in report.sections:
        yield None, report.text[at : section.start]
        yield section.kind, report.text[section.start : section.end]
        at = section.end
    yield None, report.text[at:]


def present_concepts(document: TextDocument) -> list[str]:
    """What a report states as present, each concept once, and all that it is a kind of."""
    return sorted({c for f in document.findings if f.assertion is Assertion.PRESENT for c in f.concepts})


def newest_first(report: Report) -> int:
    """The number that lists of reports are sorted by, falling: the exam's day, the undated last.

    Reports of one day come in an order of their own that is the same in every engine and after every update.
    """
    day = days(report.metadata.exam_date)
    return ((_UNDATED if day is None else day) << _TIE_BITS) + zlib.crc32(report.report_id.encode())


def days(date: dt.date | None) -> int | None:
    """Days since 1970."""
    return (date - dt.date(1970, 1, 1)).days if date else None


def exam_numbers(report: Report) -> Iterator[tuple[str, int]]:
    """The numbers of an exam that are filtered and counted by, those that are known."""
    exam = report.metadata
    if exam.age is not None:
        yield "age", exam.age
        yield "decade", exam.age // 10 * 10
    if exam.exam_date:
        yield "year", exam.exam_date.year
