"""The catalog's contract: four small Protocols over one database.

The catalog is the source of truth. The other two stores hold copies, and the catalog remembers at which content
fingerprint each of them holds every report, so that what a kill interrupted is found and done again.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from indexer.report import MASK, Origin, Report


class Store(StrEnum):
    """The stores that copy the catalog's reports."""

    TEXT = "text"
    VECTORS = "vectors"


@dataclass(frozen=True, slots=True)
class ReportState:
    """What the catalog knows of a report without reading it.

    text, vectors: the fingerprint at which that store holds it, None if it does not. deleted: to be removed everywhere.
    last_run: the run that last met it in a source.
    """

    fingerprint: str
    text: str | None
    vectors: str | None
    deleted: bool
    last_run: int | None

    @property
    def settled(self) -> bool:
        """Whether every store holds exactly this content."""
        return not self.deleted and self.text == self.fingerprint == self.vectors


class Reports(Protocol):
    """The reports and their state. Every method is one transaction and raises StoreError's kin only."""

    def stage(self, reports: Sequence[Report], run: int) -> None:
        """Insert or replace reports; what the other stores hold of a changed report is remembered as outdated.

        A report that was marked deleted is alive again. Of two reports with one id the last stays.
        """

    def touch(self, report_ids: Sequence[str], run: int) -> None:
        """Record that a run met these reports unchanged; one that is marked deleted stays so."""

    def states(self, report_ids: Sequence[str]) -> dict[str, ReportState]:
        """State by report id; ids that are not in the catalog are left out."""

    def settle(self, store: Store, fingerprints: Mapping[str, str | None]) -> None:
        """Record at which fingerprint a store now holds each report; None: no longer holds it."""

    def get(self, report_ids: Sequence[str]) -> dict[str, Report]:
        """Whole reports by id; ids that are missing or deleted are left out."""

    def outdated(self, analysis: str, after: str, limit: int) -> list[str]:
        """Up to `limit` ids greater than `after`, in order, of reports that another version of the analyser understood."""

    def restate(self, reports: Sequence[Report]) -> None:
        """Replace sections, findings, exam metadata and analysis of reports that are there.

        The text store is then behind; the vectors only where the metadata that they are filtered by changed.
        """

    def pending(self, limit: int, after: str = "") -> list[tuple[str, ReportState]]:
        """Up to `limit` reports that some store does not hold at the catalog's fingerprint, or that are deleted.

        In order of id, from the first that is greater than `after`.
        """

    def mark_deleted(self, report_ids: Sequence[str]) -> int:
        """Mark reports for removal from every store; returns how many were there and not yet marked."""

    def forget(self, report_ids: Sequence[str]) -> None:
        """Remove the rows of reports that are marked deleted and that no store holds any more; others are kept."""

    def walk(self) -> Iterator[tuple[str, ReportState]]:
        """Every report's state in order of id, in constant memory; sees what is committed on the way."""

    def patient_reports(self, patient_key: str) -> list[str]:
        """Ids of a patient's reports that are not deleted, oldest exam first, undated last."""


@dataclass(frozen=True, slots=True)
class CatalogCounts:
    """How many reports there are. total: deleted ones included, until they are forgotten.

    deleted: marked, and waiting for the stores to drop them. pending_text, pending_vectors: reports of which that
    store holds nothing or something else than the catalog's content, or that it has still to drop.
    """

    total: int
    deleted: int
    pending_text: int
    pending_vectors: int


class RunOutcome(StrEnum):
    """How a run ended; `running` in the past tense of a kill."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """The first invariant: read = indexed + unchanged + quarantined."""

    read: int = 0
    indexed: int = 0
    unchanged: int = 0
    quarantined: int = 0

    @property
    def balanced(self) -> bool:
        """Whether nothing was lost."""
        return self.read == self.indexed + self.unchanged + self.quarantined


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the indexer. settings: what it ran with, without secrets; sources: file names.

    identifiers: how many of each category the gate met.
    """

    run_id: int
    started: dt.datetime
    ended: dt.datetime | None
    outcome: RunOutcome
    counts: RunCounts
    sources: tuple[str, ...]
    settings: dict[str, str]
    identifiers: dict[str, int]


