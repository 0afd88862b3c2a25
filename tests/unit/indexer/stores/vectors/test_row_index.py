"""The contract of vector engines: rows and inner products, compared with numpy."""

from collections.abc import Callable

import numpy as np
import pytest

from indexer.errors import DimensionMismatch
from indexer.passage import Vectors
from indexer.stores.vectors.base import NO_ROW, NO_SCORE, RowIndex
from indexer.stores.vectors.faiss import FlatIndex
from tests.contract.vectors.engines import DIM
from tests.unit.indexer.stores.vectors.conftest import random_vectors

ENGINES: dict[str, Callable[[int], RowIndex]] = {"faiss flat": FlatIndex}
ROWS = 300


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest) -> RowIndex:
    return ENGINES[request.param](DIM)


@pytest.fixture
def vectors(rng: np.random.Generator) -> Vectors:
    return random_vectors(rng, ROWS)


@pytest.mark.parametrize("k", [1, 10, ROWS, ROWS + 5])
def test_neighbours_are_those_of_brute_force(
    k: int, index: RowIndex, vectors: Vectors, rng: np.random.Generator
) -> None:
    index.add(vectors[:100])
    index.add(vectors[100:])
    queries = random_vectors(rng, 5)
    scores = queries @ vectors.T
    found = index.search(queries, k)
    expected = np.argsort(-scores, axis=1)[:, :k]
    np.testing.assert_array_equal(found.rows[:, :ROWS], expected)
    np.testing.assert_allclose(found.scores[:, :ROWS], np.take_along_axis(scores, expected, axis=1), atol=1e-5)
    assert (found.rows[:, ROWS:] == NO_ROW).all()
    assert (found.scores[:, ROWS:] == NO_SCORE).all()


@pytest.mark.parametrize("share", [0.01, 0.3, 0.99])
def test_only_allowed_rows_return_and_all_of_them_are_compared(
    share: float, index: RowIndex, vectors: Vectors, rng: np.random.Generator
) -> None:
    index.add(vectors)
    allowed = rng.random(ROWS) < share
    allowed[7] = True
    queries = random_vectors(rng, 5)
    rows = np.flatnonzero(allowed)
    expected = rows[np.argsort(-(queries @ vectors[rows].T), axis=1)][:, :10]
    np.testing.assert_array_equal(index.search(queries, 10, allowed).rows[:, : len(rows)], expected)


def test_nothing_allowed_finds_nothing(index: RowIndex, vectors: Vectors) -> None:
    index.add(vectors)
    assert not (index.search(vectors[:2], 5, np.zeros(ROWS, np.bool_)).rows >= 0).any()


def test_an_empty_index_finds_nothing(index: RowIndex, vectors: Vectors) -> None:
    assert index.size == 0
    assert not (index.search(vectors[:2], 5).rows >= 0).any()


def test_no_query_has_no_neighbours(index: RowIndex, vectors: Vectors) -> None:
    index.add(vectors)
    assert index.search(np.empty((0, DIM), np.float32), 5).rows.shape[0] == 0


def test_vectors_come_back_as_they_went_in(index: RowIndex, vectors: Vectors) -> None:
    index.add(vectors)
    np.testing.assert_array_equal(index.vectors(np.array([5, 0, 299])), vectors[[5, 0, 299]])
    assert index.size == ROWS


def test_vectors_of_another_length_are_refused(index: RowIndex) -> None:
    other = np.zeros((2, DIM + 1), np.float32)
    with pytest.raises(DimensionMismatch, match=r"shape \(2, 9\) came; the index takes \(n, 8\)"):
        index.add(other)
    with pytest.raises(DimensionMismatch, match=r"shape \(2, 9\) came"):
        index.search(other, 1)
    with pytest.raises(DimensionMismatch, match=r"shape \(8,\) came"):
        index.search(np.zeros(DIM, np.float32), 1)


def test_a_mask_of_another_length_is_refused(index: RowIndex, vectors: Vectors) -> None:
    index.add(vectors)
    with pytest.raises(DimensionMismatch, match=r"the mask has shape \(3,\), the index 300 rows"):
        index.search(vectors[:1], 1, np.ones(3, np.bool_))
