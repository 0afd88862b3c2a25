"""Keeping the stores in agreement: compare, repair, rebuild, delete, retry."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer.batching import batched
from indexer.documents import encode, text_document
from indexer.encoders.base import Encoder
from indexer.errors import InputError, StoreDamaged, StoreError
from indexer.language.understanding import NotUnderstood, Task, Understanding
from indexer.pipeline import NAMESPACE, Pipeline, understood
from indexer.report import RawReport, Report
from indexer.screening import GATE_REASONS, raw_of
from indexer.settling import Refusals, Settled, Settler
from indexer.sources.base import Rejected
from indexer.stores.catalog.base import QuarantineEntry, ReportState, Store, Verdict
from indexer.stores.catalog.catalog import Catalog
from indexer.stores.text.base import TextStore
from indexer.stores.vectors.base import Restated, VectorEngine
from indexer.workers import Workers
from indexer.workspace import Foundation, Workspace, text_engine, vector_engine


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one store compares with the catalog, in reports.

    missing: not in the store. outdated: there with other content. extra: there, and not in the catalog.
    """

    store: Store
    held: int
    missing: tuple[str, ...] = ()
    outdated: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the store holds exactly the catalog's reports at the catalog's fingerprints."""
        return not (self.missing or self.outdated or self.extra)


def compare(store: Store, held: Iterable[tuple[str, str]], catalog: Iterable[tuple[str, ReportState]]) -> Agreement:
    """Compare what a store holds, (report id, fingerprint), with what the catalog says that it should."""
    left = dict(held)
    count = len(left)
    missing, outdated = [], []
    for report_id, state in catalog:
        if state.deleted:
            continue
        fingerprint = left.pop(report_id, None)
        if fingerprint is None:
            missing.append(report_id)
        elif fingerprint != state.fingerprint:
            outdated.append(report_id)
    return Agreement(store, count, tuple(missing), tuple(outdated), tuple(sorted(left)))


def compare_all(
    catalog: Catalog, text: Iterable[tuple[str, str]], vectors: Iterable[tuple[str, str]]
) -> list[Agreement]:
    """Every store's (report id, fingerprint) pairs against the catalog."""
    walk = catalog.reports.walk
    return [compare(Store.TEXT, text, walk()), compare(Store.VECTORS, vectors, walk())]


def repair(workspace: Workspace, settler: Settler) -> Settled:
    """Make the stores agree with the catalog, but for what a store refuses."""
    touched: set[str] = set()
    held = workspace.text.fingerprints(), workspace.vectors.fingerprints()
    for agreement in compare_all(workspace.catalog, *held):
        for wrong in batched((*agreement.missing, *agreement.outdated), workspace.settings.index_batch):
            workspace.catalog.reports.settle(agreement.store, dict.fromkeys(wrong))
        for extra in batched(agreement.extra, workspace.settings.index_batch):
            _remove[agreement.store](workspace, extra)
        touched.update(agreement.missing, agreement.outdated, agreement.extra)
    settled = settler.settle_pending()
    return Settled(max(len(touched - settled.refused.kinds.keys()), settled.done), settled.refused)


_remove: dict[Store, Callable[[Workspace, Sequence[str]], None]] = {
    Store.TEXT: lambda workspace, ids: workspace.text.write([], ids),
    Store.VECTORS: lambda workspace, ids: workspace.vectors.commit([], ids),
}


def delete(workspace: Workspace, settler: Settler, report_ids: Sequence[str]) -> int:
    """Remove reports from every store; returns how many were there. A kill on the way is finished by the next run."""
    marked = workspace.catalog.reports.mark_deleted(report_ids)
    settler.settle_pending()
    return marked


@dataclass(frozen=True)
class ListedRecords:
    """Quarantined records as a source, to be tried again where they were read."""

    name: str
    raw: tuple[RawReport, ...]

    def records(self) -> Iterator[RawReport | Rejected]:
        """Every record once."""
        yield from self.raw

    def check(self) -> None:
        """Nothing can be wrong with a list."""

    def size_hint(self) -> int:
        """How many there are."""
        return len(self.raw)


