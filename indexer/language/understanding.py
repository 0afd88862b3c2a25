"""What is understood of a text, in worker processes that each load the lexicon once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from indexer.errors import AnalysisTimeout
from indexer.language.analyser import ANALYSER_VERSION, Analyser, load_analyser
from indexer.language.exam import completed, stated_exam
from indexer.language.loading import lexicon_digest
from indexer.language.sections import split_sections
from indexer.report import MASK, ExamMetadata, Finding, Section
from indexer.workers import Workers


@dataclass(frozen=True, slots=True)
class Understood:
    """Sections and findings of a text, and its exam's metadata, completed from the text where the record is silent."""

    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    metadata: ExamMetadata


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A text that was given up. error: the kind of the error alone: its words may quote the text."""

    error: str

    @property
    def too_slow(self) -> bool:
        """Whether it took longer than it may; otherwise it is the analyser that has a fault."""
        return self.error == AnalysisTimeout.__name__


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
    exam = analyser.exam(stated, metadata.regions)
    return Understood(sections, analyser.findings(task.text, sections, exam, seconds), metadata)


class Understanding:
    """Understands batches of texts."""

    def __init__(self, own: Path | None, seconds: float, workers: Workers) -> None:
        """own: an institution's lexicon file. seconds: the longest that one text may take."""
        self._own = own
        self._seconds = seconds
        self._workers = workers

    @property
    def version(self) -> str:
        """The version that findings are recorded with."""
        return analysis_version(self._own)

    def of(self, tasks: Sequence[Task]) -> list[Understood | NotUnderstood]:
        """What is understood of each text, in order."""
        return self._workers.map(partial(understood_within, own=self._own, seconds=self._seconds), tasks)


def understood_within(task: Task, own: Path | None, seconds: float) -> Understood | NotUnderstood:
    """What is understood of a text. own: an institution's lexicon file, whose faults are raised."""
    _analyser(own)
    try:
        return understand(task, own, seconds)
    except Exception as exc:  # noqa: BLE001 (whatever it is, one report must not end a run over millions)
        return NotUnderstood(type(exc).__name__)


@lru_cache(maxsize=2)
def _analyser(own: Path | None) -> Analyser:
    return load_analyser(own)
