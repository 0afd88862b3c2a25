"""What becomes of each item of a bulk request, by the answers of a server that are written down here."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from indexer.errors import ReportsRefused, StorageFull, StoreError, StoreUnavailable
from indexer.stores import opensearch_bulk
from indexer.stores.opensearch import Missing
from indexer.stores.opensearch_bulk import Bulk

MARKER = "zzmarqueurzz"
BAD = {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": f"Preview of field's value: '{MARKER}'"}}
BUSY = {"status": 429, "error": {"type": "rejected_execution_exception", "reason": "queue full"}}
FULL = {
    "status": 429,
    "error": {"type": "cluster_block_exception", "reason": "disk usage exceeded flood-stage watermark"},
}
DONE = {"status": 201}


@dataclass
class Answering:
    """Answers each report by its id: with what is written down, one after the other, the last for good; else it takes it."""

    said: dict[str, list[dict[str, Any]]]
    place: str = "https://search.example.org:9200"
    patience: float = 0.0
    asked: list[list[str]] = field(default_factory=list)

    def ask(self, _method: str, _path: str, body: str, **_parameters: object) -> dict[str, Any]:
        actions = [one for line in body.splitlines() if (one := json.loads(line)).keys() & {"index", "delete"}]
        self.asked.append([f"{kind} {of['_id']}" for action in actions for kind, of in action.items()])
        items = [{kind: self._answer(of["_id"]) for kind, of in action.items()} for action in actions]
        return {"errors": any("error" in done for item in items for done in item.values()), "items": items}

    def _answer(self, report_id: str) -> dict[str, Any]:
        left = self.said.get(report_id, [DONE])
        return left.pop(0) if len(left) > 1 else left[0]


def write(server: Answering, ids: str, removed: str = "") -> ReportsRefused | None:
    """One letter, one report."""
    bulk = Bulk(server, "index", is_alias=True)  # type: ignore[arg-type]
    return bulk.write([(one, {"body": MARKER}) for one in ids], list(removed))


def kinds(refused: ReportsRefused | None) -> dict[str, str]:
    assert refused is not None
    return refused.kinds


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tries, and no time between them."""
    monkeypatch.setattr(opensearch_bulk, "pauses", lambda _patience: itertools.repeat(None, 3))


def test_what_is_taken_is_sent_once():
    server = Answering({})
    assert write(server, "bc", removed="a") is None
    assert server.asked == [["delete a", "index b", "index c"]]


def test_a_refused_report_is_taken_out_and_the_others_stay():
    server = Answering({"b": [BAD, DONE]})
    assert kinds(write(server, "abc")) == {"b": "mapper_parsing_exception"}
    assert server.asked == [["index a", "index b", "index c"], ["delete b"]]


def test_what_waits_for_a_busy_server_is_sent_again_and_may_be_refused_then():
    server = Answering({"a": [BUSY, BUSY, DONE], "b": [BAD, DONE], "c": [BUSY, BAD, DONE]})
    assert kinds(write(server, "abcd")).keys() == {"b", "c"}
    sent = ["index a", "index b", "index c", "index d"]
    assert server.asked == [sent, ["index a", "index c"], ["index a"], ["delete b", "delete c"]]


def test_requests_after_one_with_a_refusal_are_sent_too(monkeypatch):
    monkeypatch.setattr(opensearch_bulk, "REQUEST_BYTES", 1)
    server = Answering({"a": [BAD, DONE], "c": [BAD, DONE]})
    assert kinds(write(server, "abcd")).keys() == {"a", "c"}
    assert server.asked == [["index a"], ["index b"], ["index c"], ["index d"], ["delete a"], ["delete c"]]


def test_a_server_that_stays_busy_is_said():
    with pytest.raises(StoreUnavailable, match="is overloaded and did not take 1 reports; run the same command again"):
        write(Answering({"a": [BUSY], "b": [BAD]}), "abc")


def error(kind: str, status: int, cause: str | None = None) -> dict[str, Any]:
    caused = {"caused_by": {"type": cause, "reason": MARKER}} if cause else {}
    return {"status": status, "error": {"type": kind, "reason": MARKER, **caused}}


@pytest.mark.parametrize(
    ("answer", "raised", "said"),
    [
        (FULL, StorageFull, "its disk is full; free space there"),
        (error("index_not_found_exception", 404), Missing, "has lost an index; mend it with: radiotheque repair"),
        (error("cluster_block_exception", 403), StoreUnavailable, "the index is set read-only; lift the block"),
        (error("index_closed_exception", 400), StoreUnavailable, "the index is closed; open it"),
        (
            error("mapper_parsing_exception", 400, "knn_circuit_breaker_exception"),
            StoreUnavailable,
            "takes no vectors: it is low on memory",
        ),
        (error("security_exception", 403), StoreError, r"failed at 1 reports \(1 security_exception\)"),
        (error("i_o_exception", 500), StoreError, r"failed at 1 reports \(1 i_o_exception\)"),
    ],
)
def test_what_is_the_matter_of_the_index_refuses_no_report(answer, raised, said):
    with pytest.raises(raised, match=said) as caught:
        write(Answering({"a": [BAD], "b": [answer]}), "abc")
    assert not isinstance(caught.value, ReportsRefused)
    assert MARKER not in str(caught.value)


def test_a_removal_that_fails_is_never_a_refusal():
    with pytest.raises(StoreError, match=r"failed at 1 reports \(1 mapper_parsing_exception\)") as caught:
        write(Answering({"a": [BAD]}), "b", removed="a")
    assert not isinstance(caught.value, ReportsRefused)


def test_a_refusal_counts_kinds_and_names_no_report():
    report = "0123456789abcdef"
    bulk = Bulk(Answering({report: [BAD, DONE]}), "index", is_alias=False)  # type: ignore[arg-type]
    refused = bulk.write([(report, {"body": MARKER})], [])
    assert refused is not None
    assert "https://search.example.org:9200 refused 1 reports (1 mapper_parsing_exception)" in str(refused)
    assert "radiotheque repair" in str(refused)
    for said in (str(refused), repr(refused)):
        assert report not in said
        assert MARKER not in said
