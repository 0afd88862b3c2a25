"""Queries and filters in OpenSearch's query language. Nothing here asks a server."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from indexer.stores.filters import Filters, FindingClause, FindingCriterion
from indexer.stores.text.alike import AFFIRMED_WEIGHT, DENIED_SLOP
from indexer.stores.text.base import TextQuery
from indexer.stores.text.opensearch_mapping import FACET_FIELDS

Clause = dict[str, Any]

MOST_VALUES = 10_000
"""Values of a facet that are counted, on every shard: counts are exact as long as there are no more."""

_MOST_TERMS = {"body": 600, "affirmed": 300}
"""Words that a report is ranked by: a server takes 1,024 clauses. Of a longer text, those that it repeats most."""

_ALL: Clause = {"match_all": {}}
_NONE: Clause = {"match_none": {}}


def ranked(query: TextQuery, filters: Filters, *, avoid_contradiction: bool) -> Clause:
    """Reports that pass and hold a term, scored by BM25."""
    avoided = contradiction(query) if avoid_contradiction and query.denied_things else None
    return _bool(must=[_ranking(query)], filter=[passing(query, filters)], must_not=[avoided] if avoided else [])


def scored(query: TextQuery, report_ids: Sequence[str]) -> Clause:
    """Some reports, scored as `ranked` scores them; those without any term are left out."""
    return _bool(must=[_ranking(query)], filter=[these(report_ids)])


def contradiction(query: TextQuery) -> Clause:
    """Reports that affirm what the query denies, and nowhere deny it."""
    return _bool(
        should=[
            _bool(filter=[_near("affirmed", group)], must_not=[_near("denied", group)]) for group in query.denied_things
        ]
    )


def passing(query: TextQuery, filters: Filters, *more: Clause) -> Clause:
    """Reports that pass the filters, phrases and exclusions, and all that is asked more. Does not score."""
    return _bool(
        filter=[_ALL, *_filters(filters), *(_near("exact", words, 0) for words in query.phrases), *more],
        must_not=[_term("body", word) for word in query.excluded],
    )


def holding_all(terms: Collection[str]) -> list[Clause]:
    """Reports that hold every term."""
    return [_term("body", term) for term in dict.fromkeys(terms)]


def these(report_ids: Sequence[str]) -> Clause:
    """Some reports."""
    return {"ids": {"values": list(report_ids)}}


def facets() -> Clause:
    """Counts by every facet."""
    return {
        facet.value: {"terms": {"field": field, "size": MOST_VALUES, "shard_size": MOST_VALUES}}
        for facet, field in FACET_FIELDS.items()
    }


def _ranking(query: TextQuery) -> Clause:
    fields = [("body", query.terms, 1.0), ("affirmed", query.affirmed, AFFIRMED_WEIGHT)]
    return _bool(
        should=[
            {"term": {field: {"value": term, "boost": weight * repeats}}}
            for field, found, weight in fields
            for term, repeats in Counter(found).most_common(_MOST_TERMS[field])
        ]
    )


def _filters(filters: Filters) -> Iterator[Clause]:
    for field, values in (
        ("modality", filters.modalities),
        ("regions", filters.regions),
        ("sex", filters.sexes),
        ("site", filters.sites),
    ):
        if values:
            yield _any(field, values)
    if filters.age_min is not None or filters.age_max is not None:
        yield _range("age", filters.age_min, filters.age_max)
    if filters.date_from is not None or filters.date_to is not None:
        dates = (date.isoformat() if date else None for date in (filters.date_from, filters.date_to))
        yield _range("day", *dates)
    yield from map(_finding_clause, filters.findings)


def _finding_clause(clause: FindingClause) -> Clause:
    met = _bool(should=[_nested(criterion) for criterion in clause.any_of]) if clause.any_of else _NONE
    return _bool(filter=[_ALL], must_not=[met]) if clause.excluded else met


def _nested(criterion: FindingCriterion) -> Clause:
    asked = [_term("findings.concepts", criterion.concept)]
    for field, values in (
        ("findings.assertion", criterion.assertions),
        ("findings.side", criterion.sides),
        ("findings.section", criterion.sections),
    ):
        if values:
            asked.append(_any(field, values))
    if criterion.tenths is not None:
        asked.append(_range("findings.tenths", *criterion.tenths))
    return {"nested": {"path": "findings", "score_mode": "none", "query": _bool(filter=asked)}}


def _near(field: str, words: Sequence[str], slop: int = DENIED_SLOP) -> Clause:
    if len(words) == 1:
        return _term(field, words[0])
    return {"match_phrase": {field: {"query": " ".join(words), "slop": slop}}}


def _term(field: str, value: str) -> Clause:
    return {"term": {field: value}}


def _any(field: str, values: Collection[str]) -> Clause:
    return {"terms": {field: sorted(map(str, values))}}


def _range(field: str, low: int | str | None, high: int | str | None) -> Clause:
    bounds = {"gte": low, "lte": high}
    return {"range": {field: {name: bound for name, bound in bounds.items() if bound is not None}}}


def _bool(**clauses: list[Clause]) -> Clause:
    return {"bool": {name: found for name, found in clauses.items() if found}}
