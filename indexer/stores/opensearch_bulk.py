"""Writing to an index in bulk: requests of some megabytes, and what becomes of each item of them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.errors import StorageFull, StoreError, StoreUnavailable
from indexer.stores.opensearch import Missing, Server, pauses

REQUEST_BYTES = 10_000_000
"""From which on a request is sent: what a server takes best is 5 to 15 MB."""

Document = tuple[str, Mapping[str, Any]]
"""A report's id, and the report as the index takes it."""

_BUSY = frozenset({429, 502, 503, 504})
_FULL = "flood-stage watermark"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why an item was not taken. What the server says of it stays here: it may quote the report."""

    status: int
    kind: str
    full: bool


class Bulk:
    """Collects what is to be written to an index or alias, and sends it in requests of some megabytes."""

    def __init__(self, server: Server, index: str, *, is_alias: bool) -> None:
        self._server = server
        self._index = index
        self._is_alias = is_alias
        self._lines: list[str] = []
        self._size = 0

    def add(self, documents: Iterable[Document], removed: Sequence[str]) -> None:
        """Remove reports, then add or replace documents; sends what makes a full request. Raises what `send` does."""
        for line in _lines(documents, removed):
            self._lines.append(line)
            self._size += len(line)
            if self._size >= REQUEST_BYTES:
                self.send()

    def send(self) -> None:
        """Send what is left. What a busy server does not take is sent again for a while.

        Raises StoreUnavailable, StorageFull, or StoreError if an item cannot be taken: some of the others may be written then.
        """
        lines, self._lines, self._size = self._lines, [], 0
        for _ in pauses(self._server.patience):
            lines = self._sent(lines)
            if not lines:
                return
        raise StoreUnavailable(
            f"OpenSearch at {self._server.place} is overloaded and did not take {len(lines)} reports; "
            "run the same command again later"
        )

    def _sent(self, lines: list[str]) -> list[str]:
        """Send lines; those that the server is too busy for are returned."""
        if not lines:
            return []
        # An alias that is gone would otherwise become an index of its own, of any mapping.
        answer = self._server.ask(
            "POST",
            f"/{self._index}/_bulk",
            "".join(lines),
            require_alias=self._is_alias,
            filter_path="errors,items.*.status,items.*.error.type,items.*.error.reason",
        )
        if not answer["errors"]:
            return []
        refused = {line: why for line, item in zip(lines, answer["items"], strict=True) if (why := _refusal(item))}
        busy = [line for line, why in refused.items() if why.status in _BUSY and not why.full]
        if wrong := [refused[line] for line in refused.keys() - set(busy)]:
            raise _refused(self._server, wrong)
        return busy


def _refusal(item: dict[str, Any]) -> _Refusal | None:
    (done,) = item.values()
    if "error" not in done:  # one that is to be removed and is not there is none
        return None
    error = done["error"]
    return _Refusal(done["status"], error["type"], _FULL in error.get("reason", ""))


def _refused(server: Server, refusals: Sequence[_Refusal]) -> StoreError:
    where = f"OpenSearch at {server.place}"
    if any(one.full for one in refusals):
        return StorageFull(
            f"{where} takes no writing: its disk is full; free space there, and run the same command again"
        )
    kinds = Counter(one.kind for one in refusals)
    if "index_not_found_exception" in kinds:
        return Missing(f"{where} has lost an index; mend it with: radiotheque repair")
    if "cluster_block_exception" in kinds:
        return StoreUnavailable(
            f"{where} takes no writing: the index is set read-only; lift the block, then run this again"
        )
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return StoreError(f"{where} refused {len(refusals)} reports ({said}); the others are written; please report this")


def _lines(documents: Iterable[Document], removed: Sequence[str]) -> Iterator[str]:
    """A line for each action, together with that of its document."""
    for report_id in removed:
        yield _json({"delete": {"_id": report_id}}) + "\n"
    for report_id, body in documents:
        yield f"{_json({'index': {'_id': report_id}})}\n{_json(body)}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
