"""Every command as a user meets it: kinds of files, dry runs, help, and a first search with the bundled encoder."""

import csv
import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.main import get_command

from api.__main__ import app
from indexer.stores.catalog.catalog import open_catalog
from tests.integration.bench import Bench, read_jsonl, write_jsonl
from tests.rig.parts import missing

ROOT = Path(__file__).parents[2]
DEV_REPORTS = ROOT.parent / "shared" / "dev_reports"
REPORTS = 40


@pytest.fixture(scope="session")
def records(corpus: Path) -> list[dict[str, Any]]:
    return read_jsonl(corpus)


def as_csv(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "reports.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(records[0]), delimiter=";")
        writer.writeheader()
        writer.writerows({**record, "regions": ",".join(record["regions"])} for record in records)
    return path


def as_gzip(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "reports.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(record) + "\n" for record in records)
    return path


def as_parquet(folder: Path, records: list[dict[str, Any]]) -> Path:
    path = folder / "reports.parquet"
    pq.write_table(pa.Table.from_pylist(records), path)
    return path


@pytest.mark.parametrize("written", [as_csv, as_gzip, as_parquet])
def test_the_same_reports_in_another_kind_of_file_are_the_same_reports(indexed, records, tmp_path, written):
    before = indexed.held()
    assert indexed.ok("index", written(tmp_path, records)).counts() == (REPORTS, 0, REPORTS, 0)
    assert indexed.held() == before


def test_a_folder_of_text_files_is_indexed(bench, records, tmp_path):
    folder = tmp_path / "textes"
    folder.mkdir()
    for record in records[:5]:
        (folder / f"{record['id']}.txt").write_text(record["text"], encoding="utf-8")
    assert bench.ok("index", folder).counts() == (5, 5, 0, 0)
    assert bench.agrees()


def test_a_declared_mapping_and_an_old_encoding_are_read(bench, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes("NUM;COMPTE_RENDU;MOD\n1;Échographie du cœur, fraction préservée;US\n".encode("cp1252"))
    mapped = ["--map", "id=NUM", "--map", "text=COMPTE_RENDU", "--map", "modality=MOD", "--encoding", "windows-1252"]
    assert bench.ok("index", path, *mapped).counts() == (1, 1, 0, 0)
    assert len(bench.find('"échographie du cœur"', "--modality", "US")) == 1


def test_a_report_in_another_language_is_noted_as_such(bench, tmp_path):
    english = (
        "CT of the chest without contrast. Indication: chronic cough. There is no pleural effusion. There is no "
        "suspicious nodule in either lung. The heart is of normal size. Conclusion: normal examination of the chest."
    )
    records = [{"id": "e", "text": english}, {"id": "f", "text": english, "language": "fr"}]
    bench.ok("index", write_jsonl(tmp_path / "other.jsonl", records))
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        reports = catalog.reports.get([report_id for report_id, _state in catalog.reports.walk()])
    assert sorted(report.metadata.language for report in reports.values()) == ["en", "fr"]


def test_several_sources_are_one_run(bench, corpus, tmp_path):
    other = tmp_path / "autre.txt"
    other.write_text("Radiographie du genou. Pas de fracture.", encoding="utf-8")
    assert bench.ok("index", corpus, other).counts() == (REPORTS + 1, REPORTS + 1, 0, 0)
    assert bench.runs()[0].sources == ("reports.jsonl", "autre.txt")


def test_a_limit_reads_no_more_over_all_sources(bench, corpus):
    assert bench.ok("index", corpus, corpus, "--limit", 13).counts() == (13, 13, 0, 0)
    assert bench.agrees()


def test_a_dry_run_on_a_new_data_folder_writes_nothing(bench, corpus):
    before = sorted(bench.data.rglob("*"))
    outcome = bench.ok("index", corpus, "--dry-run")
    assert outcome.counts() == (REPORTS, REPORTS, 0, 0)
    assert "Would be" in outcome.out
    assert sorted(bench.data.rglob("*")) == before


def test_a_dry_run_on_an_index_tells_what_would_be_and_writes_nothing(indexed, corpus, tmp_path):
    changed = tmp_path / "changed.jsonl"
    lines = corpus.read_text(encoding="utf-8").splitlines()
    changed.write_text(
        "\n".join([lines[0].replace("Pas de", "Absence de"), *lines[1:], '{"id": "x"}']), encoding="utf-8"
    )
    before, snapshot, runs = indexed.held(), indexed.snapshot(), indexed.runs()
    outcome = indexed.ok("index", changed, "--dry-run")
    read, fresh, unchanged, quarantined = outcome.counts()
    assert (read, fresh + unchanged, quarantined) == (REPORTS + 1, REPORTS, 1)
    assert (indexed.held(), indexed.snapshot(), indexed.runs()) == (before, snapshot, runs)
    assert indexed.ok("quarantine", "list").out.strip() == "The quarantine is empty."


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not hasattr(group, "commands"):
        return [path]
    return [found for name, command in group.commands.items() for found in commands(command, (*path, name))]


COMMANDS = commands(get_command(app))


def test_every_command_that_was_promised_is_there():
    names = {" ".join(path) for path in COMMANDS}
    quarantine = {f"quarantine {name}" for name in ("list", "show", "retry", "release", "reject")}
    assert names == quarantine | {
        *("demo", "demo-corpus", "index", "status", "repair", "rebuild", "rollback", "delete"),
        *("search", "serve", "app", "evaluate", "evaluate-privacy", "evaluate-findings", "reanalyse", "doctor"),
        *(f"lexicon {name}" for name in ("search", "check", "stats")),
        "catalog migrate",
    }


@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_the_help_of_every_command_shows_an_example_of_it(bench, command):
    shown = bench.ok(*command, "--help").out
    assert re.search(rf"Example:.*\bradiotheque\b.*\b{command[-1]}\b", shown)


def test_doctor_finds_everything_in_order(indexed):
    shown = indexed.ok("doctor").out
    assert shown.count(" ok ") == 7
    assert "40 reports" in shown


def test_doctor_says_what_is_wrong(indexed):
    (indexed.data / "vectors" / "CURRENT").write_text("00009999")
    outcome = indexed.run("doctor")
    assert outcome.code == 1
    assert "wrong" in outcome.out
    assert "Traceback" not in outcome.said


def test_status_tells_what_is_indexed(indexed):
    shown = indexed.ok("status").out
    for said in ("40 reports", "tiny-bert, 32 dimensions", f"{indexed.snapshot()}, verified", "finished"):
        assert said in shown


def test_search_prints_a_readable_table(indexed):
    shown = indexed.ok("search", "pas de fracture", "--limit", 3, "--mode", "lexical").out
    assert "words +" in shown
    assert "40 reports pass the filters" in shown


def test_the_installed_command_runs(indexed, tmp_path):
    """As a process: exit codes, and errors on stderr alone."""
    environment = {**os.environ, **indexed.environment(), "COLUMNS": "200"}
    script = Path(sys.executable).with_name("radiotheque")
    done = subprocess.run([script, "status"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The stores agree." in done.stdout
    wrong = subprocess.run(
        [script, "index", "absent.csv"], env=environment, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout, wrong.stderr) == (2, "", "error: absent.csv does not exist\n")


def test_demo_corpus_writes_reports_and_truth(bench, tmp_path):
    bench.ok("demo-corpus", "--reports", 12, "--seed", 3, "--out", tmp_path / "out")
    assert (
        len(read_jsonl(tmp_path / "out" / "reports.jsonl")) == len(read_jsonl(tmp_path / "out" / "truth.jsonl")) == 12
    )
    wrong = bench.run("demo-corpus", "--out", "/dev/null/corpus")
    assert (wrong.code, "cannot be written" in wrong.sentence()) == (2, True)


def test_the_bundled_encoder_finds_by_meaning(new_bench, bundled_models, tmp_path):
    bench: Bench = new_bench()
    (bench.data / "models").symlink_to(bundled_models.resolve(), target_is_directory=True)
    texts = {
        "coeur": "Scanner des coronaires. Sténose serrée de l'artère interventriculaire antérieure.",
        "genou": "IRM du genou. Rupture du ligament croisé antérieur.",
        "foie": "Échographie abdominale. Foie augmenté de taille, hyperéchogène, évocateur de stéatose.",
    }
    for name, text in texts.items():
        (tmp_path / "textes").mkdir(exist_ok=True)
        (tmp_path / "textes" / f"{name}.txt").write_text(text, encoding="utf-8")
    assert bench.ok("index", tmp_path / "textes", encoder="bundled").counts() == (3, 3, 0, 0)
    found = bench.ok("search", "fatty liver", "--mode", "semantic", "--json", encoder="bundled")
    assert "stéatose" in json.loads(found.out)["hits"][0]["passages"][0]["text"]


def test_the_developers_set_is_indexed_with_its_mapping_and_searched(bench):
    if not DEV_REPORTS.is_dir():
        missing("the developers' set is not beside this checkout")
    corpus = DEV_REPORTS / "reports" / "corpus.jsonl"
    outcome = bench.ok("index", corpus, "--map", "id=_id", "--map", "text=text")
    # Three of them name a physician: the gate holds them back.
    assert outcome.counts() == (131, 128, 0, 3)
    assert "3 quarantined: identifier found at the gate" in outcome.out
    assert bench.agrees()
    assert bench.find("kyste", "--mode", "lexical")
