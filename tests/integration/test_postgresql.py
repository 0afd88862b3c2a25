"""An index with its catalog on PostgreSQL: the commands, the API, kills, restarts of the server, and the move to it."""

import re
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from indexer.encoders.sentence_transformer import SentenceTransformerEncoder, load_encoder
from indexer.pipeline import Pipeline
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import Step
from indexer.stores.catalog import postgresql
from indexer.stores.catalog.base import RunOutcome, Store
from indexer.workspace import open_workspace
from tests.integration import dying
from tests.integration.bench import Bench, make_bench, read_jsonl, write_jsonl
from tests.integration.serving import serving
from tests.rig.postgres import PASSWORD

REPORTS = 40  # five batches of eight


@pytest.fixture(scope="module")
def in_a_file(tmp_path_factory, tiny_model, corpus):
    """What the stores hold after the same run with the catalog in a file."""
    bench = make_bench(tmp_path_factory.mktemp("file") / "data", tiny_model, index_batch=8)
    assert bench.ok("index", corpus).counts() == (REPORTS, REPORTS, 0, 0)
    return bench.held()


@pytest.fixture
def bench(new_bench, postgres) -> Bench:
    """An empty data folder, and an empty database beside it."""
    return new_bench(index_batch=8, catalog_url=postgres.url)


def resumes(bench: Bench, corpus: Path, expected) -> None:
    read, indexed, unchanged, quarantined = bench.ok("index", corpus).counts()
    assert (read, indexed + unchanged, quarantined) == (REPORTS, REPORTS, 0)
    assert bench.agrees()
    assert bench.held() == expected
    assert bench.runs()[0].outcome is RunOutcome.FINISHED
    assert len(bench.find("pas de fracture", "--limit", 5)) == 5


def test_the_index_is_the_same_as_with_a_file_and_no_file_is_made(indexed, corpus, in_a_file):
    assert indexed.held() == in_a_file
    assert not (indexed.data / "catalog.sqlite").exists()
    assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)
    assert indexed.agrees()
    for command in (["status"], ["doctor"], ["quarantine", "list"]):
        outcome = indexed.ok(*command)
        assert PASSWORD not in outcome.said
    assert re.search(r"40 reports, test_\d+ on 127\.0\.0\.1", indexed.ok("status").out)


def test_a_search_over_the_api_reads_from_it_and_goes_on_after_a_restart(indexed, postgres):
    with serving(indexed.settings()) as api:
        api.ready()
        hits = api.search(text="pas de fracture", limit=10)["hits"]
        assert len(hits) == 10
        postgres.server.restart()
        assert api.search(text="pas de fracture", limit=10)["hits"] == hits
        assert api.get(f"reports/{hits[0]['report_id']}").status_code == 200


def test_a_changed_and_a_deleted_report_reach_every_store(indexed, corpus, tmp_path):
    records = read_jsonl(corpus)
    records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
    changed = write_jsonl(tmp_path / "changed.jsonl", records)
    assert indexed.ok("index", changed).counts() == (REPORTS, 1, REPORTS - 1, 0)
    (found,) = indexed.find('"xanthogranulome fictif"')
    indexed.ok("delete", found, "--yes")
    assert all(found not in held and len(held) == REPORTS - 1 for held in indexed.held().values())
    assert indexed.agrees()


@pytest.mark.parametrize("step", [Step.CATALOG_WRITTEN, Step.TEXT_COMMITTED, Step.SETTLED], ids=lambda step: step.name)
def test_an_indexer_killed_beside_any_write_is_finished_by_the_next_run(bench, corpus, in_a_file, step):
    dying.killed(dying.index_until, bench.settings(), corpus, step, 2)
    assert bench.runs()[0].outcome is RunOutcome.RUNNING
    resumes(bench, corpus, in_a_file)
    assert bench.runs()[1].outcome is RunOutcome.INTERRUPTED


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.name)
def test_a_run_goes_on_over_a_restart_of_the_server_between_two_writes(bench, corpus, in_a_file, postgres, step):
    reached = 0

    def restart(passed: Step) -> None:
        nonlocal reached
        reached += passed is step
        if passed is step and reached == 2:
            postgres.server.restart()

    settings = bench.settings()
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity, restart) as workspace:
        pipeline = Pipeline(workspace, encoder, on_step=restart)
        result = pipeline.run([open_source(corpus, Mapping.parse([]))])
    assert reached >= 2
    assert (result.counts.read, result.counts.indexed) == (REPORTS, REPORTS)
    assert bench.agrees()
    assert bench.held() == in_a_file


@pytest.mark.parametrize("death", ["stop", "kill"])
def test_a_run_without_its_server_ends_with_one_sentence_and_the_next_one_finishes(
    bench, corpus, in_a_file, postgres, death
):
    encode, batches = SentenceTransformerEncoder.encode_passages, 0

    def encode_and_stop(self, texts):
        nonlocal batches
        batches += 1
        if batches == 3:
            getattr(postgres.server, death)()
        return encode(self, texts)

    with mock.patch.object(SentenceTransformerEncoder, "encode_passages", encode_and_stop):
        outcome = bench.run("index", corpus)
    assert outcome.code == 1
    assert "cannot be reached; check that the server runs" in outcome.sentence()
    assert PASSWORD not in outcome.said
    postgres.server.start()
    assert {store: len(held) for store, held in bench.held().items()} == {"catalog": 16, "text": 16, "vectors": 16}
    resumes(bench, corpus, in_a_file)