def retry(workspace: Workspace, encoder: Encoder, entries: Sequence[QuarantineEntry]) -> int:
    """Try quarantined records again, one run for each namespace they came with; returns how many were indexed.

    A record that fails again stays in quarantine under its earlier number, and so does one whose report was met with
    other content in the same run or since: an older record must not replace it. What an operator rejected is left alone.
    """
    tried = [entry for entry in entries if entry.verdict is not Verdict.REJECTED]
    by_namespace: dict[str, list[QuarantineEntry]] = {}
    for entry in tried:
        run = workspace.catalog.runs.get(entry.run)
        by_namespace.setdefault(run.settings.get(NAMESPACE, "") if run else "", []).append(entry)
    return sum(
        _retry(workspace, Pipeline(workspace, encoder, namespace=namespace), some)
        for namespace, some in by_namespace.items()
    )


def _retry(workspace: Workspace, pipeline: Pipeline, entries: Sequence[QuarantineEntry]) -> int:
    released = workspace.catalog.quarantine.released([e.record for e in entries])
    passing: dict[int, RawReport] = {}
    for entry, may_pass in zip(entries, released, strict=True):
        raw = raw_of(entry.record)
        report = pipeline.screener(raw, released=may_pass) if raw else None
        if raw and isinstance(report, Report) and not _superseded(workspace, report, entry):
            passing[entry.entry_id] = raw
    if not passing:
        return 0
    result = pipeline.run([ListedRecords("quarantine", tuple(passing.values()))])
    if result.counts.quarantined == 0:
        workspace.catalog.quarantine.resolve(list(passing))
    return result.counts.indexed + result.counts.unchanged


def release(workspace: Workspace, encoder: Encoder, entries: Sequence[QuarantineEntry], who: str, why: str) -> int:
    """Record that these records may pass the gate as they are, and index them; returns how many were indexed.

    Raises InputError for a record that was not held back by the gate: its fault is another.
    """
    for entry in entries:
        if entry.record.reason not in GATE_REASONS:
            raise InputError(
                f"record {entry.entry_id} was not held back by the gate, but for: {entry.record.reason.value}; "
                "mend it at its source, or change the setting and use: radiotheque quarantine retry"
            )
    for entry in entries:
        workspace.catalog.quarantine.decide(entry.entry_id, Verdict.RELEASED, who, why)
    return retry(workspace, encoder, [dataclasses.replace(entry, verdict=Verdict.RELEASED) for entry in entries])


def _superseded(workspace: Workspace, report: Report, entry: QuarantineEntry) -> bool:
    state = workspace.catalog.reports.states([report.report_id]).get(report.report_id)
    if state is None or state.deleted or state.fingerprint == report.fingerprint:
        return False
    return state.last_run is not None and state.last_run >= entry.run


OnReports = Callable[[int], None]
"""Called with how many more reports are done."""


def rebuild_text(foundation: Foundation, on_progress: OnReports = lambda _n: None) -> Refusals:
    """Make the full text anew from the catalog beside the old one, compare it with the catalog, then exchange them.

    The old one may be damaged, and answers until then. Raises StoreDamaged, and exchanges nothing, if they do not agree.
    Returns what the new one refused: it is pending in the catalog. Raises StoreError, and exchanges nothing, if that is all.
    """
    refused = Refusals()
    with text_engine(foundation.settings).fresh() as store:
        for reports in _all_reports(foundation):
            with refused.noted():
                store.write([text_document(r, foundation.settings.lexicon_file) for r in reports], [])
            on_progress(len(reports))
        _require_some(foundation, refused)
        store.refresh()
        found = compare(Store.TEXT, store.fingerprints(), foundation.catalog.reports.walk())
        missing = set(found.missing) - refused.kinds.keys()
        if missing or found.outdated or found.extra:
            raise StoreDamaged(
                f"the full text made anew does not agree with the catalog: {len(missing)} reports missing, "
                f"{len(found.outdated)} outdated, {len(found.extra)} too many; the old one is kept: run the command again"
            )
    _settle(foundation, Store.TEXT, refused)
    return refused


def rebuild_vectors(foundation: Foundation, encoder: Encoder, on_progress: OnReports = lambda _n: None) -> Refusals:
    """Make the vectors anew from the catalog, also with another encoder, beside the old ones, then exchange them.

    The old ones may be damaged, and answer until then. A rebuild that was cut off goes on where it stopped.
    Returns what the new ones refused: it is pending in the catalog. Raises StoreError, and exchanges nothing, if that is all.
    """
    refused = Refusals()
    settings = foundation.settings
    with vector_engine(settings).fresh(encoder.identity) as writer:
        done = dict(writer.fingerprints())
        for reports in _all_reports(foundation):
            missing = [r for r in reports if done.get(r.report_id) != r.fingerprint]
            with refused.noted():
                writer.commit(encode(missing, encoder, settings.lexicon_file))
            on_progress(len(reports))
        _require_some(foundation, refused)
        gone = done.keys() - {report_id for report_id, state in foundation.catalog.reports.walk() if not state.deleted}
        writer.commit([], sorted(gone))
    foundation.remember_encoder(encoder.identity)
    _settle(foundation, Store.VECTORS, refused)
    return refused


