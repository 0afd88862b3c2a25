"""The gate in the whole: what identifies never reaches a store, and an operator's decisions hold."""

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from indexer.report import IdentifierCategory, Policy
from indexer.stores.catalog.catalog import open_catalog
from indexer.workspace import write_lock
from tests.integration.bench import Bench, read_jsonl, write_jsonl
from tests.integration.serving import serving

MARKER = "Zqxmarqueur"
BIRTH = "03/02/1951"
NAMED = {
    "id": "n1",
    "patient_id": "p1",
    "patient_name": f"{MARKER} Vtkprenom",
    "birth_date": "1951-02-03",
    "text": f"Patiente : Mme Vtkprenom {MARKER.upper()}, née le {BIRTH}.\nScanner thoracique du 4 mai 2021.\n"
    f"Résultats : nodule de 8 mm. Kyste de Baker.\nConclusion : revoir {MARKER.lower()} dans un an.",
    "exam_date": "2021-05-04",
}
CLEAN = {"id": "c1", "text": "Scanner thoracique.\nRésultats : pas de nodule.\nConclusion : examen normal."}
SECRETS = (MARKER, "Vtkprenom", BIRTH)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "source.jsonl", [NAMED, CLEAN])


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, at DEBUG."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def holding(folder: Path, *apart: str) -> list[str]:
    """Files below a folder in which a secret stands, in any case and in UTF-8 or UTF-16."""
    wanted = [form for secret in SECRETS for form in (secret, secret.upper(), secret.lower())]
    needles = [form.encode(encoding) for form in wanted for encoding in ("utf-8", "utf-16-le")]
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in apart and any(n in path.read_bytes() for n in needles)
    ]


def cells_holding(catalog: Path) -> set[tuple[str, str]]:
    """Tables and columns of the catalog in which a secret stands."""
    found = set()
    with closing(sqlite3.connect(catalog)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            cursor = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 (names of the schema itself)
            columns = [column[0] for column in cursor.description]
            for row in cursor:
                for column, value in zip(columns, row, strict=True):
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
                    if any(secret.casefold() in text.casefold() for secret in SECRETS):
                        found.add((table, column))
    return found


@pytest.mark.parametrize("policy", [Policy.VERIFY, Policy.REDACT, Policy.SURROGATE])
def test_an_identifier_reaches_no_store_log_or_message(new_bench, source, log, policy):
    bench = new_bench(privacy_policy=policy.value)
    outcome = bench.ok("index", source)
    held = 1 if policy is Policy.VERIFY else 0
    assert outcome.counts() == (2, 2 - held, 0, held)
    said = [outcome.said, bench.ok("status").said, bench.ok("quarantine", "list").said]
    said += [bench.ok("search", word).said for word in ("nodule", "examen normal")]
    assert holding(bench.data / "text") + holding(bench.data / "vectors") == []
    # Held back, the record itself waits in the quarantine for an operator, and nowhere else.
    assert cells_holding(bench.data / "catalog.sqlite") == ({("quarantine", "raw")} if held else set())
    if not held:
        assert holding(bench.data, "reports.jsonl") == []
    for secret in SECRETS:
        assert secret.casefold() not in ("".join(said) + log.getvalue()).casefold()


def test_a_redacted_report_is_searchable_and_carries_marks(new_bench, source):
    bench = new_bench(privacy_policy="redact")
    bench.ok("index", source)
    (found,) = bench.find('"kyste de baker"')
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        report = catalog.reports.get([found])[found]
        run = catalog.runs.recent(1)[0]
    assert report.text.startswith("Patiente : Mme [NOM], née le [DATE DE NAISSANCE].\nScanner thoracique du [DATE].")
    assert "revoir [NOM] dans un an" in report.text
    assert report.screening.found[IdentifierCategory.NAME] == 2
    assert (run.settings["privacy policy"], run.identifiers["name"]) == ("redact", 2)


def test_surrogates_move_the_exam_with_the_dates_of_its_text(new_bench, source):
    bench = new_bench(privacy_policy="surrogate")
    bench.ok("index", source)
    (found,) = bench.find('"kyste de baker"')
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        report = catalog.reports.get([found])[found]
    day = report.metadata.exam_date
    assert day.isoformat() != "2021-05-04"
    assert f"Scanner thoracique du {day.day} " in report.text
    assert str(day.year) in report.text
    assert bench.ok("index", source).counts() == (2, 0, 2, 0)


def test_a_released_record_is_indexed_as_it_is_and_stays_so(new_bench, source):
    bench = new_bench()
    bench.ok("index", source, "--namespace", "north")
    shown = bench.ok("quarantine", "show", 1).out
    assert MARKER.upper() in shown
    assert "(name)" in shown
    refused = bench.run("quarantine", "release", 1, "--reason", " ")
    assert (refused.code, "needs its reason" in refused.sentence()) == (2, True)
    released = bench.ok("quarantine", "release", 1, "--reason", "fictif", "--who", "Dr Essai")
    assert "1 of 1 released and indexed" in released.out
    assert len(bench.find('"kyste de baker"')) == 1
    assert bench.agrees()
    # The same record met again passes, under the id that its namespace gives it.
    assert bench.ok("index", source, "--namespace", "north").counts() == (2, 0, 2, 0)
    assert "released by Dr Essai" in bench.ok("quarantine", "show", 1).out
    assert "fictif" in bench.ok("quarantine", "show", 1).out


def test_a_rejected_record_stays_out_and_is_not_tried_again(new_bench, source):
    bench = new_bench()
    bench.ok("index", source)
    bench.ok("quarantine", "reject", 1, "--reason", "names the patient")
    assert bench.ok("index", source).counts() == (2, 0, 1, 1)
    assert "rejected" in bench.ok("quarantine", "list").out
    assert "0 of 1 indexed" in bench.ok("quarantine", "retry").out
    assert bench.find('"kyste de baker"') == []


def test_only_what_the_gate_held_back_can_be_released(new_bench, tmp_path):
    bench = new_bench()
    bench.ok("index", write_jsonl(tmp_path / "empty.jsonl", [{"id": "e", "text": " "}]))
    refused = bench.run("quarantine", "release", 1, "--reason", "why not")
    assert (refused.code, "was not held back by the gate" in refused.sentence()) == (2, True)


def test_a_changed_policy_and_retry_bring_a_held_record_in_redacted(new_bench, source):
    bench = new_bench()
    bench.ok("index", source)
    assert "1 of 1 indexed" in bench.run("quarantine", "retry", privacy_policy="redact").out
    assert holding(bench.data / "text") == []
    assert bench.agrees()


def test_what_passes_in_a_later_run_waits_no_longer(new_bench, source):
    bench = new_bench()
    bench.ok("index", source)
    assert bench.run("index", source, privacy_policy="redact").counts() == (2, 1, 1, 0)
    assert bench.ok("quarantine", "list").out.strip() == "The quarantine is empty."


def test_a_decision_while_another_command_writes_is_refused_and_can_be_given_again(new_bench, source):
    bench: Bench = new_bench()
    bench.ok("index", source)
    with serving(bench.settings()) as api:
        api.ready(snapshot=bench.snapshot())
        with write_lock(bench.data):
            refused = api.post("quarantine/1/decision", verdict="rejected", who="Dr Essai", why="a name")
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "locked")
        assert api.get("quarantine").json()["total"] == 1
        assert api.post("quarantine/1/decision", verdict="rejected", who="Dr Essai", why="a name").json() == {
            "indexed": 0,
            "waiting": 0,
        }