class Runs(Protocol):
    """What every run read and did."""

    def begin(self, sources: Sequence[str], settings: Mapping[str, str]) -> int:
        """Open a run and return its id; runs left `running` by a kill become `interrupted`, without an end."""

    def count(self, run: int, counts: RunCounts) -> None:
        """Record how far a run has come; raises StoreError if there is no such run, as `end` does."""

    def end(self, run: int, counts: RunCounts, outcome: RunOutcome, identifiers: Mapping[str, int]) -> None:
        """Close a run."""

    def get(self, run: int) -> Run | None:
        """One run, or None."""

    def recent(self, limit: int) -> list[Run]:
        """The latest runs, newest first."""


class QuarantineReason(StrEnum):
    """Why a record was not indexed."""

    UNREADABLE = "unreadable line"
    MISSING_TEXT = "missing or empty text"
    MISSING_ID = "missing id"
    DUPLICATE_ID = "same id with different content in one run"
    TOO_LONG = "text over the set size"
    WRONG_ENCODING = "wrong encoding"
    LONE_SURROGATE = "lone surrogate"
    NUL = "NUL character"
    BAD_METADATA = "metadata that cannot be understood"
    IDENTIFIER = "identifier found at the gate"
    GATE_FAULT = "a detector of the gate failed"
    TOO_SLOW = "took too long to be understood"
    NOT_UNDERSTOOD = "the analyser failed"
    REFUSED = "refused by a store"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record kept aside. `field`: the field at fault, if one is; `raw`: the record as JSON, None if unreadable.

    detail: JSON. For what the gate found, a list of [start, end, category, confidence, rule]; for a detector or the
    analyser that failed and a store that refused, the kind of the error.
    """

    reason: QuarantineReason
    origin: Origin
    field: str | None = None
    raw: str | None = None
    detail: str | None = None

    def __repr__(self) -> str:
        return f"Quarantined(reason={self.reason.value!r}, origin={self.origin}, field={self.field!r}, raw={MASK})"


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A record kept aside, as the catalog stores it. resolved: indexed by a later retry or run.

    verdict: what an operator decided last, None if nobody did.
    """

    entry_id: int
    run: int
    record: Quarantined
    at: dt.datetime
    resolved: bool
    verdict: "Verdict | None" = None


class Verdict(StrEnum):
    """What an operator decides on a record that the gate held back."""

    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with who gave it, why and when; it is never changed or removed."""

    entry_id: int
    verdict: Verdict
    who: str
    why: str
    at: dt.datetime

    def __repr__(self) -> str:
        return f"Decision({self.entry_id}, {self.verdict.value!r}, who={MASK}, why={MASK})"


class Quarantine(Protocol):
    """Records kept aside, each with a reason and a place; none is ever dropped."""

    def add(self, records: Sequence[Quarantined], run: int) -> None:
        """Keep records aside. The same record (origin and raw) met again by a later run is not kept twice.

        Met again, an entry takes the new run and reason and counts as unresolved, whatever it was before.
        """

    def list(self, *, include_resolved: bool = False, offset: int = 0, limit: int = 100) -> list[QuarantineEntry]:
        """Entries, oldest first."""

    def get(self, entry_id: int) -> QuarantineEntry | None:
        """One entry, or None."""

    def waiting(
        self, reasons: "Sequence[QuarantineReason]", offset: int, limit: int
    ) -> tuple[int, Sequence[QuarantineEntry]]:
        """How many unresolved entries of these reasons nobody has decided on, and some of them, oldest first."""

    def passed(self, records: Sequence[Quarantined]) -> None:
        """Mark as resolved what was kept aside before of records (origin and raw) that pass now."""

    def resolve(self, entry_ids: Sequence[int]) -> None:
        """Mark entries as indexed since."""

    def count(self) -> dict[QuarantineReason, int]:
        """Unresolved entries by reason."""

    def decide(self, entry_id: int, verdict: Verdict, who: str, why: str) -> None:
        """Record a decision; raises StoreError if there is no such entry."""

    def decisions(self, entry_id: int) -> Sequence[Decision]:
        """What was decided on an entry, oldest first."""

    def released(self, records: Sequence[Quarantined]) -> Sequence[bool]:
        """For each record, whether the last decision on the same one (origin and raw) lets it pass."""


class Workspace(Protocol):
    """Facts about the whole index, by name: the encoder that made it, the check value of its key."""

    def get_fact(self, name: str) -> str | None:
        """The value of a fact, or None."""

    def set_fact(self, name: str, value: str) -> None:
        """Record a fact, replacing an earlier value."""
