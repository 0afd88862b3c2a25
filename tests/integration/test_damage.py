"""Damage is refused by name and mended from the catalog; another encoder, key or writer is refused with what to do."""

import shutil
from pathlib import Path

import pytest

from indexer.encoders.sentence_transformer import load_encoder
from indexer.workspace import open_workspace
from tests.integration.serving import serving
from tests.tiny_model import write_tiny_model

REPORTS = 40
FILES = ["CURRENT", "manifest.json", ".npy", ".passages.parquet", ".reports.parquet"]


def one_file(vectors: Path, kind: str) -> Path:
    if kind == "CURRENT":
        return vectors / kind
    snapshot = vectors / (vectors / "CURRENT").read_text().strip()
    return sorted(path for path in snapshot.iterdir() if path.name.endswith(kind))[0]


def flip(path: Path, position: int) -> None:
    """Turn one byte over, in a file of its own: snapshots share files by hard links."""
    data = bytearray(path.read_bytes())
    data[position] ^= 0xFF
    path.unlink()
    path.write_bytes(data)


@pytest.mark.parametrize("kind", FILES)
def test_a_byte_turned_over_in_a_snapshot_is_refused_by_name_and_rebuilt(indexed, kind):
    before = indexed.held()
    damaged = one_file(indexed.data / "vectors", kind)
    flip(damaged, 1 if kind == "CURRENT" else damaged.stat().st_size // 2)
    for command in (["status"], ["search", "fracture"]):
        outcome = indexed.run(*command)
        assert outcome.code == 1
        assert damaged.name in outcome.sentence()
        assert "radiotheque rebuild --store vectors" in outcome.sentence()
    with serving(indexed.settings()) as api:
        answer = api.not_ready()
        assert damaged.name in answer
    indexed.ok("rebuild", "--store", "vectors")
    assert indexed.agrees()
    assert indexed.held() == before
    assert indexed.find("pas de fracture")


@pytest.mark.parametrize("kind", FILES[1:])
def test_a_missing_file_of_a_snapshot_is_refused_by_name_and_rebuilt(indexed, kind):
    gone = one_file(indexed.data / "vectors", kind)
    gone.unlink()
    outcome = indexed.run("status")
    assert (outcome.code, gone.name in outcome.sentence()) == (1, True)
    indexed.ok("rebuild", "--store", "vectors")
    assert indexed.agrees()


def test_indexing_on_does_not_hide_damage(indexed, tmp_path):
    damaged = one_file(indexed.data / "vectors", ".npy")
    flip(damaged, damaged.stat().st_size // 2)
    for number in range(9):  # enough batches that segments are merged
        other = tmp_path / f"{number}.txt"
        other.write_text("Radiographie du genou. Pas de fracture.", encoding="utf-8")
        if indexed.run("index", other).code:
            break
    assert indexed.run("status").code == 1
    indexed.ok("rebuild", "--store", "vectors")
    assert indexed.agrees()


@pytest.mark.parametrize("content", [b"", b"not json"])
def test_a_damaged_full_text_is_refused_and_rebuilt(indexed, content):
    before = indexed.held()
    (indexed.data / "text" / "meta.json").write_bytes(content)
    for command in (["status"], ["search", "fracture"]):
        outcome = indexed.run(*command)
        assert outcome.code == 1
        assert "radiotheque rebuild --store text" in outcome.sentence()
    with serving(indexed.settings()) as api:
        assert "radiotheque rebuild --store text" in api.not_ready()
    indexed.ok("rebuild", "--store", "text")
    assert indexed.agrees()
    assert indexed.held() == before


def test_a_missing_full_text_segment_is_refused_and_rebuilt(indexed):
    before = indexed.held()
    for path in (indexed.data / "text").glob("*.store"):
        path.unlink()
    outcome = indexed.run("status")
    assert outcome.code == 1
    assert "radiotheque rebuild --store text" in outcome.sentence()
    indexed.ok("rebuild", "--store", "text")
    assert indexed.held() == before


def test_a_catalog_that_is_no_database_is_one_sentence(indexed):
    for extra in indexed.data.glob("catalog.sqlite-*"):
        extra.unlink()
    (indexed.data / "catalog.sqlite").write_bytes(b"nothing of a database" * 1000)
    outcome = indexed.run("status")
    assert outcome.code == 1
    assert "is damaged or not a catalog" in outcome.sentence()


@pytest.fixture
def other_model(tmp_path: Path) -> Path:
    """The tiny model with other prompts: another encoder."""
    folder = write_tiny_model(tmp_path / "other-bert")
    stated = folder / "config_sentence_transformers.json"
    stated.write_text(stated.read_text(encoding="utf-8").replace("passage: ", "texte: "), encoding="utf-8")
    return folder


def test_another_encoder_is_refused_until_the_vectors_are_rebuilt(indexed, corpus, other_model):
    before, snapshot = indexed.held(), indexed.snapshot()
    for command in (["index", corpus], ["search", "fracture"], ["repair"]):
        outcome = indexed.run(*command, encoder=other_model)
        assert outcome.code == 1
        assert "the index was made by the encoder tiny-bert (32 dimensions), and other-bert" in outcome.sentence()
        assert "radiotheque rebuild --store vectors" in outcome.sentence()
    assert (indexed.held(), indexed.snapshot()) == (before, snapshot)
    indexed.ok("rebuild", "--store", "vectors", encoder=other_model)
    assert indexed.held() == before
    assert "other-bert, 32 dimensions" in indexed.ok("status").out
    assert indexed.ok("search", "fracture", encoder=other_model)
    assert indexed.ok("index", corpus, encoder=other_model).counts() == (REPORTS, 0, REPORTS, 0)
    assert "other-bert" in indexed.run("search", "fracture").sentence()


def test_a_second_writer_is_refused(indexed, corpus):
    settings = indexed.settings()
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity):
        for command in (["index", corpus], ["repair"], ["rebuild"], ["delete", "0" * 32, "--yes"]):
            outcome = indexed.run(*command)
            assert outcome.code == 1
            assert outcome.sentence() == (
                f"another radiotheque command is writing to {indexed.data}; wait until it ends, then run this again"
            )
        assert indexed.agrees()
        assert indexed.find("pas de fracture")
    assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)