def _require_some(foundation: Foundation, refused: Refusals) -> None:
    """Raise StoreError if a store that was made anew took no report: nobody could be found any more."""
    alive = (report_id for report_id, state in foundation.catalog.reports.walk() if not state.deleted)
    if refused.kinds and all(report_id in refused.kinds for report_id in alive):
        raise StoreError(
            f"{refused.place} refused every report ({', '.join(set(refused.kinds.values()))}), and the old index is kept; "
            "see the settings and index templates there, then run the command again"
        )


def _all_reports(foundation: Foundation) -> Iterator[list[Report]]:
    alive = (report_id for report_id, state in foundation.catalog.reports.walk() if not state.deleted)
    for ids in batched(alive, foundation.settings.index_batch):
        yield list(foundation.catalog.reports.get(ids).values())


def _settle(foundation: Foundation, store: Store, refused: Refusals) -> None:
    for states in batched(foundation.catalog.reports.walk(), foundation.settings.index_batch):
        held = {r: None if r in refused.kinds else s.fingerprint for r, s in states if not s.deleted}
        foundation.catalog.reports.settle(store, held)


@dataclass(frozen=True, slots=True)
class Reanalysed:
    """How many reports were understood anew, how many were not by the kind of the error, and what the full text refused."""

    done: int
    given_up: Counter[str]
    refused: Refusals


def reanalyse(foundation: Foundation, text: TextStore, on_progress: OnReports = lambda _n: None) -> Reanalysed:
    """Understand anew every report that another version of the analyser understood, without encoding anything.

    Where that changes what the vectors filter by (the exam's modality, say, and on a cluster the findings too), it is written anew
    there; in a folder, whose files never change, they are behind until the next `index` or `repair`.

    Safe to interrupt: what is done has the new version on record, and the next call goes on. A report that takes too long,
    or at which the analyser fails, keeps what was understood of it before.
    """
    settings, reports = foundation.settings, foundation.catalog.reports
    engine = vector_engine(settings)
    done, given_up = 0, Counter[str]()
    refused, last = Refusals(), ""
    with Workers(settings.analysis_workers) as workers:
        understanding = Understanding(settings.lexicon_file, settings.analysis_seconds, workers)
        while ids := reports.outdated(understanding.version, last, settings.index_batch):
            held = list(reports.get(ids).values())
            found = understanding.of([Task(report.text, report.metadata) for report in held])
            fresh = [
                understood(report, one, understanding.version)
                for report, one in zip(held, found, strict=True)
                if not isinstance(one, NotUnderstood)
            ]
            right = {
                report_id for report_id, state in reports.states(ids).items() if state.vectors == state.fingerprint
            }
            if engine.keeps_findings:  # first: a kill in between costs encoding them anew
                found_before = {report.report_id: report.findings for report in held}
                changed = [r.report_id for r in fresh if r.findings != found_before[r.report_id]]
                reports.settle(Store.VECTORS, dict.fromkeys(changed))
            reports.restate(fresh)
            documents = [text_document(report, settings.lexicon_file) for report in fresh]
            with refused.noted():
                text.write(documents, [])
            reports.settle(Store.TEXT, refused.held(fresh))
            _restate_vectors(
                foundation, engine, [(d.report, d.findings) for d in documents if d.report.report_id in right]
            )
            last = ids[-1]
            done += len(fresh)
            given_up.update(one.error for one in found if isinstance(one, NotUnderstood))
            on_progress(len(held))
    return Reanalysed(done, given_up, refused)


def _restate_vectors(foundation: Foundation, engine: VectorEngine, understood_anew: Sequence[Restated]) -> None:
    """Of reports whose vectors were right, let those filter by what is understood now that fell behind by it."""
    states = foundation.catalog.reports.states([report.report_id for report, _findings in understood_anew])
    behind = [one for one in understood_anew if states[one[0].report_id].vectors is None]
    done = engine.restate(behind) if behind else set()
    settled = {report.report_id: report.fingerprint for report, _findings in behind if report.report_id in done}
    foundation.catalog.reports.settle(Store.VECTORS, settled)
