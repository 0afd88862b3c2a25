"""Vectors made anew beside those that answer, and what is left of a rebuild that was cut off."""

import dataclasses

import numpy as np
import pytest

from indexer.errors import EncoderMismatch, StoreUnavailable
from indexer.stores.vectors.base import VectorEngine
from tests.contract.vectors.engines import ENCODER, NO_FILTER, Backend, held, opened, write
from tests.unit.indexer.stores.reports import report_id
from tests.unit.indexer.stores.vectors.conftest import encoded, random_vectors

OTHER = dataclasses.replace(ENCODER, name="autre", weights="1" * 64)


@pytest.fixture
def old(engine: VectorEngine, rng: np.random.Generator) -> VectorEngine:
    """One with three reports."""
    write(engine, [encoded(rng, number) for number in range(3)])
    return engine


def ids(*numbers: int) -> set[str]:
    return {report_id(number) for number in numbers}


def test_a_fresh_one_takes_the_place_of_the_old_when_it_is_whole(old: VectorEngine, rng: np.random.Generator) -> None:
    before = old.current()
    reader = opened(old)
    with old.fresh(OTHER) as writer:
        for number in (2, 3):
            writer.commit([encoded(rng, number)])
        assert set(dict(writer.fingerprints())) == ids(2, 3)
        assert old.current() == before
        assert set(held(old)) == ids(0, 1, 2)
    assert set(held(old)) == ids(2, 3)
    assert set(opened(old, OTHER).nearest(random_vectors(rng, 1), 9, NO_FILTER)) == ids(2, 3)
    with pytest.raises(EncoderMismatch, match="by the encoder autre"):
        old.open(ENCODER)
    # A reader that was opened before must not compare one encoder's query with another's passages.
    assert set(reader.nearest(random_vectors(rng, 1), 9, NO_FILTER)) == ids(0, 1, 2)


def test_one_that_is_cut_off_is_not_seen_and_is_gone_on_with(old: VectorEngine, rng: np.random.Generator) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match="half way"), old.fresh(ENCODER) as writer:  # noqa: PT012
            writer.commit([encoded(rng, 7)])
            raise ZeroDivisionError("half way")
        assert set(held(old)) == ids(0, 1, 2)
    with old.fresh(ENCODER) as writer:
        assert set(dict(writer.fingerprints())) == ids(7)
        writer.commit([encoded(rng, 8)])
    assert set(held(old)) == ids(7, 8)


def test_what_another_encoder_has_left_is_thrown_away(old: VectorEngine, rng: np.random.Generator) -> None:
    with pytest.raises(ZeroDivisionError, match="half way"), old.fresh(OTHER) as writer:  # noqa: PT012
        writer.commit([encoded(rng, 7)])
        raise ZeroDivisionError("half way")
    with old.fresh(ENCODER) as writer:
        assert dict(writer.fingerprints()) == {}
        writer.commit([encoded(rng, 8)])
    assert set(held(old)) == ids(8)


def test_what_answered_before_can_answer_again_where_it_is_kept(
    old: VectorEngine, backend: Backend, rng: np.random.Generator
) -> None:
    with pytest.raises(StoreUnavailable, match=r"no earlier .*; nothing was changed"):
        old.roll_back()
    with old.fresh(OTHER) as writer:
        writer.commit([encoded(rng, 8)])
    if backend is Backend.FAISS:
        pytest.skip("snapshots in a folder are exchanged for good")
    old.roll_back()
    assert set(opened(old).nearest(random_vectors(rng, 1), 9, NO_FILTER)) == ids(0, 1, 2)
