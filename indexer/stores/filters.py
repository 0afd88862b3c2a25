"""The one filter object that every store takes and must apply exactly."""

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import TypeVar

from indexer.report import Assertion, BodyRegion, ExamMetadata, Laterality, Modality, SectionKind, Sex

LARGEST = 16_383
"""Sizes compare in tenths of a millimetre, and from this one on (1.6 m) as equal: no finding is larger."""


@dataclass(frozen=True, slots=True)
class StatedFinding:
    """A finding as far as filters see it. concepts: its own and all of which that is a kind.

    size: the largest current one in millimetres, None if none is stated.
    """

    concepts: frozenset[str]
    assertion: Assertion
    laterality: Laterality
    section: SectionKind
    size: float | None = None

    @property
    def tenths(self) -> int | None:
        """The size as it is compared."""
        return None if self.size is None else _clipped(round(self.size * 10))


@dataclass(frozen=True, slots=True)
class FindingCriterion:
    """What one finding must be, all at once: of this concept or a kind of it, and of one of the values of each set.

    An empty set means any value. size_min, size_max: millimetres, inclusive; a finding without a size fails a bound.
    """

    concept: str
    assertions: frozenset[Assertion] = frozenset()
    sides: frozenset[Laterality] = frozenset()
    sections: frozenset[SectionKind] = frozenset()
    size_min: float | None = None
    size_max: float | None = None

    @property
    def tenths(self) -> tuple[int, int] | None:
        """The bounds as sizes are compared, inclusive; the first may exceed the second. None if size does not matter."""
        if self.size_min is None and self.size_max is None:
            return None
        # Rounded first: in binary, 1.1 * 10 is a little more than 11.
        low = 0 if self.size_min is None else math.ceil(round(self.size_min * 10, 6))
        high = LARGEST if self.size_max is None else math.floor(round(self.size_max * 10, 6))
        return _clipped(low), min(high, LARGEST)

    def accepts(self, finding: StatedFinding) -> bool:
        """Whether this one finding meets the whole criterion."""
        return (
            self.concept in finding.concepts
            and (not self.assertions or finding.assertion in self.assertions)
            and (not self.sides or finding.laterality in self.sides)
            and (not self.sections or finding.section in self.sections)
            and _between(finding.tenths, self.tenths)
        )


@dataclass(frozen=True, slots=True)
class FindingClause:
    """Satisfied by a report with a finding that meets one of the criteria; excluded: by one without any such finding."""

    any_of: tuple[FindingCriterion, ...]
    excluded: bool = False

    def accepts(self, findings: Collection[StatedFinding]) -> bool:
        """Whether a report with these findings, and no others, may be returned."""
        return self.excluded != any(one.accepts(finding) for finding in findings for one in self.any_of)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which reports may be returned. Criteria are joined by AND, the values of one criterion by OR.

    Bounds are inclusive. A report that lacks a value fails every criterion on it.
    """

    modalities: frozenset[Modality] = frozenset()
    regions: frozenset[BodyRegion] = frozenset()
    sexes: frozenset[Sex] = frozenset()
    sites: frozenset[str] = frozenset()
    age_min: int | None = None
    age_max: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    findings: tuple[FindingClause, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in (None, frozenset(), ()) for f in fields(self))

    def accepts(self, metadata: ExamMetadata, findings: Collection[StatedFinding] = ()) -> bool:
        """Whether a report with this metadata and these findings may be returned.

        The definition that every engine is tested against.
        """
        return (
            (not self.modalities or metadata.modality in self.modalities)
            and (not self.regions or not self.regions.isdisjoint(metadata.regions))
            and (not self.sexes or metadata.sex in self.sexes)
            and (not self.sites or metadata.site in self.sites)
            and _within(metadata.age, self.age_min, self.age_max)
            and _within(metadata.exam_date, self.date_from, self.date_to)
            and all(clause.accepts(findings) for clause in self.findings)
        )


_Ordered = TypeVar("_Ordered", int, dt.date)


def _within(value: _Ordered | None, low: _Ordered | None, high: _Ordered | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _between(tenths: int | None, bounds: tuple[int, int] | None) -> bool:
    return bounds is None or (tenths is not None and bounds[0] <= tenths <= bounds[1])


def _clipped(tenths: int) -> int:
    return min(max(tenths, 0), LARGEST)
