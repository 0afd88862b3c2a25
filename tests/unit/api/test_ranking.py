"""Fusion of the two signals, worked out by hand. Of two different values the z-scores are 1 and -1."""

import math

import numpy as np
import pytest

from api.ranking import WEIGHTS, QueryKind, Ranked, Weights, fuse, meaning, standardised
from indexer.passage import PassageKind

_W = Weights(1.0, {PassageKind.WHOLE: 0.6, PassageKind.CONCLUSION: 0.3, PassageKind.RESULTS: 0.1})


def test_the_signals_add_up_with_the_words_weighted() -> None:
    # words: a 1, b -1, times 2; meaning: a -1, b 1
    ranked = fuse(["b", "a"], {"a": 3.0, "b": 1.0}, {"a": 0.25, "b": 0.75}, 2.0)
    assert ranked == [Ranked("a", 1.0, 2.0, -1.0), Ranked("b", -1.0, -2.0, 1.0)]


def test_equal_scores_are_ordered_by_report_id() -> None:
    # weight 1: each has 1 from one signal and -1 from the other
    ranked = fuse(["b", "a"], {"a": 3.0, "b": 1.0}, {"a": 0.25, "b": 0.75}, 1.0)
    assert [(r.report_id, r.score) for r in ranked] == [("a", 0.0), ("b", 0.0)]


def test_the_order_of_the_candidates_does_not_matter() -> None:
    words, senses = {"a": 1.0, "b": 5.0, "c": 2.0}, {"a": 0.9, "b": 0.1, "c": 0.4}
    forth = fuse(["a", "b", "c"], words, senses, 1.0)
    back = fuse(["c", "b", "a"], words, senses, 1.0)
    # words: mean 8/3; meaning: mean 7/15. b is 1.37 and -1.11, a -0.98 and 1.31, c -0.39 and -0.20
    assert [r.report_id for r in forth] == ["a", "b", "c"]
    assert [r.report_id for r in back] == ["a", "b", "c"]
    assert [r.score for r in back] == pytest.approx([r.score for r in forth])


def test_swapped_signals_swap_the_shares_and_keep_the_scores() -> None:
    one, other = {"a": 4.0, "b": 0.0}, {"a": 0.5, "b": 0.5}
    # one: a 1, b -1; other: all equal, 0
    assert fuse(["a", "b"], one, other, 1.0) == [Ranked("a", 1.0, 1.0, 0.0), Ranked("b", -1.0, -1.0, 0.0)]
    assert fuse(["a", "b"], other, one, 1.0) == [Ranked("a", 1.0, 0.0, 1.0), Ranked("b", -1.0, 0.0, -1.0)]


@pytest.mark.parametrize(
    ("lexical", "semantic", "shares"),
    [({"a": 9.0, "b": 1.0}, None, (0.5, 0.0)), (None, {"a": 0.75, "b": 0.25}, (0.0, 1.0))],
    ids=["words", "meaning"],
)
def test_one_signal_alone_ranks(
    lexical: dict[str, float] | None, semantic: dict[str, float] | None, shares: tuple[float, float]
) -> None:
    first, second = fuse(["b", "a"], lexical, semantic, 0.5)
    assert first == Ranked("a", sum(shares), *shares)
    assert (second.report_id, second.score) == ("b", -sum(shares))


def test_a_report_without_a_lexical_score_holds_no_word() -> None:
    # 2 and 0
    assert fuse(["a", "b"], {"a": 2.0}, None, 1.0) == [Ranked("a", 1.0, 1.0, 0.0), Ranked("b", -1.0, -1.0, 0.0)]


def test_a_report_without_a_vector_is_as_far_as_the_farthest() -> None:
    # 0.9, 0.1, 0.1: mean 11/30, deviation 0.8 * sqrt(2) / 3, so sqrt(2) and twice -1/sqrt(2)
    ranked = fuse(["a", "b", "c"], None, {"a": 0.9, "b": 0.1}, 1.0)
    assert [r.report_id for r in ranked] == ["a", "b", "c"]
    assert [r.score for r in ranked] == pytest.approx([math.sqrt(2), -1 / math.sqrt(2), -1 / math.sqrt(2)])


@pytest.mark.parametrize("scores", [{}, {"a": 0.3, "b": 0.3}], ids=["none", "all equal"])
def test_a_signal_that_tells_nothing_apart_adds_nothing(scores: dict[str, float]) -> None:
    assert fuse(["b", "a"], scores, scores, 2.5) == [Ranked("a", 0.0, 0.0, 0.0), Ranked("b", 0.0, 0.0, 0.0)]


@pytest.mark.parametrize("scores", [{}, {"a": 1.0}, None])
def test_no_candidate_gives_no_ranking(scores: dict[str, float] | None) -> None:
    assert fuse([], scores, scores, 1.0) == []


def test_one_candidate_has_nothing_to_stand_out_from() -> None:
    assert fuse(["a"], {"a": 7.0}, {"a": 0.7}, 1.0) == [Ranked("a", 0.0, 0.0, 0.0)]


def test_the_score_is_the_sum_of_the_shares(rng: np.random.Generator) -> None:
    ids = [f"r{i}" for i in range(50)]
    words = dict(zip(ids[:30], rng.random(30).tolist(), strict=True))
    senses = dict(zip(ids[10:], rng.random(40).tolist(), strict=True))
    ranked = fuse(ids, words, senses, 1.5)
    assert sorted(r.report_id for r in ranked) == sorted(ids)
    assert [r.score for r in ranked] == pytest.approx([r.lexical + r.semantic for r in ranked])
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)


def test_standard_scores_by_hand() -> None:
    # 1, 2, 3: mean 2, deviation sqrt(2/3)
    assert standardised(np.array([1.0, 2.0, 3.0])).tolist() == pytest.approx([-math.sqrt(1.5), 0.0, math.sqrt(1.5)])
    assert standardised(np.array([0.1 + 0.2, 0.3])).tolist() == [0.0, 0.0]
    assert standardised(np.array([])).tolist() == []


@pytest.mark.parametrize(
    ("best", "expected"),
    [
        # 0.6 * 0.8 + 0.3 * 0.5 + 0.1 * 0.2
        ({PassageKind.WHOLE: 0.8, PassageKind.CONCLUSION: 0.5, PassageKind.RESULTS: 0.2}, 0.65),
        # results count as the mean of the others, 0.65: 0.48 + 0.15 + 0.065
        ({PassageKind.WHOLE: 0.8, PassageKind.CONCLUSION: 0.5}, 0.695),
        ({PassageKind.RESULTS: 0.4}, 0.4),
        ({}, 0.0),
    ],
    ids=["every kind", "no results", "results only", "nothing"],
)
def test_meaning_is_the_weighted_mean_over_the_kinds(best: dict[PassageKind, float], expected: float) -> None:
    assert meaning(best, _W) == pytest.approx(expected)


def test_a_kind_without_a_weight_is_not_looked_at() -> None:
    weights = Weights(1.0, {PassageKind.WHOLE: 0.4, PassageKind.CONCLUSION: 0.6})
    best = {PassageKind.WHOLE: 0.5, PassageKind.RESULTS: 0.9}
    # the conclusion counts as the mean of the known kinds that have a weight
    assert meaning(best, weights) == pytest.approx(0.5)


def test_every_kind_of_query_has_weights() -> None:
    assert set(WEIGHTS) == set(QueryKind)
    assert all(w.lexical > 0 and sum(w.kinds.values()) == pytest.approx(1.0) for w in WEIGHTS.values())
