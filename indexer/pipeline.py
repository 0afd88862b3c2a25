"""From a source to the stores: read, understand, encode, store, batch by batch, so that a kill costs one batch.

The order of a batch is its safety. Encoding comes first, because it is long and writes nothing. Then the catalog, which
knows from then on that the other stores are behind; the full text; the vectors; and last the catalog again, which
notes that both hold the batch. Whatever a kill cuts off there is pending in the catalog, and the next run does it again.
"""

import datetime as dt
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from indexer.documents import encode, text_document
from indexer.encoders.base import Encoder
from indexer.errors import RadiothequeError
from indexer.language.detection import language_of
from indexer.language.understanding import Task, Understanding, Understood
from indexer.privacy.gate import RULES_VERSION, Gate, Screened, load_gate
from indexer.report import IdentifierCategory, RawReport, Report
from indexer.sources.base import Fault, Rejected, Source
from indexer.sources.mapping import IDENTIFYING_FIELDS, Field
from indexer.sources.metadata import MetadataFault, parse_metadata
from indexer.steps import OnStep, Step, unobserved
from indexer.stores.catalog.base import Quarantined, QuarantineReason, RunCounts, RunOutcome, Store
from indexer.workspace import Workspace

OnProgress = Callable[[RunCounts], None]

_FAULTS = {
    Fault.UNREADABLE: QuarantineReason.UNREADABLE,
    Fault.WRONG_ENCODING: QuarantineReason.WRONG_ENCODING,
    Fault.MISSING_TEXT: QuarantineReason.MISSING_TEXT,
    Fault.MISSING_ID: QuarantineReason.MISSING_ID,
}
_SURROGATE = re.compile(r"[\ud800-\udfff]")
NAMESPACE = "namespace"
"""The name under which a run's settings have it: a record is tried again with the one that it came with."""
_LANGUAGE_CHARS = 200
_LANGUAGE_SURE = 0.95
GATE_REASONS = (QuarantineReason.IDENTIFIER, QuarantineReason.GATE_FAULT)
"""Why the gate holds a report back; an operator may release it."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did. resumed: reports of an earlier, interrupted run that were finished first.

    identifiers: how many of each category the gate met.
    """

    counts: RunCounts
    resumed: int
    reasons: dict[QuarantineReason, int]
    identifiers: dict[str, int]


