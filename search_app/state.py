"""The view that a URL holds: filters (findings among them, by id), mode, page, language, report; never a query or report text.

Every value of a URL is untrusted: what cannot be read is left out.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from search_app.findings import FindingRow, clauses, param_of, read_rows
from search_app.vocabulary import Facet, Language, Modality, Mode, Region, Sex

MAX_AGE = 130
MAX_SITES = 100
MAX_PAGE = 991
"""The API serves no further than offset 9,900, by pages of ten."""

MAX_RECORD = 10**12
"""No quarantine holds as many; the API cannot take numbers of more than 64 bits."""

_REPORT_ID = re.compile(r"[0-9a-f]{32}")
_Value = TypeVar("_Value")


class Param(StrEnum):
    """Names of the URL's parameters."""

    MODALITY = "modality"
    REGION = "region"
    SEX = "sex"
    SITE = "site"
    FINDING = "finding"
    AGE_MIN = "age_min"
    AGE_MAX = "age_max"
    DATE_FROM = "date_from"
    DATE_TO = "date_to"
    MODE = "mode"
    PAGE = "page"
    LANGUAGE = "lang"
    REPORT = "report"
    LIKE = "like"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which reports may be shown; bounds are inclusive."""

    modalities: tuple[Modality, ...] = ()
    regions: tuple[Region, ...] = ()
    sexes: tuple[Sex, ...] = ()
    sites: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    findings: tuple[FindingRow, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()

    def body(self) -> dict[str, Any]:
        """The JSON of the API's filters."""
        return {
            "modalities": list(self.modalities),
            "regions": list(self.regions),
            "sexes": list(self.sexes),
            "sites": list(self.sites),
            "age_min": self.age_min,
            "age_max": self.age_max,
            "date_from": self.date_from.isoformat() if self.date_from else None,
            "date_to": self.date_to.isoformat() if self.date_to else None,
            "findings": clauses(self.findings),
        }

    def chosen(self, facet: Facet) -> tuple[str, ...]:
        """The values chosen for a facet that is filtered by value."""
        return {
            Facet.MODALITY: self.modalities,
            Facet.REGION: self.regions,
            Facet.SEX: self.sexes,
            Facet.SITE: self.sites,
        }.get(facet, ())

    def without(self, facet: Facet) -> "Filters":
        """The other criteria, to count what each value of this one would give."""
        return {
            Facet.MODALITY: replace(self, modalities=()),
            Facet.REGION: replace(self, regions=()),
            Facet.SEX: replace(self, sexes=()),
            Facet.SITE: replace(self, sites=()),
        }.get(facet, self)


@dataclass(frozen=True, slots=True)
class View:
    """All that a URL says.

    `report` is being read, `like` is the report whose similar cases are listed, `record` is a number in the quarantine.
    """

    filters: Filters = field(default_factory=Filters)
    mode: Mode = Mode.HYBRID
    page: int = 1
    language: Language = Language.FR
    report: str | None = field(default=None, repr=False)
    like: str | None = field(default=None, repr=False)
    record: int | None = None

    def elsewhere(self) -> "View":
        """The view of another page: what names one report, record or page of results is left out."""
        return replace(self, report=None, like=None, record=None, page=1)

    def params(self) -> dict[str, list[str]]:
        """The URL's parameters, defaults left out: the inverse of `read_view`."""
        filters = self.filters
        values: dict[Param, list[str]] = {
            Param.MODALITY: list(filters.modalities),
            Param.REGION: list(filters.regions),
            Param.SEX: list(filters.sexes),
            Param.SITE: list(filters.sites),
            Param.FINDING: [param_of(row) for row in filters.findings],
            Param.AGE_MIN: _one(filters.age_min),
            Param.AGE_MAX: _one(filters.age_max),
            Param.DATE_FROM: _one(filters.date_from),
            Param.DATE_TO: _one(filters.date_to),
            Param.MODE: _one(self.mode if self.mode is not Mode.HYBRID else None),
            Param.PAGE: _one(self.page if self.page > 1 else None),
            Param.LANGUAGE: _one(self.language if self.language is not Language.FR else None),
            Param.REPORT: _one(self.report),
            Param.LIKE: _one(self.like),
            Param.RECORD: _one(self.record),
        }
        return {param.value: [str(item) for item in items] for param, items in values.items() if items}


def read_view(params: Mapping[str, Sequence[str]]) -> View:
    """The view that a URL's parameters describe. params: name -> values."""

    def several(param: Param, parse: Callable[[str], _Value | None]) -> tuple[_Value, ...]:
        read = (parse(raw) for raw in params.get(param, ()))
        return tuple(dict.fromkeys(value for value in read if value is not None))

    def one(param: Param, parse: Callable[[str], _Value | None]) -> _Value | None:
        return next(iter(several(param, parse)), None)

    return View(
        filters=Filters(
            modalities=several(Param.MODALITY, _or_none(Modality)),
            regions=several(Param.REGION, _or_none(Region)),
            sexes=several(Param.SEX, _or_none(Sex)),
            sites=several(Param.SITE, lambda raw: raw or None)[:MAX_SITES],
            age_min=one(Param.AGE_MIN, _age),
            age_max=one(Param.AGE_MAX, _age),
            date_from=one(Param.DATE_FROM, _or_none(dt.date.fromisoformat)),
            date_to=one(Param.DATE_TO, _or_none(dt.date.fromisoformat)),
            findings=read_rows(params.get(Param.FINDING, ())),
        ),
        mode=one(Param.MODE, _or_none(Mode)) or Mode.HYBRID,
        page=min(max(one(Param.PAGE, _or_none(int)) or 1, 1), MAX_PAGE),
        language=one(Param.LANGUAGE, _or_none(Language)) or Language.FR,
        report=one(Param.REPORT, _report_id),
        like=one(Param.LIKE, _report_id),
        record=one(Param.RECORD, _record),
    )


def _one(value: object) -> list[str]:
    return [] if value is None else [str(value)]


def _or_none(parse: Callable[[str], _Value]) -> Callable[[str], _Value | None]:
    def attempt(raw: str) -> _Value | None:
        try:
            return parse(raw)
        except ValueError:
            return None

    return attempt


def _age(raw: str) -> int | None:
    age = _or_none(int)(raw)
    return age if age is not None and 0 <= age <= MAX_AGE else None


def _report_id(raw: str) -> str | None:
    return raw if _REPORT_ID.fullmatch(raw) else None


def _record(raw: str) -> int | None:
    number = _or_none(int)(raw)
    return number if number is not None and 1 <= number <= MAX_RECORD else None
