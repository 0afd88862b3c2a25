"""The full-text store's contract: words, phrases, filters, exact counts."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from indexer.report import MASK, Report, SectionKind
from indexer.stores.filters import Filters, StatedFinding


class Facet(StrEnum):
    """What can be counted. `year`: exam year; `age`: decades, by their first year; `finding`: what is stated as present."""

    MODALITY = "modality"
    REGION = "region"
    SEX = "sex"
    SITE = "site"
    YEAR = "year"
    AGE = "age"
    FINDING = "finding"


@dataclass(frozen=True, slots=True)
class TextDocument:
    """A report as the full text takes it. affirmed, denied: index forms of the words, clause by clause.

    findings: as filters see them.
    """

    report: Report
    affirmed: tuple[tuple[str, ...], ...]
    denied: tuple[tuple[str, ...], ...]
    findings: tuple[StatedFinding, ...] = ()

    def __repr__(self) -> str:
        return f"TextDocument({self.report!r}, affirmed={MASK}, denied={MASK})"


SEARCHED_SECTIONS: tuple[SectionKind, ...] = tuple(kind for kind in SectionKind if kind is not SectionKind.PREAMBLE)
"""The sections whose words can be asked for by themselves."""


@dataclass(frozen=True, slots=True)
class WithinSection:
    """What stands in one of SEARCHED_SECTIONS, in any of a report that has it twice; excluded: what does not.

    term: an index form. phrase: folded words that must stand one after the other. One of the two is given.
    A report without such a section holds nothing in it.
    """

    section: SectionKind
    term: str = ""
    phrase: tuple[str, ...] = ()
    excluded: bool = False

    def __repr__(self) -> str:
        return f"WithinSection({MASK})"


@dataclass(frozen=True, slots=True)
class TextQuery:
    """A query in index forms (`indexer.words`).

    terms: what is ranked by, repeats counting. affirmed: those of them that count more where affirmed.
    denied_things: groups of neighbouring terms, each a thing that the query says is not there.
    phrases: folded words that must stand one after the other. excluded: index forms that must not be there.
    within: what sections must hold or not.
    """

    terms: tuple[str, ...] = ()
    affirmed: tuple[str, ...] = ()
    denied_things: tuple[tuple[str, ...], ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    within: tuple[WithinSection, ...] = ()

    @property
    def restricts(self) -> bool:
        """Whether it lets some reports pass only, whatever they are ranked by."""
        return bool(self.phrases or self.excluded or self.within)

    def __repr__(self) -> str:
        return f"TextQuery({MASK})"


@dataclass(frozen=True, slots=True)
class Scored:
    """A report and its score; higher is better, comparable within one query only."""

    report_id: str
    score: float


class TextStore(Protocol):
    """Full text. Reading methods see what was committed when `refresh` was last called.

    A report passes if it meets the filters, holds the phrases and what sections must hold, and nothing that is excluded.
    """

    def write(self, documents: Sequence[TextDocument], removed: Sequence[str]) -> None:
        """Add or replace documents and remove reports, durably and in one commit.

        Raises ReportsRefused for documents that it will never take as they are: all others are written then, and of
        these nothing is left, no earlier form either.
        """

    def refresh(self) -> None:
        """See what was committed since."""

    def search(self, query: TextQuery, filters: Filters, limit: int, *, avoid_contradiction: bool) -> list[Scored]:
        """The best reports that pass and hold a term, best first (BM25).

        avoid_contradiction: leave out the reports of `contradicting`.
        """

    def scores(self, query: TextQuery, report_ids: Sequence[str]) -> dict[str, float]:
        """The scores that `search` would give some reports; those without any term are left out."""

    def contradicting(self, query: TextQuery, filters: Filters) -> list[str]:
        """Reports that pass and affirm what the query denies, and nowhere deny it."""

    def passing(self, query: TextQuery, filters: Filters, report_ids: Sequence[str]) -> list[str]:
        """Those of some reports that pass, in the order given."""

    def newest(self, query: TextQuery, filters: Filters, offset: int, limit: int) -> list[str]:
        """Ids of the reports that pass, latest exam first."""

    def count(self, query: TextQuery, filters: Filters, *, all_terms: bool = False) -> int:
        """Exactly how many reports pass; with all_terms, and hold every term."""

    def facets(self, query: TextQuery, filters: Filters) -> dict[Facet, dict[str, int]]:
        """Exact counts by value over the reports that `count` counts."""

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that is held."""

    def close(self) -> None:
        """Release files and locks."""


class TextEngine(Protocol):
    """Where an archive's full text is kept, and how it is opened, made anew and gone back to."""

    def open(self, *, make: bool = False) -> TextStore:
        """Open it. make: for writing, and make it if it is not there; else StoreUnavailable. Raises StoreDamaged."""

    def fresh(self) -> AbstractContextManager[TextStore]:
        """An empty store beside the one that answers, which may be damaged; takes its place when the block ends well."""

    def roll_back(self) -> None:
        """Let what answered before the last rebuild answer again. Raises StoreUnavailable if it is not kept."""

    def version(self) -> str:
        """What it is and whether it can be used. Raises StoreUnavailable."""
