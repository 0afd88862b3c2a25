"""Queries and filters in OpenSearch's query language. Nothing here asks a server."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from indexer.stores.filters import Filters, FindingClause, FindingCriterion
from indexer.stores.opensearch_clauses import ALL, NONE, Clause, any_of, boolean, exam_filters, term, these, within
from indexer.stores.text.alike import AFFIRMED_WEIGHT, DENIED_SLOP, FACET_FIELDS, SECTION_EXACT, SECTION_TERMS
from indexer.stores.text.base import TextQuery, WithinSection

MOST_VALUES = 10_000
"""Values of a facet that are counted, on every shard: counts are exact as long as there are no more."""

_MOST_TERMS = {"body": 600, "affirmed": 300}
"""Words that a report is ranked by: a server takes 1,024 clauses. Of a longer text, those that it repeats most."""


def ranked(query: TextQuery, filters: Filters, *, avoid_contradiction: bool) -> Clause:
    """Reports that pass and hold a term, scored by BM25."""
    avoided = contradiction(query) if avoid_contradiction and query.denied_things else None
    return boolean(must=[_ranking(query)], filter=[passing(query, filters)], must_not=[avoided] if avoided else [])


def scored(query: TextQuery, report_ids: Sequence[str]) -> Clause:
    """Some reports, scored as `ranked` scores them; those without any term are left out."""
    return boolean(must=[_ranking(query)], filter=[these(report_ids)])


def contradiction(query: TextQuery) -> Clause:
    """Reports that affirm what the query denies, and nowhere deny it."""
    return boolean(
        should=[
            boolean(filter=[_near("affirmed", group)], must_not=[_near("denied", group)])
            for group in query.denied_things
        ]
    )


def passing(query: TextQuery, filters: Filters, *more: Clause) -> Clause:
    """Reports that pass, and all that is asked more. Does not score."""
    phrases = [_near("exact", words, 0) for words in query.phrases]
    held = [_within(one) for one in query.within if not one.excluded]
    barred = [_within(one) for one in query.within if one.excluded]
    return boolean(
        filter=[ALL, *_filters(filters), *phrases, *held, *more],
        must_not=[*(term("body", word) for word in query.excluded), *barred],
    )


def holding_all(words: Collection[str]) -> list[Clause]:
    """Reports that hold every term."""
    return [term("body", word) for word in dict.fromkeys(words)]


def facets() -> Clause:
    """Counts by every facet."""
    return {
        facet.value: {"terms": {"field": field, "size": MOST_VALUES, "shard_size": MOST_VALUES}}
        for facet, field in FACET_FIELDS.items()
    }


def _ranking(query: TextQuery) -> Clause:
    fields = [("body", query.terms, 1.0), ("affirmed", query.affirmed, AFFIRMED_WEIGHT)]
    return boolean(
        should=[
            {"term": {field: {"value": word, "boost": weight * repeats}}}
            for field, found, weight in fields
            for word, repeats in Counter(found).most_common(_MOST_TERMS[field])
        ]
    )


def _filters(filters: Filters) -> Iterator[Clause]:
    yield from exam_filters(filters)
    yield from map(_finding_clause, filters.findings)


def _finding_clause(clause: FindingClause) -> Clause:
    met = boolean(should=[_nested(criterion) for criterion in clause.any_of]) if clause.any_of else NONE
    return boolean(filter=[ALL], must_not=[met]) if clause.excluded else met


def _nested(criterion: FindingCriterion) -> Clause:
    asked = [term("findings.concepts", criterion.concept)]
    for field, values in (
        ("findings.assertion", criterion.assertions),
        ("findings.side", criterion.sides),
        ("findings.section", criterion.sections),
    ):
        if values:
            asked.append(any_of(field, values))
    if criterion.tenths is not None:
        asked.append(within("findings.tenths", *criterion.tenths))
    return {"nested": {"path": "findings", "score_mode": "none", "query": boolean(filter=asked)}}


def _within(asked: WithinSection) -> Clause:
    if asked.phrase:
        return _near(SECTION_EXACT[asked.section], asked.phrase, 0)
    return term(SECTION_TERMS[asked.section], asked.term)


def _near(field: str, words: Sequence[str], slop: int = DENIED_SLOP) -> Clause:
    if len(words) == 1:
        return term(field, words[0])
    return {"match_phrase": {field: {"query": " ".join(words), "slop": slop}}}
