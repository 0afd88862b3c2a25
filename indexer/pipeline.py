"""From a source to the stores: read, screen, understand, store, batch by batch, so that a kill costs one batch (`settling`)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from indexer.batching import batched
from indexer.encoders.base import Encoder
from indexer.errors import RadiothequeError
from indexer.language.loading import load_lexicon
from indexer.language.understanding import NotUnderstood, Task, Understanding, Understood
from indexer.privacy.gate import RULES_VERSION, Gate, load_gate
from indexer.reading import Read, Reading
from indexer.report import RawReport, Report
from indexer.screening import GATE_REASONS, Screener, given_up, kept_aside, met, refused, unread
from indexer.settling import Settled, Settler
from indexer.sources.base import Rejected, Source
from indexer.sources.mapping import Field
from indexer.steps import OnStep, unobserved
from indexer.stores.catalog.base import Quarantined, QuarantineReason, RunCounts, RunOutcome
from indexer.workers import Workers
from indexer.workspace import Workspace

OnProgress = Callable[[RunCounts], None]

NAMESPACE = "namespace"
"""The name under which a run's settings have it: a record is tried again with the one that it came with."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did. resumed: reports of an earlier, interrupted run that were finished first.

    refused: those of earlier runs that a store still refuses and that this run did not meet.
    identifiers: how many of each category the gate met.
    """

    counts: RunCounts
    resumed: int
    refused: int
    reasons: dict[QuarantineReason, int]
    identifiers: dict[str, int]


@dataclass
class _Batch:
    reports: dict[str, Report] = field(default_factory=dict)
    raw: dict[str, RawReport] = field(default_factory=dict)
    kept_aside: list[Quarantined] = field(default_factory=list)
    held: list[tuple[RawReport, Quarantined]] = field(default_factory=list)
    understood: dict[str, Understood | NotUnderstood] = field(default_factory=dict)
    repeated: int = 0
    size: int = 0


@dataclass(frozen=True)
class _HandedOut:
    """Records of a batch, and what became of the readable ones, in order."""

    records: list[RawReport | Rejected]
    read: Iterator[Read]


class Pipeline:
    """Brings sources into a workspace. namespace: keeps equal record numbers of two institutions apart."""

    def __init__(
        self,
        workspace: Workspace,
        encoder: Encoder,
        *,
        gate: Gate | None = None,
        namespace: str = "",
        on_step: OnStep = unobserved,
    ) -> None:
        """gate: by default the one that the workspace's settings ask for."""
        self._workspace = workspace
        self._catalog = workspace.catalog
        self._encoder = encoder.identity
        self._settler = Settler(workspace, encoder, on_step)
        self._gate = gate or load_gate(workspace.settings)
        settings = workspace.settings
        self.screener = Screener(self._gate, workspace.pseudonyms, namespace, settings.max_text_chars)
        self._workers = Workers(settings.analysis_workers)
        self._reading = Reading(self.screener, settings.lexicon_file, settings.analysis_seconds)
        self._understanding = Understanding(settings.lexicon_file, settings.analysis_seconds, self._workers)
        self._namespace = namespace
        self._counts = RunCounts()
        self._reasons: dict[QuarantineReason, int] = {}
        self._identifiers: Counter[str] = Counter()

    def run(
        self,
        sources: Sequence[Source],
        *,
        limit: int | None = None,
        dry_run: bool = False,
        on_progress: OnProgress = lambda _counts: None,
    ) -> RunResult:
        """Index every record of the sources, at most `limit` of them.

        dry_run: read and understand everything, compare it with the catalog, and write nothing.
        """
        self._counts, self._reasons, self._identifiers = RunCounts(), {}, Counter()
        settled = None if dry_run else self._settler.settle_pending()
        run = None if dry_run else self._catalog.runs.begin([s.name for s in sources], self._run_settings())
        outcome = RunOutcome.FAILED
        try:
            records = islice((record for source in sources for record in source.records()), limit)
            batches = batched(records, self._workspace.settings.index_batch)
            upcoming = self._handed_out(batches)
            load_lexicon(self._workspace.settings.lexicon_file)  # while the workers start
            while upcoming:
                batch = self._screened(upcoming)
                fresh, unchanged = self._sorted(batch, run)
                try:
                    upcoming = self._handed_out(batches)  # screened by the workers while this one is encoded and stored
                finally:  # what was read is kept, whatever becomes of the source
                    self._keep(batch, fresh, unchanged, run)
                on_progress(self._counts)
            outcome = RunOutcome.FINISHED
        except KeyboardInterrupt:
            outcome = RunOutcome.INTERRUPTED
            raise
        finally:
            self._workers.close()
            if run is not None:
                self._catalog.runs.end(run, self._counts, outcome, self._identifiers)
        if not self._counts.balanced:
            raise RadiothequeError(f"records were lost: {self._counts}; this is a defect, please report it")
        resumed, left = (settled.done, self._left(settled)) if settled else (0, 0)
        return RunResult(self._counts, resumed, left, self._reasons, dict(self._identifiers))

    def _left(self, settled: Settled) -> int:
        """How many of the reports that a store refused at the beginning are pending still."""
        return sum(not state.settled for state in self._catalog.reports.states(list(settled.refused.kinds)).values())

    def _handed_out(self, batches: Iterator[list[RawReport | Rejected]]) -> _HandedOut | None:
        """The next records, with the workers at it; None after the last."""
        records = next(batches, None)
        if records is None:
            return None
        raw = [record for record in records if isinstance(record, RawReport)]
        ids = [self._workspace.pseudonyms.report_id(self._namespace, one.source_id) for one in raw]
        known = self._catalog.reports.states(ids)
        jobs = [(one, report_id not in known) for one, report_id in zip(raw, ids, strict=True)]
        return _HandedOut(records, self._workers.start(self._reading, jobs))

    def _screened(self, handed: _HandedOut) -> _Batch:
        """The records, each as a report, held back by the gate, or kept aside."""
        batch = _Batch(size=len(handed.records))
        for record in handed.records:
            if isinstance(record, Rejected):
                batch.kept_aside.append(unread(record))
                continue
            read = next(handed.read)
            screened = read.screened
            self._identifiers.update({category.value: number for category, number in met(screened).items()})
            if isinstance(screened, Report):
                self._place(screened, record, batch)
                if read.understood and batch.reports[screened.report_id] is screened:
                    batch.understood[screened.report_id] = read.understood
            elif screened.reason in GATE_REASONS:
                batch.held.append((record, screened))
            else:
                batch.kept_aside.append(screened)
        return batch

    def _let_through(self, batch: _Batch) -> None:
        """Of what the gate held back, index what an operator released, and keep the rest aside."""
        released = self._catalog.quarantine.released([record for _raw, record in batch.held])
        for (raw, record), passes in zip(batch.held, released, strict=True):
            screened = self.screener(raw, released=True) if passes else record
            if isinstance(screened, Report):
                self._place(screened, raw, batch)
            else:
                batch.kept_aside.append(screened)

    @staticmethod
    def _place(report: Report, record: RawReport, batch: _Batch) -> None:
        earlier = batch.reports.setdefault(report.report_id, report)
        if earlier is report:
            batch.raw[report.report_id] = record
            return
        if earlier.fingerprint == report.fingerprint:
            batch.repeated += 1
        else:
            batch.kept_aside.append(kept_aside(record, QuarantineReason.DUPLICATE_ID, Field.ID))

    def _sorted(self, batch: _Batch, run: int | None) -> tuple[list[Report], list[str]]:
        """The new and changed reports of a batch, understood, and the ids of the unchanged ones; the others kept aside."""
        self._let_through(batch)
        states = self._catalog.reports.states(list(batch.reports))
        fresh: list[Report] = []
        twice: list[Report] = []
        unchanged: list[str] = []
        for report in batch.reports.values():
            state = states.get(report.report_id)
            if state is None or state.fingerprint != report.fingerprint or not state.settled:
                met_before = state is not None and run is not None and state.last_run == run
                (twice if met_before else fresh).append(report)
            else:
                unchanged.append(report.report_id)
        batch.kept_aside += [kept_aside(batch.raw[r.report_id], QuarantineReason.DUPLICATE_ID, Field.ID) for r in twice]
        return self._understood(fresh, batch), unchanged

    def _keep(self, batch: _Batch, fresh: list[Report], unchanged: list[str], run: int | None) -> None:
        """Write a batch to the stores, unless it is a dry run, and count it."""
        if run is not None:
            fresh = self._commit(batch, fresh, unchanged, run)
            if self._catalog.quarantine.count():  # what was kept aside by an earlier run may pass by now
                passing = [batch.raw[report_id] for report_id in (*unchanged, *(r.report_id for r in fresh))]
                self._catalog.quarantine.passed(
                    [kept_aside(r, QuarantineReason.IDENTIFIER, Field.TEXT) for r in passing]
                )
        self._count(batch, indexed=len(fresh), unchanged=len(unchanged) + batch.repeated)
        if run is not None:
            self._catalog.runs.count(run, self._counts)

    def _understood(self, reports: Sequence[Report], batch: _Batch) -> list[Report]:
        """The reports with sections, findings and what the text says of the exam; those that were given up are kept aside.

        The fingerprint stays that of what the source says: another lexicon does not make a report a changed one.
        """
        others = [report for report in reports if report.report_id not in batch.understood]
        found = self._understanding.of([Task(report.text, report.metadata) for report in others])
        batch.understood |= {report.report_id: one for report, one in zip(others, found, strict=True)}
        done: list[Report] = []
        for report in reports:
            one = batch.understood[report.report_id]
            if isinstance(one, NotUnderstood):
                batch.kept_aside.append(given_up(batch.raw[report.report_id], one))
            else:
                done.append(understood(report, one, self._understanding.version))
        return done

    def _commit(self, batch: _Batch, fresh: list[Report], unchanged: list[str], run: int) -> list[Report]:
        """Write a batch to the stores; returns what they took. What one refused is kept aside, and then in none of them."""
        if batch.kept_aside:
            self._catalog.quarantine.add(batch.kept_aside, run)
        if unchanged:
            self._catalog.reports.touch(unchanged, run)
        kinds = self._settler.store(fresh, run) if fresh else {}
        if kinds:
            aside = [refused(batch.raw[report_id], kind) for report_id, kind in kinds.items()]
            self._catalog.quarantine.add(aside, run)
            self._settler.withdraw(list(kinds))
            batch.kept_aside += aside
        return [report for report in fresh if report.report_id not in kinds]

    def _count(self, batch: _Batch, *, indexed: int, unchanged: int) -> None:
        for record in batch.kept_aside:
            self._reasons[record.reason] = self._reasons.get(record.reason, 0) + 1
        self._counts = replace(
            self._counts,
            read=self._counts.read + batch.size,
            indexed=self._counts.indexed + indexed,
            unchanged=self._counts.unchanged + unchanged,
            quarantined=self._counts.quarantined + len(batch.kept_aside),
        )

    def _run_settings(self) -> dict[str, str]:
        return {
            "encoder": self._encoder.name,
            "batch": str(self._workspace.settings.index_batch),
            NAMESPACE: self._namespace,
            "privacy policy": self._gate.policy.value,
            "privacy rules": RULES_VERSION,
        }


def understood(report: Report, found: Understood, version: str) -> Report:
    """A report with what was found in its text, by the analyser of this version."""
    return replace(report, sections=found.sections, findings=found.findings, metadata=found.metadata, analysis=version)
