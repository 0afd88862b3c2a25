"""Writing to an index in bulk: requests of some megabytes, and what becomes of each item of them.

What the server is too busy for is sent again. What it will never take as it is, is a refused report: nothing of it stays in the
index, and all others are written. Anything else is the matter of the index or the cluster, not of a report, and ends the writing.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from indexer.errors import ReportsRefused, StoreError, StoreUnavailable
from indexer.stores.opensearch import BUSY, Missing, Server, is_full, pauses, refusal

REQUEST_BYTES = 10_000_000
"""From which on a request is sent: what a server takes best is 5 to 15 MB."""

Document = tuple[str, Mapping[str, Any]]
"""A report's id, and the report as the index takes it."""

_CLOSED, _LOW = "index_closed_exception", "knn_circuit_breaker_exception"
_NOT_OF_THE_REPORT = frozenset({_CLOSED, _LOW})
"""What a server calls a bad request (status 400) though every other report would fare the same."""
_NOT_HELD = "document_missing_exception"


@dataclass(frozen=True, slots=True)
class _Action:
    """What is to be done with one report, and the lines that ask for it."""

    report_id: str
    lines: str
    removes: bool


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why an item was not taken. What the server says of it stays here: it may quote the report."""

    status: int
    kinds: tuple[str, ...]
    full: bool

    @property
    def passes(self) -> bool:
        """Whether the same may be taken later."""
        return self.status in BUSY and not self.full

    @property
    def of_the_report(self) -> bool:
        """Whether the report is what the server does not take, and not the index that takes nothing."""
        return _NOT_HELD in self.kinds or (self.status == 400 and _NOT_OF_THE_REPORT.isdisjoint(self.kinds))


class Bulk:
    """Writes to an index or alias, in requests of some megabytes."""

    def __init__(self, server: Server, index: str, *, is_alias: bool) -> None:
        self._server = server
        self._index = index
        self._is_alias = is_alias

    def write(self, documents: Iterable[Document], removed: Sequence[str]) -> ReportsRefused | None:
        """Remove reports, then add or replace documents. What a busy server does not take is sent again for a while.

        Returns what to raise, once the others can be seen, if reports were refused; nothing of these is left in the index.
        Raises StoreUnavailable, StorageFull, StoreError if the index takes nothing more: some may be written then.
        """
        refused: dict[str, str] = {}
        for request in _requests(chain(_removals(removed), _replacements(documents))):
            refused |= self._sent(request)
        if not refused:
            return None
        for request in _requests(_removals(list(refused))):
            self._sent(request)
        return ReportsRefused(f"OpenSearch at {self._server.place}", refused)

    def update(self, documents: Iterable[Document]) -> set[str]:
        """Change the stated fields of reports that are held; returns those that took it. Raises what `write` does."""
        done: set[str] = set()
        for request in _requests(_changes(documents)):
            done |= {action.report_id for action in request} - self._sent(request).keys()
        return done

    def _sent(self, actions: Sequence[_Action]) -> dict[str, str]:
        """Send a request, again as long as the server is busy; the reports that it refuses, with its kind of error."""
        refused: dict[str, str] = {}
        for _ in pauses(self._server.patience):
            faults = self._tried(actions)
            refused |= {a.report_id: fault.kinds[0] for a, fault in faults if not fault.passes}
            actions = [action for action, fault in faults if fault.passes]
            if not actions:
                return refused
        raise StoreUnavailable(
            f"OpenSearch at {self._server.place} is overloaded and did not take {len(actions)} reports; "
            "run the same command again later"
        )

    def _tried(self, actions: Sequence[_Action]) -> list[tuple[_Action, _Fault]]:
        """Send a request once: what is to be sent again, and what is refused. Raises what stops the writing altogether."""
        # An alias that is gone would otherwise become an index of its own, of any mapping.
        answer = self._server.ask(
            "POST",
            f"/{self._index}/_bulk",
            "".join(action.lines for action in actions),
            require_alias=self._is_alias,
            filter_path="errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.type",
        )
        if not answer["errors"]:
            return []
        met = zip(actions, map(_fault, answer["items"]), strict=True)
        faults = [(action, fault) for action, fault in met if fault]
        stopping = [f for action, f in faults if not f.passes and (action.removes or not f.of_the_report)]
        if stopping:
            raise _stopped(self._server, stopping)
        return faults


def _fault(item: dict[str, Any]) -> _Fault | None:
    (done,) = item.values()
    if "error" not in done:  # one that is to be removed and is not there is none
        return None
    error = done["error"]
    cause = error.get("caused_by", {}).get("type")
    return _Fault(done["status"], (error["type"], *([cause] if cause else [])), is_full(error.get("reason", "")))


def _stopped(server: Server, faults: Sequence[_Fault]) -> StoreError:
    where = f"OpenSearch at {server.place}"
    full = any(one.full for one in faults)
    kinds = {kind for one in faults for kind in one.kinds}
    if "index_not_found_exception" in kinds and not full:
        return Missing(f"{where} has lost an index; mend it with: radiotheque repair")
    if known := refusal(kinds, full=full):
        error, advice = known
        return error(f"{where} {advice}")
    if _CLOSED in kinds:
        return StoreUnavailable(f"{where} takes no writing: the index is closed; open it, then run this again")
    if _LOW in kinds:
        return StoreUnavailable(
            f"{where} takes no vectors: it is low on memory (the k-NN circuit breaker); run this again when it is not"
        )
    said = ", ".join(f"{count} {kind}" for kind, count in Counter(one.kinds[0] for one in faults).most_common())
    return StoreError(
        f"{where} failed at {len(faults)} reports ({said}); see its log, then run this again: it goes on from there"
    )


def _requests(actions: Iterable[_Action]) -> Iterator[list[_Action]]:
    """The actions in order, in parts of which each but the last has the size that is sent at once."""
    part: list[_Action] = []
    size = 0
    for action in actions:
        part.append(action)
        size += len(action.lines)
        if size >= REQUEST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def _removals(report_ids: Iterable[str]) -> Iterator[_Action]:
    for report_id in report_ids:
        yield _Action(report_id, _json({"delete": {"_id": report_id}}) + "\n", removes=True)


def _replacements(documents: Iterable[Document]) -> Iterator[_Action]:
    for report_id, body in documents:
        yield _Action(report_id, f"{_json({'index': {'_id': report_id}})}\n{_json(body)}\n", removes=False)


def _changes(documents: Iterable[Document]) -> Iterator[_Action]:
    for report_id, fields in documents:
        yield _Action(report_id, f"{_json({'update': {'_id': report_id}})}\n{_json({'doc': fields})}\n", removes=False)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