@pytest.mark.parametrize("store", list(Store))
def test_a_store_that_is_lost_is_made_anew_from_it(indexed, in_a_file, store):
    folder = indexed.data / store.value
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    assert indexed.run("status").code == 1
    indexed.ok("repair")
    assert indexed.agrees()
    indexed.ok("rebuild", "--store", store.value)
    assert indexed.held() == in_a_file
    assert indexed.agrees()


def test_a_second_indexer_from_another_folder_is_refused(indexed, corpus, new_bench, monkeypatch):
    monkeypatch.setattr(postgresql, "HOLD_SECONDS", 0.2)
    other = new_bench("other", catalog_url=indexed.options["catalog_url"])
    settings = indexed.settings()
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity):
        outcome = other.run("index", corpus)
        assert outcome.code == 1
        assert "is being written to by another process; try again when it is done" in outcome.sentence()
        assert indexed.agrees()
    assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)


def test_without_an_index_every_command_says_how_to_make_one_and_makes_nothing(bench, corpus, postgres):
    for command in (["status"], ["repair"], ["search", "foie"]):
        assert "make one with: radiotheque index FILE" in bench.run(*command).sentence()
    assert bench.ok("index", corpus, "--dry-run").counts() == (REPORTS, REPORTS, 0, 0)
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]


@pytest.mark.parametrize("url", [f"mysql://me:{PASSWORD}@host/x", f"postgres://me:{PASSWORD}@host/x", PASSWORD])
def test_a_url_that_is_none_is_refused_by_its_variable_and_not_shown(bench, url):
    outcome = bench.run("status", catalog_url=url)
    assert outcome.code == 2
    assert outcome.sentence().startswith("settings cannot be used: RADIOTHEQUE_CATALOG_URL: ")
    assert PASSWORD not in outcome.said


@pytest.fixture
def filed(new_bench, corpus) -> Bench:
    """A data folder with the 40 reports, one of them in quarantine, and its catalog in a file."""
    bench = new_bench("filed", index_batch=8)
    bench.ok("index", corpus)
    bad = write_jsonl(bench.data.parent / "bad.jsonl", [{"id": "1", "text": ""}])
    assert bench.ok("index", bad).counts() == (1, 0, 0, 1)
    return bench


def test_the_catalog_moves_to_a_server_and_everything_goes_on_there(filed, corpus, postgres, monkeypatch, in_a_file):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    moved = filed.ok("catalog", "migrate", "--to", postgres.url_without_password)
    assert re.search(r"report_content\s+│ 40 +│ [0-9a-f]{32}", moved.out)
    assert f"RADIOTHEQUE_CATALOG_URL={postgres.url_without_password}" in moved.out
    assert "Copying and verifying" in moved.err
    served = replace(filed, options={**filed.options, "catalog_url": postgres.url_without_password})
    (filed.data / "catalog.sqlite").rename(filed.data / "kept.sqlite")
    assert served.agrees()
    assert served.held() == in_a_file
    assert served.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)
    assert [run.run_id for run in served.runs()] == [3, 2, 1]
    assert "1 in quarantine: missing or empty text" in served.ok("status").out
    again = served.run("catalog", "migrate", "--to", postgres.url_without_password)
    assert (again.code, "is not empty" in again.sentence()) == (2, True)


def test_the_way_back_to_a_file(filed, postgres, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    filed.ok("catalog", "migrate", "--to", postgres.url_without_password)
    served = replace(filed, options={**filed.options, "catalog_url": postgres.url_without_password})
    (filed.data / "catalog.sqlite").rename(filed.data / "kept.sqlite")
    served.ok("catalog", "migrate", "--to", f"sqlite:///{filed.data / 'catalog.sqlite'}")
    assert filed.agrees()


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda url: url, 2, "--to has a password in it, which every user of this machine can see"),
        (lambda url: "mysql://host/x", 2, "--to cannot be used; wanted: postgresql://"),
        (lambda url: url.replace(f":{PASSWORD}", "") + "missing", 1, "does not exist"),
        (lambda url: "postgresql://me@127.0.0.1:port/x", 1, "the catalog's URL cannot be understood"),
    ],
    ids=["password", "engine", "database", "not understood"],
)
def test_a_move_that_cannot_be_made_is_one_sentence_and_changes_nothing(
    filed, postgres, monkeypatch, change, code, said
):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    outcome = filed.run("catalog", "migrate", "--to", change(postgres.url))
    assert outcome.code == code
    assert said in outcome.sentence()
    assert PASSWORD not in outcome.said
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert filed.agrees()


def test_a_catalog_that_is_being_written_to_does_not_move(filed, postgres, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    settings = filed.settings()
    with open_workspace(settings, load_encoder(settings).identity):
        outcome = filed.run("catalog", "migrate", "--to", postgres.url_without_password)
    assert outcome.code == 1
    assert "another radiotheque command is writing" in outcome.sentence()