@dataclass
class _Batch:
    reports: dict[str, Report] = field(default_factory=dict)
    raw: dict[str, RawReport] = field(default_factory=dict)
    kept_aside: list[Quarantined] = field(default_factory=list)
    held: list[tuple[RawReport, Quarantined]] = field(default_factory=list)
    repeated: int = 0
    size: int = 0


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
        self._encoder = encoder
        self._gate = gate or load_gate(workspace.settings)
        settings = workspace.settings
        self._understanding = Understanding(settings.lexicon_file, settings.analysis_workers, settings.analysis_seconds)
        self._namespace = namespace
        self._on_step = on_step
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
        resumed = 0 if dry_run else self.settle_pending()
        run = None if dry_run else self._catalog.runs.begin([s.name for s in sources], self._run_settings())
        outcome = RunOutcome.FAILED
        try:
            for batch in self._batches(sources, limit):
                self._flush(batch, run)
                on_progress(self._counts)
            outcome = RunOutcome.FINISHED
        except KeyboardInterrupt:
            outcome = RunOutcome.INTERRUPTED
            raise
        finally:
            self._understanding.close()
            if run is not None:
                self._catalog.runs.end(run, self._counts, outcome, self._identifiers)
        if not self._counts.balanced:
            raise RadiothequeError(f"records were lost: {self._counts}; this is a defect, please report it")
        return RunResult(self._counts, resumed, self._reasons, dict(self._identifiers))

    def settle_pending(self) -> int:
        """Finish what a kill, a failed run or a deletion left behind; returns how many reports it was."""
        done = 0
        while pending := self._catalog.reports.pending(self._workspace.settings.index_batch):
            doomed = [report_id for report_id, state in pending if state.deleted]
            kept = self._catalog.reports.get([r for r, state in pending if not state.deleted])
            behind = {r for r, state in pending if state.vectors != state.fingerprint}
            self._write_text([report for r, report in kept.items() if r not in behind])
            self._store([report for r, report in kept.items() if r in behind], doomed)
            if doomed:
                self._catalog.reports.forget(doomed)
            done += len(pending)
        return done

    def _batches(self, sources: Sequence[Source], limit: int | None) -> Iterable[_Batch]:
        batch, read = _Batch(), 0
        for source in sources:
            for record in source.records():
                if limit is not None and read >= limit:
                    break
                read += 1
                self._take(record, batch)
                if batch.size >= self._workspace.settings.index_batch:
                    yield batch
                    batch = _Batch()
        if batch.size:
            yield batch

    def _take(self, record: RawReport | Rejected, batch: _Batch) -> None:
        batch.size += 1
        if isinstance(record, Rejected):
            batch.kept_aside.append(Quarantined(_FAULTS[record.fault], record.origin, raw=record.raw))
            return
        screened = self.screen(record)
        if isinstance(screened, Report):
            self._place(screened, record, batch)
        elif screened.reason in GATE_REASONS:
            batch.held.append((record, screened))
        else:
            batch.kept_aside.append(screened)

    def _let_through(self, batch: _Batch) -> None:
        """Of what the gate held back, index what an operator released, and keep the rest aside."""
        released = self._catalog.quarantine.released([record for _raw, record in batch.held])
        for (raw, record), passes in zip(batch.held, released, strict=True):
            screened = self.screen(raw, released=True) if passes else record
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
            batch.kept_aside.append(_aside(record, QuarantineReason.DUPLICATE_ID, Field.ID))

    def screen(self, raw: RawReport, *, released: bool = False) -> Report | Quarantined:
        """A raw record as a report past the gate, not understood yet, or the reason why it cannot be one.

        released: past the gate as it is.
        """
        fault = _text_fault(raw, self._workspace.settings.max_text_chars)
        if fault:
            return _aside(raw, *fault)
        try:
            metadata = parse_metadata(raw.metadata)
        except MetadataFault as exc:
            return _aside(raw, QuarantineReason.BAD_METADATA, exc.field)
        patient = raw.metadata.get(Field.PATIENT_ID, "").strip()
        pseudonyms = self._workspace.pseudonyms
        report_id = pseudonyms.report_id(self._namespace, raw.source_id)
        patient_key = pseudonyms.patient_key(self._namespace, patient) if patient else None
        text = unicodedata.normalize("NFC", raw.text)  # accents as one character: headings and cues are spelt so
        known = [raw.source_id, *(raw.metadata[f] for f in IDENTIFYING_FIELDS if f in raw.metadata)]
        screened = (
            Screened(text, ()) if released else self._gate.screen(text, known, pseudonyms, patient_key or report_id)
        )
        self._identifiers.update(one.category.value for one in screened.found)
        if screened.text is None:
            return _held_back(raw, screened)
        if not raw.metadata.get(Field.LANGUAGE, "").strip():
            metadata = replace(metadata, language=_language(screened.text, metadata.language))
        if metadata.exam_date and screened.shift_days:
            metadata = replace(metadata, exam_date=metadata.exam_date + dt.timedelta(days=screened.shift_days))
        return Report(
            report_id=report_id,
            patient_key=patient_key,
            text=screened.text,
            sections=(),
            metadata=metadata,
            screening=screened.note(self._gate.policy, released=released),
        )

    def _flush(self, batch: _Batch, run: int | None) -> None:
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
        batch.kept_aside += [_aside(batch.raw[r.report_id], QuarantineReason.DUPLICATE_ID, Field.ID) for r in twice]
        read = self._understood(fresh)
        slow = [report for report, one in zip(fresh, read, strict=True) if one is None]
        batch.kept_aside += [_aside(batch.raw[r.report_id], QuarantineReason.TOO_SLOW, Field.TEXT) for r in slow]
        fresh = [report for report in read if report is not None]
        if run is not None:
            self._commit(fresh, unchanged, batch.kept_aside, run)
            if self._catalog.quarantine.count():  # what was kept aside by an earlier run may pass by now
                passing = [batch.raw[report_id] for report_id in (*unchanged, *(r.report_id for r in fresh))]
                self._catalog.quarantine.passed([_aside(r, QuarantineReason.IDENTIFIER, Field.TEXT) for r in passing])
        self._count(batch, indexed=len(fresh), unchanged=len(unchanged) + batch.repeated)
        if run is not None:
            self._catalog.runs.count(run, self._counts)

    def _understood(self, reports: Sequence[Report]) -> list[Report | None]:
        """The reports with sections, findings and what the text says of the exam; None for one that took too long.

        The fingerprint stays that of what the source says: another lexicon does not make a report a changed one.
        """
        found = self._understanding.of([Task(report.text, report.metadata) for report in reports])
        version = self._understanding.version
        return [understood(report, one, version) if one else None for report, one in zip(reports, found, strict=True)]

    def _commit(self, fresh: list[Report], unchanged: list[str], aside: list[Quarantined], run: int) -> None:
        if aside:
            self._catalog.quarantine.add(aside, run)
        if unchanged:
            self._catalog.reports.touch(unchanged, run)
        if fresh:
            self._store(fresh, [], run)

    def _write_text(self, reports: Sequence[Report]) -> None:
        """For reports whose vectors are right: only the full text is behind, and nothing is encoded."""
        if reports:
            self._workspace.text.write([text_document(r, self._workspace.settings.lexicon_file) for r in reports], [])
            self._catalog.reports.settle(Store.TEXT, {r.report_id: r.fingerprint for r in reports})

    def _store(self, reports: Sequence[Report], removed: Sequence[str], run: int | None = None) -> None:
        encoded = encode(reports, self._encoder, self._workspace.settings.lexicon_file)
        if run is not None:
            self._catalog.reports.stage(reports, run)
            self._on_step(Step.CATALOG_WRITTEN)
        self._workspace.text.write([text_document(r, self._workspace.settings.lexicon_file) for r in reports], removed)
        self._on_step(Step.TEXT_COMMITTED)
        self._workspace.vectors.commit(encoded, removed)
        held: dict[str, str | None] = {r.report_id: r.fingerprint for r in reports}
        held.update(dict.fromkeys(removed))
        self._catalog.reports.settle(Store.TEXT, held)
        self._catalog.reports.settle(Store.VECTORS, held)
        self._on_step(Step.SETTLED)

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
            "encoder": self._encoder.identity.name,
            "batch": str(self._workspace.settings.index_batch),
            NAMESPACE: self._namespace,
            "privacy policy": self._gate.policy.value,
            "privacy rules": RULES_VERSION,
        }


