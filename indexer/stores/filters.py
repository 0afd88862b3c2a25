"""The one filter object that every store takes and must apply exactly."""

import datetime as dt
from dataclasses import dataclass, fields
from typing import TypeVar

from indexer.report import BodyRegion, ExamMetadata, Modality, Sex


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

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) not in (None, frozenset()) for f in fields(self))

    def accepts(self, metadata: ExamMetadata) -> bool:
        """Whether a report with this metadata may be returned: the definition that every engine is tested against."""
        return (
            (not self.modalities or metadata.modality in self.modalities)
            and (not self.regions or not self.regions.isdisjoint(metadata.regions))
            and (not self.sexes or metadata.sex in self.sexes)
            and (not self.sites or metadata.site in self.sites)
            and _within(metadata.age, self.age_min, self.age_max)
            and _within(metadata.exam_date, self.date_from, self.date_to)
        )


_Ordered = TypeVar("_Ordered", int, dt.date)


def _within(value: _Ordered | None, low: _Ordered | None, high: _Ordered | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)
