"""Worker processes for what is done to each report alone: one a core, kept from batch to batch.

Workers are started anew (`spawn`), not forked: the process that indexes has a model's threads running. A few jobs are done
in the process itself, which spares the start.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from indexer.errors import RadiothequeError

_Job = TypeVar("_Job")
_Done = TypeVar("_Done")
_CHUNK = 16
_WORTH_STARTING = 64
"""Jobs from which on starting workers costs less than it saves."""


class Workers:
    """A pool that starts when it is first worth it. Use as a context, or `close` it."""

    def __init__(self, processes: int = 0) -> None:
        """processes: how many; 0 for one a core. With one, all is done in the process itself."""
        self._processes = processes or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def map(self, do: Callable[[_Job], _Done], jobs: Sequence[_Job]) -> list[_Done]:
        """What `do` makes of each job, in order. `do`, jobs and results are pickled."""
        return list(self.start(do, jobs))

    def start(self, do: Callable[[_Job], _Done], jobs: Sequence[_Job]) -> Iterator[_Done]:
        """Begin with the jobs, and go on while the caller does something else; the iterator waits for each result.

        In the process itself, each is done when the iterator comes to it.
        """
        if self._processes == 1 or (self._pool is None and len(jobs) < _WORTH_STARTING):
            return map(do, jobs)
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, mp_context=multiprocessing.get_context("spawn"))
        with self._alive():
            return self._received(self._pool.map(do, jobs, chunksize=_CHUNK))

    def _received(self, results: Iterator[_Done]) -> Iterator[_Done]:
        with self._alive():
            yield from results

    @contextmanager
    def _alive(self) -> Iterator[None]:
        try:
            yield
        except BrokenProcessPool as exc:
            self._pool = None
            raise RadiothequeError(
                "a worker process that reads reports ended unexpectedly, perhaps for lack of memory; run again, "
                "with RADIOTHEQUE_ANALYSIS_WORKERS=1 if it happens again"
            ) from exc

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
