"""Search over the open stores: candidates by words and by meaning, exact scores for all of them, one ranking.

What the query denies comes first: reports that affirm it are ranked apart, after all others (invariant 7).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from api.query import ParsedQuery
from api.ranking import WEIGHTS, QueryKind, Ranked, Weights, fuse, meaning
from api.schemas import SearchMode
from indexer.errors import QueryError
from indexer.passage import Vectors
from indexer.report import MASK
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextQuery, TextStore
from indexer.stores.vectors.base import Similarity, VectorStore

ALL = 10_000_000
"""More reports than an embedded index holds: what passes filters on findings is told to the vectors in full."""

TOLD = 10_000
"""Reports up to which those that hold a phrase, say, are told to the vectors: what a cluster lists in one request."""

DEPTH = 500
"""Candidates of each signal, and how far a ranking goes."""


class QueryEncoder(Protocol):
    """What retrieval needs of an encoder."""

    def encode_query(self, text: str) -> Vectors:
        """The vector of a query; shape (1, dim)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is searched: a typed text, a report to resemble, or both; reports in `without` never return."""

    text: ParsedQuery | None
    like: ParsedQuery | None
    filters: Filters
    mode: SearchMode
    without: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"Question({MASK}, mode={self.mode.value})"

    @property
    def parts(self) -> list[ParsedQuery]:
        """The parsed queries that are there."""
        return [part for part in (self.text, self.like) if part]

    @property
    def ranking_parts(self) -> list[ParsedQuery]:
        """Those that reports can be ranked by: a text of excluded words only says nothing of what is sought."""
        return [part for part in self.parts if part.lexical.terms]

    @property
    def kind(self) -> QueryKind:
        """Which weights rank it."""
        if self.like:
            return QueryKind.LIKE
        if self.text and self.text.foreign:
            return QueryKind.FOREIGN
        return QueryKind.DESCRIPTION if self.text and self.text.describes else QueryKind.TEXT

    @property
    def lexical(self) -> TextQuery:
        """All its words; what restricts, and denials, are the typed text's."""
        stated = self.text.lexical if self.text else TextQuery()
        return TextQuery(
            terms=tuple(term for part in self.parts for term in part.lexical.terms),
            affirmed=tuple(term for part in self.parts for term in part.lexical.affirmed),
            denied_things=stated.denied_things,
            phrases=stated.phrases,
            excluded=stated.excluded,
            within=stated.within,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked report with what each signal knows of it."""

    ranked: Ranked
    lexical: float | None
    lexical_rank: int | None
    similarity: Similarity | None
    semantic_score: float | None
    semantic_rank: int | None
    contradicts: bool


@dataclass(frozen=True, slots=True)
class _Signals:
    lexical: dict[str, float] | None
    similar: dict[str, Similarity] | None
    semantic: dict[str, float] | None


def search(
    question: Question, text: TextStore, vectors: VectorStore | None, encoder: QueryEncoder, depth: int = DEPTH
) -> list[Found]:
    """The ranking, best first, at most about twice `depth` reports. Raises QueryError if there is nothing to rank by."""
    if not question.ranking_parts:
        raise QueryError("a search needs a text with a word to rank by, or a report to resemble")
    weights = WEIGHTS[question.kind]
    query = _query_vector(question, encoder) if question.mode is not SearchMode.LEXICAL else None
    contrary = set(text.contradicting(question.lexical, question.filters))
    candidates = _candidates(question, query, contrary, text, vectors, depth)
    signals = _score(question, query, candidates, text, vectors, weights)
    agreeing = fuse([c for c in candidates if c not in contrary], signals.lexical, signals.semantic, weights.lexical)
    opposed = fuse([c for c in candidates if c in contrary], signals.lexical, signals.semantic, weights.lexical)
    return _described([*agreeing, *opposed], signals, contrary)


def _query_vector(question: Question, encoder: QueryEncoder) -> Vectors:
    """The vector of the query; of a text and a report together, their normalised mean."""
    mean = np.mean([encoder.encode_query(part.text) for part in question.ranking_parts], axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def _candidates(
    question: Question,
    query: Vectors | None,
    contrary: set[str],
    text: TextStore,
    vectors: VectorStore | None,
    depth: int,
) -> list[str]:
    """Ids of both signals' best, those that contradict the query included, each once, in no particular order."""
    lexical, filters = question.lexical, question.filters
    found: dict[str, None] = {}
    room = depth + len(question.without)
    if question.mode is not SearchMode.SEMANTIC and lexical.terms:
        hits = text.search(lexical, filters, room, avoid_contradiction=True)
        if contrary:
            hits += text.search(lexical, filters, room, avoid_contradiction=False)
        found.update(dict.fromkeys(hit.report_id for hit in hits))
    if query is not None and vectors is not None:
        within = _told(lexical, filters, text, vectors)
        near = vectors.nearest(query, room, filters, without=contrary, within=within)
        if contrary:
            near += vectors.nearest(query, room, filters, within=within)
        # Not told, the vectors know nothing of phrases, exclusions and sections, nor, after a kill, of findings understood anew.
        if within is None and (lexical.restricts or filters.findings):
            near = text.passing(lexical, filters, near)
        found.update(dict.fromkeys(near))
    return [report_id for report_id in found if report_id not in question.without]


def _told(lexical: TextQuery, filters: Filters, text: TextStore, vectors: VectorStore) -> list[str] | None:
    """The reports that pass what the vectors cannot filter by, where they have to be told, or where few pass: among the
    nearest of all these few might not be. None for no such restriction.
    """
    if filters.findings and not vectors.keeps_findings:
        return text.newest(lexical, filters, 0, ALL)
    if lexical.restricts and text.count(lexical, filters) <= TOLD:
        return text.newest(lexical, filters, 0, TOLD)
    return None


def _score(
    question: Question,
    query: Vectors | None,
    candidates: Sequence[str],
    text: TextStore,
    vectors: VectorStore | None,
    weights: Weights,
) -> _Signals:
    lexical = text.scores(question.lexical, candidates) if question.mode is not SearchMode.SEMANTIC else None
    if query is None or vectors is None:
        return _Signals(lexical, None, None)
    similar = vectors.similarities(query, candidates)
    return _Signals(lexical, similar, {r: meaning(s.best, weights) for r, s in similar.items()})


def _described(ranking: Sequence[Ranked], signals: _Signals, contrary: set[str]) -> list[Found]:
    lexical_ranks, semantic_ranks = _ranks(signals.lexical), _ranks(signals.semantic)
    return [
        Found(
            ranked=r,
            lexical=signals.lexical.get(r.report_id) if signals.lexical else None,
            lexical_rank=lexical_ranks.get(r.report_id),
            similarity=signals.similar.get(r.report_id) if signals.similar else None,
            semantic_score=signals.semantic.get(r.report_id) if signals.semantic else None,
            semantic_rank=semantic_ranks.get(r.report_id),
            contradicts=r.report_id in contrary,
        )
        for r in ranking
    ]


def _ranks(scores: Mapping[str, float] | None) -> dict[str, int]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0])) if scores else []
    return {report_id: rank for rank, (report_id, _score) in enumerate(ordered, start=1)}
