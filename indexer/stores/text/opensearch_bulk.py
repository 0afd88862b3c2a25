"""Writing to an index in bulk: requests of some megabytes, and what becomes of each item of them."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.errors import StorageFull, StoreError, StoreUnavailable
from indexer.stores.opensearch import Missing, Server, pauses
from indexer.stores.text.base import TextDocument
from indexer.stores.text.opensearch_mapping import as_body

REQUEST_BYTES = 10_000_000
"""From which on a request is sent: what a server takes best is 5 to 15 MB."""

_BUSY = frozenset({429, 502, 503, 504})
_FULL = "flood-stage watermark"


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why an item was not taken. What the server says of it stays here: it may quote the report."""

    status: int
    kind: str
    full: bool


def write_bulk(
    server: Server, index: str, documents: Sequence[TextDocument], removed: Sequence[str], *, is_alias: bool
) -> None:
    """Remove reports, then add or replace documents. What a busy server does not take is sent again for a while.

    Raises StoreUnavailable, StorageFull, or StoreError if an item cannot be taken: some of the others may be written then.
    """
    for lines in _requests(documents, removed):
        _send(server, index, lines, is_alias=is_alias)


def _send(server: Server, index: str, lines: list[str], *, is_alias: bool) -> None:
    busy: dict[str, _Refusal] = {}
    for _ in pauses(server.patience):
        # An alias that is gone would otherwise become an index of its own, of any mapping.
        answer = server.ask(
            "POST",
            f"/{index}/_bulk",
            "".join(lines),
            require_alias=is_alias,
            filter_path="errors,items.*.status,items.*.error.type,items.*.error.reason",
        )
        if not answer["errors"]:
            return
        refused = {line: why for line, item in zip(lines, answer["items"], strict=True) if (why := _refusal(item))}
        busy = {line: why for line, why in refused.items() if why.status in _BUSY and not why.full}
        if wrong := [why for line, why in refused.items() if line not in busy]:
            raise _refused(server, wrong)
        lines = list(busy)
        if not lines:
            return
    raise StoreUnavailable(
        f"OpenSearch at {server.place} is overloaded and did not take {len(busy)} reports; run the same command again later"
    )


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
        return Missing(f"{where} has lost the full text's index; mend it with: radiotheque repair")
    if "cluster_block_exception" in kinds:
        return StoreUnavailable(
            f"{where} takes no writing: the index is set read-only; lift the block, then run this again"
        )
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    return StoreError(f"{where} refused {len(refusals)} reports ({said}); the others are written; please report this")


def _requests(documents: Sequence[TextDocument], removed: Sequence[str]) -> Iterator[list[str]]:
    """The lines of every request. Each pair of an action and its document counts as one."""
    lines: list[str] = []
    size = 0
    for line in _lines(documents, removed):
        lines.append(line)
        size += len(line)
        if size >= REQUEST_BYTES:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


def _lines(documents: Sequence[TextDocument], removed: Sequence[str]) -> Iterator[str]:
    for report_id in removed:
        yield _json({"delete": {"_id": report_id}}) + "\n"
    for document in documents:
        yield f"{_json({'index': {'_id': document.report.report_id}})}\n{_json(as_body(document))}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