def test_off_must_be_acknowledged_and_is_shown(new_bench, source):
    bench = new_bench()
    refused = bench.run("index", source, privacy_policy="off")
    assert (refused.code, "RADIOTHEQUE_PRIVACY_OFF_ACKNOWLEDGED" in refused.sentence()) == (2, True)
    off = {"privacy_policy": "off", "privacy_off_acknowledged": "true"}
    assert bench.run("index", source, **off).counts() == (2, 2, 0, 0)
    assert "the gate is off" in bench.run("status", **off).said


def test_the_planted_corpus_is_caught_whole_and_nothing_else(new_bench, tmp_path):
    bench = new_bench()
    bench.ok("demo-corpus", "--reports", 600, "--seed", 4, "--out", tmp_path / "planted")
    truth = read_jsonl(tmp_path / "planted" / "truth.jsonl")
    planted = {row["id"] for row in truth if row["identifiers"]}
    assert 4 <= len(planted) <= 25
    outcome = bench.ok("index", tmp_path / "planted" / "reports.jsonl")
    assert outcome.counts() == (600, 600 - len(planted), 0, len(planted))
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        held = {json.loads(entry.record.raw or "{}")["id"] for entry in catalog.quarantine.list(limit=1000)}
    assert held == planted


def test_the_gate_is_measured_from_the_command_line(new_bench, tmp_path):
    text = "Mme Vtkprenom DUPONT, kyste de Baker."
    annotated = {"text": text, "spans": [{"start": 4, "end": 20, "label": "NAME"}]}
    path = write_jsonl(tmp_path / "annotated.jsonl", [annotated])
    bench = new_bench()
    assert json.loads(bench.ok("evaluate-privacy", path, "--json").out) == {
        "recall": 1.0,
        "over_redaction": 0.0,
        "by_label": {"NAME": {"recall": 1.0, "n": 1}},
    }
    assert "1.000" in bench.ok("evaluate-privacy", path).out


# The review over HTTP.


def test_what_waits_is_listed_shown_and_decided_over_http(new_bench, source):
    bench: Bench = new_bench()
    bench.ok("index", source)
    with serving(bench.settings()) as api:
        api.ready(snapshot=bench.snapshot())
        listed = api.get("quarantine").json()
        assert (listed["policy"], listed["total"]) == ("verify", 1)
        assert listed["held"][0]["categories"]["name"] == 2
        assert MARKER.casefold() not in json.dumps(listed).casefold()
        shown = api.get("quarantine/1").json()
        marked = [shown["text"][i["start"] : i["end"]] for i in shown["identifiers"]]
        assert f"Vtkprenom {MARKER.upper()}" in marked
        assert api.post("quarantine/1/decision", verdict="released", who="", why="x").status_code == 422
        assert api.post("quarantine/1/decision", verdict="released", who="Dr\0Essai", why="x").status_code == 422
        assert api.get("quarantine/7").status_code == 404
        answer = api.post("quarantine/1/decision", verdict="released", who="Dr Essai", why="fictif").json()
        assert answer == {"indexed": 1, "waiting": 0}
        api.ready(snapshot=bench.snapshot())
        assert api.search(text='"kyste de baker"')["total"] == 1
        assert api.get("quarantine/1").json()["decisions"][0]["who"] == "Dr Essai"
        again = api.post("quarantine/1/decision", verdict="rejected", who="Dr Essai", why="no")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "decided_already")
        assert api.get(f"quarantine/{10**30}").status_code == 422
    assert bench.agrees()
