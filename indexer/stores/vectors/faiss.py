"""Exact search with FAISS on the processor: every row is compared."""

import os
from typing import Any

import numpy as np

from indexer.errors import DimensionMismatch, StoreUnavailable
from indexer.passage import Vectors
from indexer.stores.vectors.base import NO_ROW, NO_SCORE, Mask, Neighbours, Rows

_ROWS_A_THREAD = 250_000
"""Rows times queries below which one thread is fastest: a second one often has to wait for a core."""


class FlatIndex:
    """IndexFlatIP: float32, 4 x dim bytes a row, no training, no loss."""

    def __init__(self, dim: int) -> None:
        try:
            import faiss
        except ImportError as exc:
            raise StoreUnavailable(
                "FAISS is not installed; install one of: make install, make install ENGINE=gpu"
            ) from exc
        self._faiss: Any = faiss
        self._dim = dim
        self._index = faiss.IndexFlatIP(dim)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self._index.ntotal)

    def add(self, vectors: Vectors) -> None:
        """Append rows; vectors of shape (n, dim), L2-normalised."""
        self._check(vectors)
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(self, queries: Vectors, k: int, allowed: Mask | None = None) -> Neighbours:
        """The k nearest rows of each query; see base.RowIndex."""
        self._check(queries)
        if allowed is not None and allowed.shape != (self.size,):
            raise DimensionMismatch(f"the mask has shape {allowed.shape}, the index {self.size} rows")
        k = min(k, self.size if allowed is None else int(allowed.sum()))
        if k == 0 or len(queries) == 0:
            return Neighbours(np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32))
        scores, rows = self._search(np.ascontiguousarray(queries, dtype=np.float32), k, allowed)
        return Neighbours(rows.astype(np.int64), np.where(rows == NO_ROW, NO_SCORE, scores).astype(np.float32))

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of rows, shape (len(rows), dim)."""
        return np.asarray(self._index.reconstruct_batch(np.ascontiguousarray(rows, dtype=np.int64)), np.float32)

    def _search(self, queries: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        threads = 1 + len(queries) * self.size // _ROWS_A_THREAD
        self._faiss.omp_set_num_threads(min(threads, os.cpu_count() or 1))
        if allowed is None:
            scores, rows = self._index.search(queries, k)
            return scores, rows
        bits = np.packbits(allowed, bitorder="little")
        selector = self._faiss.IDSelectorBitmap(len(allowed), self._faiss.swig_ptr(bits))
        scores, rows = self._index.search(queries, k, params=self._faiss.SearchParameters(sel=selector))
        return scores, rows

    def _check(self, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self._dim:
            raise DimensionMismatch(f"vectors of shape {vectors.shape} came; the index takes (n, {self._dim})")
