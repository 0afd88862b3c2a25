"""What is understood of a text, and the worker processes that do it: one a core, each with the lexicon loaded once.

Workers are started anew (`spawn`), not forked: the process that indexes has a model's threads running. A small batch is
understood in the process itself, which spares the start.
"""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.errors import AnalysisTimeout, RadiothequeError
from indexer.language.analyser import ANALYSER_VERSION, Analyser, load_analyser
from indexer.language.exam import completed, stated_exam
from indexer.language.loading import lexicon_digest
from indexer.language.sections import split_sections
from indexer.report import MASK, ExamMetadata, Finding, Section

_CHUNK = 8
_WORTH_WORKERS = 64
"""Reports from which on starting workers costs less than it saves."""


@dataclass(frozen=True, slots=True)
class Understood:
    """Sections and findings of a text, and its exam's metadata, completed from the text where the record is silent."""

    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    metadata: ExamMetadata


@dataclass(frozen=True, slots=True)
class Task:
    """A text to understand, with what its record says of the exam."""

    text: str
    metadata: ExamMetadata

    def __repr__(self) -> str:
        return f"Task({MASK})"


def analysis_version(own: Path | None = None) -> str:
    """What findings depend on: the analyser's version and the lexicon's content."""
    return f"{ANALYSER_VERSION}-{lexicon_digest(own)}"


def understand(task: Task, own: Path | None, seconds: float) -> Understood:
    """Understand one text. own: an institution's lexicon file. Raises AnalysisTimeout after so many seconds."""
    sections = split_sections(task.text)
    stated = stated_exam(task.text, sections)
    metadata = completed(task.metadata, stated)
    analyser = _analyser(own)
    exam = analyser.exam(stated.title, frozenset(metadata.regions or stated.regions), stated.side)
    return Understood(sections, analyser.findings(task.text, sections, exam, seconds), metadata)


class Understanding:
    """Understands batches of texts, in worker processes where it is worth it. Use as a context, or `close` it."""

    def __init__(self, own: Path | None, workers: int, seconds: float) -> None:
        """workers: processes; 0 for one a core. seconds: the longest that one text may take."""
        self._own = own
        self._workers = workers or os.cpu_count() or 1
        self._seconds = seconds
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    @property
    def version(self) -> str:
        """The version that findings are recorded with."""
        return analysis_version(self._own)

    def of(self, tasks: Sequence[Task]) -> list[Understood | None]:
        """What is understood of each text, in order; None for one that took too long."""
        if self._workers == 1 or (self._pool is None and len(tasks) < _WORTH_WORKERS):
            return [_within(task, self._own, self._seconds) for task in tasks]
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._workers, mp_context=multiprocessing.get_context("spawn"))
        jobs = [(task, self._own, self._seconds) for task in tasks]
        try:
            return list(self._pool.map(_job, jobs, chunksize=_CHUNK))
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


def _job(job: tuple[Task, Path | None, float]) -> Understood | None:
    return _within(*job)


def _within(task: Task, own: Path | None, seconds: float) -> Understood | None:
    try:
        return understand(task, own, seconds)
    except AnalysisTimeout:
        return None


@lru_cache(maxsize=2)
def _analyser(own: Path | None) -> Analyser:
    return load_analyser(own)
