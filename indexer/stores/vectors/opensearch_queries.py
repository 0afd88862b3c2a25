"""Searches of passages in OpenSearch's query language. Nothing here asks a server."""

from collections.abc import Collection, Sequence
from typing import Any

from indexer.passage import PassageKind, Vectors
from indexer.stores.filters import Filters, FindingClause
from indexer.stores.finding_terms import asked_terms
from indexer.stores.opensearch_clauses import ALL, NONE, Clause, any_of, boolean, exam_filters, term, these
from indexer.stores.vectors.opensearch_mapping import REPORT, SPACE

PLACE = ("section", "start", "end")

_NEAREST = {"size": 1, "_source": False, "docvalue_fields": [f"passages.{name}" for name in PLACE]}


def passing(filters: Filters, without: Collection[str], within: Collection[str] | None) -> Clause:
    """Reports that may return. Does not score."""
    # A term that no passage has, asked first: without one, some filters would be taken for filters on passages.
    asked = [term("what", REPORT), *exam_filters(filters), *map(_finding_clause, filters.findings)]
    if within is not None:
        asked.append(these(sorted(within)))
    return boolean(filter=asked, must_not=[these(sorted(without))] if without else [])


def compared(query: Vectors, allowed: Clause) -> Clause:
    """Reports that may return, scored by their nearest passage: each passage of each is compared."""
    return boolean(filter=[allowed], must=[_passages(_scored(query, ALL))])


def neighbours(query: Vectors, allowed: Clause, count: int, breadth: int) -> Clause:
    """The reports of which a passage is nearest, scored likewise. breadth: candidates that are kept on the way."""
    asked = {"vector": query[0].tolist(), "k": count, "method_parameters": {"ef_search": breadth}, "filter": allowed}
    return _passages({"knn": {"passages.vector": asked}})


def by_kind(query: Vectors, report_ids: Sequence[str]) -> Clause:
    """Some reports, and of each, under the name of every kind of passage, the nearest of that kind with its score."""
    kinds = [
        _passages(_scored(query, term("passages.kind", kind)), inner_hits={"name": kind, **_NEAREST})
        for kind in PassageKind
    ]
    return boolean(filter=[these(report_ids)], must=[boolean(should=kinds)])


def cosine(score: float) -> float:
    """The inner product that a score stands for: OpenSearch wants no negative scores, so p becomes p + 1 or 1 / (1 - p)."""
    return score - 1.0 if score >= 1.0 else 1.0 - 1.0 / score


def _passages(query: Clause, **more: Any) -> Clause:
    return {"nested": {"path": "passages", "score_mode": "max", "query": query, **more}}


def _scored(query: Vectors, passages: Clause) -> Clause:
    asked = {"field": "passages.vector", "query_value": query[0].tolist(), "space_type": SPACE}
    script = {"lang": "knn", "source": "knn_score", "params": asked}
    return {"script_score": {"query": passages, "script": script}}


def _finding_clause(clause: FindingClause) -> Clause:
    words = [word for criterion in clause.any_of for word in asked_terms(criterion)]
    met = any_of("findings", words) if words else NONE
    return boolean(filter=[ALL], must_not=[met]) if clause.excluded else met
