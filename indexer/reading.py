"""A record read in one go: screened, and understood at once where it is a new one. What a worker process does to it."""

from dataclasses import dataclass
from pathlib import Path

from indexer.language.understanding import NotUnderstood, Task, Understood, understood_within
from indexer.report import RawReport, Report
from indexer.screening import Screener
from indexer.stores.catalog.base import Quarantined


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a record. understood: None if it was not tried."""

    screened: Report | Quarantined
    understood: Understood | NotUnderstood | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads records one by one. lexicon: an institution's own; seconds: the longest that understanding one may take."""

    screener: Screener
    lexicon: Path | None
    seconds: float

    def __call__(self, job: tuple[RawReport, bool]) -> Read:
        """Read a record; the second of the job says whether it is a new one."""
        raw, is_new = job
        screened = self.screener(raw)
        if not is_new or isinstance(screened, Quarantined):
            return Read(screened)
        return Read(screened, understood_within(Task(screened.text, screened.metadata), self.lexicon, self.seconds))
