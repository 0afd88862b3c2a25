"""What every engine of the full text indexes and weighs alike, so that all find, rank and order the same."""

import datetime as dt
import zlib
from collections.abc import Iterator, Sequence

from indexer.report import Assertion, Report
from indexer.stores.text.base import Facet, TextDocument

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

_UNDATED = -(10**6)
_TIE_BITS = 32


def joined(clauses: Sequence[Sequence[str]]) -> str:
    """The words of clauses as one text to be cut at its spaces, the clauses kept apart."""
    return " ".join(word for clause in clauses if clause for word in (*clause, *GAP))


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
