"""From the signals' scores to one ranking: pure functions, no store in sight.

Both signals are standardised over the candidates (z-scores; Wu, Crestani & Bi, "Evaluating score normalization methods
in data fusion", 2006) and added with the weights of the query's kind. Which weights, and why, is in docs/evaluation.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from indexer.passage import PassageKind


class QueryKind(StrEnum):
    """What a query is, as far as its ranking goes."""

    TEXT = "text"
    DESCRIPTION = "description"
    FOREIGN = "foreign"
    LIKE = "like"


@dataclass(frozen=True, slots=True)
class Weights:
    """lexical: weight of the words beside weight 1 of the meaning; kinds: of each kind of passage in the meaning."""

    lexical: float
    kinds: Mapping[PassageKind, float]


_KINDS = {PassageKind.WHOLE: 0.6, PassageKind.CONCLUSION: 0.3, PassageKind.RESULTS: 0.1}
WEIGHTS = {
    QueryKind.TEXT: Weights(1.0, _KINDS),
    QueryKind.DESCRIPTION: Weights(2.5, _KINDS),
    # Words of another language meet French reports by accident; the vectors do not mind the language.
    QueryKind.FOREIGN: Weights(0.1, {PassageKind.WHOLE: 0.4, PassageKind.CONCLUSION: 0.6}),
    QueryKind.LIKE: Weights(1.5, _KINDS),
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A report's place: score = lexical + semantic, each signal's share; higher is better."""

    report_id: str
    score: float
    lexical: float
    semantic: float


def meaning(best: Mapping[PassageKind, float], weights: Weights) -> float:
    """One similarity for a report: the weighted mean over the kinds; a kind that it lacks counts as its mean kind."""
    known = [best[kind] for kind in weights.kinds if kind in best]
    absent = sum(known) / len(known) if known else 0.0
    total = sum(weight * best.get(kind, absent) for kind, weight in weights.kinds.items())
    return total / sum(weights.kinds.values())


def standardised(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(score - mean) / standard deviation; zeros where all scores are equal."""
    spread = scores.std() if len(scores) else 0.0
    return np.zeros_like(scores) if spread < 1e-12 else (scores - scores.mean()) / spread


def fuse(
    report_ids: Sequence[str], lexical: Mapping[str, float] | None, semantic: Mapping[str, float] | None, weight: float
) -> list[Ranked]:
    """Rank candidates by both signals or by one, best first; equal scores by report id.

    lexical, semantic: scores by report id, None for a signal that is not asked; a report without a lexical score holds
    no word (0), one without a semantic score has no vector yet (as far as the farthest).
    """
    words = _share(report_ids, lexical, 0.0, weight)
    floor = min(semantic.values(), default=0.0) if semantic else 0.0
    senses = _share(report_ids, semantic, floor, 1.0)
    ranked = [
        Ranked(report_id, float(w + s), float(w), float(s))
        for report_id, w, s in zip(report_ids, words, senses, strict=True)
    ]
    return sorted(ranked, key=lambda r: (-r.score, r.report_id))


def _share(
    report_ids: Sequence[str], scores: Mapping[str, float] | None, absent: float, weight: float
) -> NDArray[np.float64]:
    if scores is None:
        return np.zeros(len(report_ids))
    return weight * standardised(np.array([scores.get(r, absent) for r in report_ids], dtype=np.float64))
