"""From the catalog to the other stores: what a batch brings, what a kill left behind, what is deleted, what a store refuses.

The order is the safety. Encoding comes first, because it is long and writes nothing. Then the catalog, which knows from then on
that the other stores are behind; the full text; the vectors; and last the catalog again, which notes what both hold.
Whatever a kill cuts off there is pending in the catalog, and the next run does it again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.documents import encode, text_document
from indexer.encoders.base import Encoder
from indexer.errors import ReportsRefused
from indexer.passage import EncodedReport
from indexer.report import Report
from indexer.steps import OnStep, Step, unobserved
from indexer.stores.catalog.base import ReportState, Store
from indexer.stores.text.base import TextDocument
from indexer.workspace import Workspace


@dataclass
class Refusals:
    """What stores refused, while the work on all other reports went on. kinds: the server's kind of error by report id."""

    place: str = ""
    kinds: dict[str, str] = field(default_factory=dict, repr=False)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Whatever is refused in the block is noted, and does not end more than the block."""
        try:
            yield
        except ReportsRefused as exc:
            self.place = exc.place
            self.kinds |= exc.kinds

    def held(self, reports: Sequence[Report]) -> dict[str, str | None]:
        """At which fingerprint a store holds reports that it was given; None for those that it refused."""
        return {r.report_id: None if r.report_id in self.kinds else r.fingerprint for r in reports}

    def __or__(self, others: "Refusals") -> "Refusals":
        """Both together."""
        return Refusals(self.place or others.place, self.kinds | others.kinds)

    def raise_any(self) -> None:
        """Raise ReportsRefused if anything was refused."""
        if self.kinds:
            raise ReportsRefused(self.place, self.kinds)


@dataclass(frozen=True, slots=True)
class Settled:
    """How many pending reports are done, and those that a store refused: they stay pending."""

    done: int
    refused: Refusals


class Settler:
    """Brings reports of the catalog into the full text and the vectors, and takes them out of there."""

    def __init__(self, workspace: Workspace, encoder: Encoder, on_step: OnStep = unobserved) -> None:
        self._workspace = workspace
        self._catalog = workspace.catalog
        self._encoder = encoder
        self._on_step = on_step

    def store(self, reports: Sequence[Report], run: int) -> dict[str, str]:
        """Bring new and changed reports into every store; returns those that one refused, with its kind of error."""
        encoded = self._encoded(reports)
        self._catalog.reports.stage(reports, run)
        self._on_step(Step.CATALOG_WRITTEN)
        return self._write(encoded, []).kinds

    def withdraw(self, report_ids: Sequence[str]) -> None:
        """Remove reports from every store and the catalog. A kill on the way is finished by the next run."""
        self._catalog.reports.mark_deleted(report_ids)
        self._write([], report_ids)
        self._catalog.reports.forget(report_ids)

    def settle_pending(self) -> Settled:
        """Finish what a kill, a failed run or a deletion left behind; each pending report is tried once."""
        refused = Refusals()
        done, after = 0, ""
        while pending := self._catalog.reports.pending(self._workspace.settings.index_batch, after):
            after = pending[-1][0]
            refused |= self._finish(dict(pending))
            done += len(pending)
        return Settled(done - len(refused.kinds), refused)

    def _finish(self, pending: dict[str, ReportState]) -> Refusals:
        doomed = [report_id for report_id, state in pending.items() if state.deleted]
        kept = self._catalog.reports.get([r for r, state in pending.items() if not state.deleted])
        behind = {r for r in kept if pending[r].vectors != pending[r].fingerprint}
        refused = self._write_text([report for r, report in kept.items() if r not in behind])
        refused |= self._write(self._encoded([report for r, report in kept.items() if r in behind]), doomed)
        if doomed:
            self._catalog.reports.forget(doomed)
        return refused

    def _write_text(self, reports: Sequence[Report]) -> Refusals:
        """For reports whose vectors are right: only the full text is behind, and nothing is encoded."""
        refused = Refusals()
        if reports:
            with refused.noted():
                self._workspace.text.write(self._documents(reports), [])
            self._catalog.reports.settle(Store.TEXT, refused.held(reports))
        return refused

    def _write(self, encoded: Sequence[EncodedReport], removed: Sequence[str]) -> Refusals:
        reports = [one.report for one in encoded]
        text, vectors = Refusals(), Refusals()
        with text.noted():
            self._workspace.text.write(self._documents(reports), removed)
        self._on_step(Step.TEXT_COMMITTED)
        with vectors.noted():
            self._workspace.vectors.commit(encoded, removed)
        gone: dict[str, str | None] = dict.fromkeys(removed)
        self._catalog.reports.settle(Store.TEXT, text.held(reports) | gone)
        self._catalog.reports.settle(Store.VECTORS, vectors.held(reports) | gone)
        self._on_step(Step.SETTLED)
        return text | vectors

    def _encoded(self, reports: Sequence[Report]) -> list[EncodedReport]:
        return encode(reports, self._encoder, self._workspace.settings.lexicon_file)

    def _documents(self, reports: Sequence[Report]) -> list[TextDocument]:
        return [text_document(report, self._workspace.settings.lexicon_file) for report in reports]
