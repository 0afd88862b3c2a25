"""The vector engine's contract: engines know rows and vectors; the store beside them knows reports."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.passage import Vectors

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_ROW = -1
NO_SCORE = -np.inf


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Rows and inner products of shape (n_queries, k), best first, padded with NO_ROW and NO_SCORE."""

    rows: Rows
    scores: NDArray[np.float32]


class RowIndex(Protocol):
    """Nearest rows by inner product."""

    @property
    def size(self) -> int:
        """How many rows there are: they are numbered 0 to size - 1 in the order in which they were added."""

    def add(self, vectors: Vectors) -> None:
        """Append rows; vectors of shape (n, dim), L2-normalised. Raises DimensionMismatch."""

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """The k nearest rows of each query.

        queries: float32, shape (n_queries, dim), L2-normalised.
        allowed: bool, shape (size,): rows that may be returned; None means all.
        Raises DimensionMismatch if dim differs from the index's.
        """

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of rows, shape (len(rows), dim), as the index keeps them."""
