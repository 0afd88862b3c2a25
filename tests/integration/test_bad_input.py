"""Bad records are kept aside with reason and place and the run goes on; a bad command changes nothing."""

import json
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from indexer.errors import InputError
from indexer.pipeline import Pipeline
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.workspace import open_workspace

GOOD = "Radiographie du poignet. Pas de fracture visible."


def line(**fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Bad:
    """A bad line, the reason it is kept aside for, the field that is named, and what `show` may show of it."""

    line: bytes
    reason: str
    field: str = ""
    shown: str = ""


BAD = {
    "unreadable": Bad(b'{"id": "x", "text": ', "unreadable line", shown='{"id": "x", "text": '),
    "no text": Bad(line(id="x"), "missing or empty text", shown="x"),
    "blank text": Bad(line(id="x", text=" \n "), "missing or empty text", shown="x"),
    "no id": Bad(line(text="Texte sans numéro."), "missing id", shown="Texte sans numéro."),
    "too long": Bad(line(id="x", text="Rein. " * 50), "text over the set size", "text", "Rein. Rein."),
    "wrong encoding": Bad('{"id": "x", "text": "Écho"}'.encode("cp1252"), "wrong encoding", shown="cho"),
    "lone surrogate": Bad(b'{"id": "x", "text": "Foie \\ud800 normal."}', "lone surrogate", "text", "normal."),
    "NUL in the text": Bad(b'{"id": "x", "text": "Foie \\u0000 normal."}', "NUL character", "text", "normal."),
    "NUL in the id": Bad(b'{"id": "x\\u0000", "text": "Foie normal."}', "NUL character", "id", "Foie normal."),
    "bad date": Bad(line(id="x", text=GOOD, exam_date="32/13/2020"), "metadata that cannot be understood", "exam_date"),
    "bad age": Bad(line(id="x", text=GOOD, age="bientôt"), "metadata that cannot be understood", "age", "bientôt"),
    "duplicate": Bad(line(id="1", text="Tout autre contenu."), "same id with different content", "id", "Tout autre"),
}


def source(path: Path, bad: bytes, *, between: int = 0) -> Path:
    """Good records 1 and 2, `between` more, the bad line, and a good record after it."""
    good = [line(id=str(n), text=f"{GOOD} Cliché {n}.") for n in range(1, 3 + between)]
    path.write_bytes(b"\n".join([*good, bad, line(id="last", text=GOOD)]) + b"\n")
    return path


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("index_batch", [2, 256])
def test_a_bad_record_is_kept_aside_and_the_run_goes_on(new_bench, tmp_path, bad, index_batch):
    bench = new_bench(max_text_chars=200, index_batch=index_batch)
    file = source(tmp_path / "reports.jsonl", bad.line)
    outcome = bench.ok("index", file)
    assert outcome.counts() == (4, 3, 0, 1)
    assert f"1 quarantined: {bad.reason}" in outcome.out
    listed = bench.ok("quarantine", "list").out
    (row,) = [r for r in listed.splitlines() if "reports.jsonl:3" in r]
    number, reason, field, where, _since, state = (cell.strip() for cell in row.strip("│").split("│"))
    assert (reason.startswith(bad.reason), field, where, state) == (True, bad.field, "reports.jsonl:3", "aside")
    shown = bench.ok("quarantine", "show", number).out
    assert f"{reason}, reports.jsonl:3" in shown
    assert bad.shown in shown
    assert bench.agrees()
    assert bench.ok("index", file).counts() == (4, 0, 3, 1)
    assert bench.ok("quarantine", "list").out.count("reports.jsonl:3") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_read_before_the_source_failed_is_kept(new_bench, tmp_path, tiny_encoder, workers):
    """One batch is screened ahead of the one that is stored: its failure must not take that one with it."""
    bench = new_bench(index_batch=70, analysis_workers=workers)
    file = source(tmp_path / "reports.jsonl", line(id="other", text=GOOD), between=78)

    class FailingSource:
        name = "failing"

        def records(self):
            yield from islice(open_source(file, Mapping.parse([])).records(), 75)
            raise InputError("the disk was taken away")

    with open_workspace(bench.settings(), tiny_encoder.identity) as workspace:
        with pytest.raises(InputError, match="taken away"):
            Pipeline(workspace, tiny_encoder).run([FailingSource()])
        assert workspace.catalog.counts().total == 70
    assert bench.agrees()
    assert bench.ok("index", file).counts() == (82, 12, 70, 0)


def test_the_first_of_two_contents_of_one_id_stays_across_batches(new_bench, tmp_path):
    bench = new_bench(index_batch=2)
    file = source(tmp_path / "reports.jsonl", line(id="1", text="Tout autre contenu."), between=4)
    assert bench.ok("index", file).counts() == (8, 7, 0, 1)
    kept = bench.held()
    assert bench.ok("index", file).counts() == (8, 0, 7, 1)
    assert bench.held() == kept
    assert bench.find('"tout autre contenu"') == []


def test_the_same_record_twice_is_unchanged_and_not_a_conflict(new_bench, tmp_path):
    bench = new_bench(index_batch=2)
    again = line(id="1", text=f"{GOOD} Cliché 1.")
    assert bench.ok("index", source(tmp_path / "a.jsonl", again)).counts() == (4, 3, 1, 0)
    assert bench.ok("index", source(tmp_path / "b.jsonl", again, between=5)).counts() == (9, 5, 4, 0)


def test_a_record_that_was_too_long_is_indexed_when_the_limit_is_raised(new_bench, tmp_path):
    bench = new_bench(max_text_chars=200)
    bench.ok("index", source(tmp_path / "reports.jsonl", BAD["too long"].line))
    assert bench.ok("quarantine", "retry").out.strip() == "0 of 1 indexed; the others stay in quarantine."
    tried = bench.ok("quarantine", "retry", max_text_chars=1000)
    assert tried.out.strip() == "1 of 1 indexed; the others stay in quarantine."
    assert bench.ok("quarantine", "list").out.strip() == "The quarantine is empty."
    assert "indexed since" in bench.ok("quarantine", "list", "--all").out
    assert {len(held) for held in bench.held().values()} == {4}
    assert bench.agrees()


def test_a_retry_never_replaces_the_first_of_two_contents(new_bench, tmp_path):
    bench = new_bench()
    file = source(tmp_path / "reports.jsonl", BAD["duplicate"].line)
    bench.ok("index", file)
    kept = bench.held()
    assert bench.ok("quarantine", "retry").out.strip() == "0 of 1 indexed; the others stay in quarantine."
    assert bench.held() == kept
    assert bench.ok("index", file).counts() == (4, 0, 3, 1)


def test_a_retry_never_brings_an_older_content_back(new_bench, tmp_path):
    bench = new_bench(max_text_chars=200)
    bench.ok("index", source(tmp_path / "reports.jsonl", BAD["too long"].line))
    bench.ok("index", source(tmp_path / "reports.jsonl", line(id="x", text="Rein mesuré, corrigé depuis.")))
    kept = bench.held()
    assert "0 of 1 indexed" in bench.ok("quarantine", "retry", max_text_chars=1000).out
    assert bench.held() == kept


def test_a_quarantined_update_replaces_what_was_indexed_before_it(new_bench, tmp_path):
    bench = new_bench(max_text_chars=200)
    bench.ok("index", source(tmp_path / "reports.jsonl", line(id="x", text="Rein normal.")))
    bench.ok("index", source(tmp_path / "reports.jsonl", BAD["too long"].line))
    assert "1 of 1 indexed" in bench.ok("quarantine", "retry", max_text_chars=1000).out
    assert bench.agrees()
    assert len(bench.find("Rein", "--mode", "lexical")) == 1


def test_an_unknown_number_is_a_sentence(new_bench, tmp_path):
    bench = new_bench()
    bench.ok("index", source(tmp_path / "reports.jsonl", BAD["no text"].line))
    for command in (("show", "99"), ("retry", "99")):
        outcome = bench.run("quarantine", *command)
        assert outcome.code == 2
        assert outcome.sentence().endswith("see: radiotheque quarantine list")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return source(tmp_path / "reports.jsonl", line(id="3", text=GOOD))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{tmp}/absent.jsonl"], "{tmp}/absent.jsonl does not exist"),
        (["{tmp}/reports.jsonl", "--map", "text=COMPTE_RENDU"], "has no column 'COMPTE_RENDU' for the field text"),
        (["{tmp}/reports.jsonl", "--map", "texte=text"], "unknown field 'texte': known are id, text"),
        (["{tmp}/reports.xlsx"], "{tmp}/reports.xlsx is of an unknown kind: known are .csv"),
        (["{tmp}/reports.jsonl", "{tmp}/absent.csv"], "{tmp}/absent.csv does not exist"),
        (["{tmp}/reports.jsonl", "--mapping", "{tmp}/absent.toml"], "the mapping {tmp}/absent.toml cannot be read"),
    ],
)
def test_a_mistake_in_the_command_is_one_sentence_and_nothing_is_written(bench, reports, tmp_path, arguments, sentence):
    (tmp_path / "reports.xlsx").write_bytes(b"PK")
    outcome = bench.run("index", *[a.format(tmp=tmp_path) for a in arguments])
    assert outcome.code == 2
    assert sentence.format(tmp=tmp_path) in outcome.sentence()
    assert [path.name for path in bench.data.iterdir()] == ["pseudonyms.key"]


