"""Pieces of OpenSearch's query language that every store on a cluster asks with. Nothing here asks a server."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from indexer.stores.filters import Filters

Clause = dict[str, Any]

ALL: Clause = {"match_all": {}}
NONE: Clause = {"match_none": {}}

EXAM_FIELDS: dict[str, Clause] = {
    **{name: {"type": "keyword", "ignore_above": 8_000} for name in ("modality", "regions", "sex", "site")},
    "age": {"type": "short"},
    "day": {"type": "date", "format": "strict_date"},
}


def exam_filters(filters: Filters) -> Iterator[Clause]:
    """The filters on metadata, each a clause."""
    for field, values in (
        ("modality", filters.modalities),
        ("regions", filters.regions),
        ("sex", filters.sexes),
        ("site", filters.sites),
    ):
        if values:
            yield any_of(field, values)
    if filters.age_min is not None or filters.age_max is not None:
        yield within("age", filters.age_min, filters.age_max)
    if filters.date_from is not None or filters.date_to is not None:
        dates = (date.isoformat() if date else None for date in (filters.date_from, filters.date_to))
        yield within("day", *dates)


def these(report_ids: Sequence[str]) -> Clause:
    """Some reports."""
    return {"ids": {"values": list(report_ids)}}


def term(field: str, value: str) -> Clause:
    """One value of a field."""
    return {"term": {field: value}}


def any_of(field: str, values: Collection[str]) -> Clause:
    """One of several values."""
    return {"terms": {field: sorted(map(str, values))}}


def within(field: str, low: int | str | None, high: int | str | None) -> Clause:
    """Between bounds, inclusive; None: no bound."""
    bounds = {"gte": low, "lte": high}
    return {"range": {field: {name: bound for name, bound in bounds.items() if bound is not None}}}


def boolean(**clauses: list[Clause]) -> Clause:
    """A `bool` query of the parts that are not empty."""
    return {"bool": {name: found for name, found in clauses.items() if found}}