def understood(report: Report, found: Understood, version: str) -> Report:
    """A report with what was found in its text, by the analyser of this version."""
    return replace(report, sections=found.sections, findings=found.findings, metadata=found.metadata, analysis=version)


def _language(text: str, otherwise: str) -> str:
    """The language of a text long enough to be sure of, in which the record does not state it."""
    if len(text) < _LANGUAGE_CHARS:
        return otherwise
    language, probability = language_of(text)
    return language if probability >= _LANGUAGE_SURE else otherwise


def _text_fault(raw: RawReport, max_chars: int) -> tuple[QuarantineReason, str] | None:
    """What makes a text or an id unfit to be stored, and in which field."""
    for name, value in ((Field.ID, raw.source_id), (Field.TEXT, raw.text)):
        if "\0" in value:
            return QuarantineReason.NUL, name
        if _SURROGATE.search(value):
            return QuarantineReason.LONE_SURROGATE, name
    return (QuarantineReason.TOO_LONG, Field.TEXT) if len(raw.text) > max_chars else None


def _aside(raw: RawReport, reason: QuarantineReason, name: str) -> Quarantined:
    record = {Field.ID: raw.source_id, Field.TEXT: raw.text, **raw.metadata}
    return Quarantined(reason, raw.origin, str(name), json.dumps(record))


def _held_back(raw: RawReport, screened: Screened) -> Quarantined:
    places = [[i.start, i.end, i.category.value, round(i.confidence, 2), i.rule] for i in screened.found]
    reason = QuarantineReason.GATE_FAULT if screened.fault else QuarantineReason.IDENTIFIER
    return replace(_aside(raw, reason, Field.TEXT), detail=json.dumps(screened.fault or places))


def identifiers_of(record: Quarantined) -> list[tuple[int, int, IdentifierCategory]]:
    """Where the gate found identifiers in the text of a record: start, end, category, in order."""
    found = json.loads(record.detail) if record.detail else []
    if not isinstance(found, list):  # the kind of a detector's fault
        return []
    return [(start, end, IdentifierCategory(category)) for start, end, category, _confidence, _rule in found]


def raw_of(record: Quarantined) -> RawReport | None:
    """The raw report of a quarantined record, to be tried again; None if its fields could not be told apart."""
    values = json.loads(record.raw) if record.raw else {}
    source_id, text = values.pop(Field.ID, None), values.pop(Field.TEXT, None)
    if not source_id or not text:
        return None
    return RawReport(source_id, text, values, record.origin)