def test_a_data_folder_that_cannot_be_written_is_one_sentence(bench, reports):
    outcome = bench.run("--data-dir", "/dev/null/radiotheque", "index", reports)
    assert outcome.code == 2
    assert outcome.sentence() == (
        "the data folder /dev/null/radiotheque cannot be written (Not a directory); "
        "choose another with RADIOTHEQUE_DATA_DIR"
    )


def test_a_data_folder_that_cannot_be_written_is_noticed_before_the_bundled_encoder_is_unpacked(bench, reports):
    outcome = bench.run("--data-dir", "/dev/null/radiotheque", "index", reports, encoder="bundled")
    assert outcome.code == 2
    assert outcome.sentence().startswith("the data folder /dev/null/radiotheque cannot be written")


def test_a_wrong_setting_is_named_without_its_value(bench, reports):
    outcome = bench.run("index", reports, index_batch="zwanzig")
    assert outcome.code == 2
    assert outcome.sentence().startswith("settings cannot be used: RADIOTHEQUE_INDEX_BATCH: ")
    assert "zwanzig" not in outcome.said


@pytest.mark.parametrize(
    "command",
    [["status"], ["repair"], ["rebuild"], ["delete", "0" * 32, "--yes"], ["search", "foie"]],
    ids=lambda c: c[0],
)
def test_without_an_index_every_other_command_says_how_to_make_one(bench, command):
    outcome = bench.run(*command)
    assert outcome.code == 1
    assert "make one with: radiotheque index FILE" in outcome.sentence()
    assert not (bench.data / "catalog.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2020-13-01"], "the search cannot be understood: date_from: "),
        (["--modality", "CT", "--to", "hier"], "the search cannot be understood: date_to: "),
    ],
)
def test_a_search_that_cannot_be_understood_is_one_sentence(indexed, arguments, sentence):
    outcome = indexed.run("search", "foie", *arguments)
    assert outcome.code == 2
    assert outcome.sentence().startswith(sentence)
    assert "2020-13-01" not in outcome.said


def test_a_search_that_is_too_long_is_one_sentence_without_the_text(indexed):
    outcome = indexed.run("search", "hépatique " * 3000)
    assert outcome.code == 2
    assert "hépatique" not in outcome.said
    assert "20000" in outcome.sentence()
