"""No text, query or identifier leaves through a log, an address, a message or a `repr` (invariant 6)."""

import io
import json
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import httpx
import pytest

from indexer.errors import RadiothequeError
from indexer.settling import Settler
from indexer.stores.catalog.catalog import open_catalog
from indexer.stores.filters import Filters
from tests.integration.bench import Bench, write_jsonl
from tests.integration.serving import serving

MARKER = "zqxmarkervtk"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """Records whose id, patient, text and metadata hold the marker: good ones, and one of every quarantined kind."""
    good = {"id": MARKER, "patient_id": f"p-{MARKER}", "text": f"Radiographie du genou. {MARKER}. Pas de fracture."}
    records = [
        good,
        {**good, "id": f"{MARKER}-2", "site": MARKER},
        {**good, "text": f"Autre contenu. {MARKER}"},
        {**good, "id": f"{MARKER}-3", "exam_date": MARKER},
        {**good, "id": f"{MARKER}-4", "text": f"\0{MARKER}"},
        {**good, "id": f"{MARKER}-5", "text": MARKER * 100},
        {**good, "id": f"{MARKER}-6", "text": ""},
        {**good, "id": ""},
    ]
    path = write_jsonl(tmp_path / "reports.jsonl", records)
    with path.open("ab") as stream:
        stream.write(f'{{"id": "{MARKER}-7", "text": "{MARKER} \\ud800"}}\n'.encode())
        stream.write(f'{{"id": "{MARKER}", \n'.encode())
        stream.write(f'{{"id": "{MARKER}", "text": "\xe9{MARKER}"}}\n'.encode("cp1252"))
    return path


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, at DEBUG, but for the tests' own client: it names the addresses that it asks."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def filled(new_bench, marked, log) -> Bench:
    # What the gate keeps out is test_gate's concern: here the marker is let in, to see that it stays inside.
    bench: Bench = new_bench(max_text_chars=500, index_batch=2, privacy_policy="off", privacy_off_acknowledged="true")
    outcome = bench.ok("index", marked, "--namespace", "north")
    assert outcome.counts() == (11, 2, 0, 9)
    assert MARKER not in outcome.said
    return bench


def test_indexing_says_nothing_of_a_record(filled, log):
    for command in (["status"], ["quarantine", "list"], ["repair"], ["rebuild"], ["doctor"]):
        outcome = filled.ok(*command)
        assert MARKER not in outcome.said
    assert log.getvalue(), "the log was listened to"
    assert MARKER not in log.getvalue()


def test_the_catalog_of_runs_holds_no_identifier(filled):
    (run,) = filled.runs()
    assert MARKER not in json.dumps([run.sources, run.settings])


def test_a_retry_says_nothing_of_a_record(filled, log):
    outcome = filled.ok("quarantine", "retry", max_text_chars=5000)
    assert MARKER not in outcome.said
    assert MARKER not in log.getvalue()


def test_a_failed_search_does_not_repeat_the_query(filled, log):
    for query in (f'-"{MARKER}"', f"{MARKER} " * 3000):
        outcome = filled.run("search", "--", query)
        assert outcome.code == 2
        assert MARKER not in outcome.said
    for command in (["search", "foie", "--from", MARKER], ["delete", MARKER, "--yes"]):
        outcome = filled.run(*command)
        assert outcome.code == 2
        assert MARKER not in outcome.said
    assert MARKER not in log.getvalue()


def test_a_search_is_in_no_log(filled, log):
    outcome = filled.ok("search", MARKER)
    assert MARKER in outcome.out
    assert MARKER not in outcome.err
    assert MARKER not in log.getvalue()


def test_the_api_logs_no_request_whatever_becomes_of_it(filled, log, capfd):
    with serving(filled.settings()) as api:
        api.ready()
        hit = api.search(text=MARKER, filters={"sites": [MARKER]})["hits"][0]
        assert MARKER in hit["passages"][0]["text"]
        api.post(f"reports/{hit['report_id']}/highlights", text=MARKER)
        api.get(f"reports/{hit['report_id']}")
        api.search(like={"text": f"Un compte rendu. {MARKER}"})
        wrong = [
            api.post("search", text=[MARKER]),
            api.post("search", mode=MARKER),
            api.post("search", filters={"date_from": MARKER, "modalities": [MARKER], "age_min": MARKER}),
            api.post("search", like={"report_id": MARKER}),
            api.post("search", text=f'-"{MARKER}"'),
            api.get(f"reports/{MARKER}"),
            api.get(MARKER),
            api.client.post("/v1/search", content=MARKER.encode(), headers={"content-type": "application/json"}),
        ]
        with mock.patch("api.routes.search.run_search", side_effect=RuntimeError(MARKER)):
            wrong.append(api.post("search", text=MARKER))
        with mock.patch("api.routes.search.run_search", side_effect=RadiothequeError("a sentence")):
            wrong.append(api.post("search", text=MARKER))
    assert [response.status_code for response in wrong] == [422, 422, 422, 404, 400, 422, 404, 422, 500, 503]
    assert all(set(response.json()) == {"error"} for response in wrong)
    for response in wrong:
        assert MARKER not in response.text
        assert MARKER not in str(response.headers)
    printed = capfd.readouterr()
    assert MARKER not in log.getvalue() + printed.out + printed.err


def test_a_served_process_logs_no_request(filled, tmp_path):
    """The command itself, with a library's debug log turned on for good measure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **filled.environment(), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "log").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--port", str(port)], env=environment, stdout=said, stderr=said
        )
        try:
            _wait_until_ready(port, process)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", timeout=30) as client:
                found = client.post("/search", json={"text": MARKER})
                assert MARKER in found.text
                assert client.post("/search", json={"mode": MARKER}).status_code == 422
                assert client.get(f"/reports/{MARKER}").status_code == 422
                assert client.get("/reports/" + found.json()["hits"][0]["report_id"]).status_code == 200
        finally:
            process.terminate()
            process.wait(20)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert f"http://127.0.0.1:{port}/v1" in log
    assert MARKER not in log
    assert found.json()["hits"][0]["report_id"] not in log


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the API ended"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/v1/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the API was never ready")


def test_no_repr_shows_what_it_holds(filled):
    from api.query import parse_pasted, parse_query
    from api.retrieval import Question
    from api.schemas import SearchMode

    with open_catalog(filled.data / "catalog.sqlite", read_only=True) as catalog:
        reports = catalog.reports.get([report_id for report_id, _ in catalog.reports.walk()])
        aside = catalog.quarantine.list()
    query = parse_query(MARKER)
    objects = [
        *reports.values(),
        *aside,
        query,
        query.lexical,
        parse_pasted(MARKER),
        Question(query, None, Filters(), SearchMode.HYBRID),
    ]
    assert len(objects) > 12
    for found in objects:
        assert MARKER not in repr(found)
        assert MARKER not in str(found)


def test_an_unexpected_error_on_the_way_carries_no_text(filled, marked, log):
    """A defect in the middle of a run: what is logged and raised on purpose has nothing of the record."""
    with mock.patch.object(Settler, "store", side_effect=RadiothequeError("a sentence")):
        marked.write_text(
            marked.read_text(encoding="utf-8", errors="ignore").replace("genou", "coude"), encoding="utf-8"
        )
        outcome = filled.run("index", marked)
    assert outcome.code == 1
    assert outcome.sentence() == "a sentence"
    assert MARKER not in outcome.said + log.getvalue() + "".join(traceback.format_stack())