def test_a_lost_key_and_another_key_are_refused(indexed, corpus):
    key = indexed.data / "pseudonyms.key"
    kept = key.read_bytes()
    key.unlink()
    lost = indexed.run("index", corpus)
    assert (lost.code, "is lost" in lost.sentence(), key.exists()) == (1, True, False)
    key.write_bytes(kept[::-1])
    other = indexed.run("index", corpus)
    assert other.code == 1
    assert "is not the one that this index was made with" in other.sentence()
    key.write_bytes(kept)
    assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)


def test_an_encoder_that_is_not_there_is_one_sentence(indexed, corpus):
    outcome = indexed.run("index", corpus, encoder="/nowhere/at-all")
    assert outcome.code == 1
    assert "RADIOTHEQUE_ENCODER=bundled" in outcome.sentence()


def test_what_is_left_of_a_rebuild_with_another_encoder_is_begun_anew(indexed, other_model, tmp_path):
    before = indexed.held()
    other = indexed.data / "vectors.rebuilt"
    indexed.ok("rebuild", "--store", "vectors", encoder=other_model)
    shutil.copytree(indexed.data / "vectors", other)
    indexed.ok("rebuild", "--store", "vectors")
    assert indexed.held() == before
    assert indexed.agrees()


def test_a_report_deleted_between_two_halves_of_a_rebuild_is_not_brought_back(indexed):
    doomed = sorted(indexed.held()["catalog"])[0]
    shutil.copytree(indexed.data / "vectors", indexed.data / "vectors.rebuilt")
    indexed.ok("delete", doomed, "--yes")
    indexed.ok("rebuild", "--store", "vectors")
    assert doomed not in indexed.held()["vectors"]
    assert indexed.agrees()
