"""Same input, same index; a change or a deletion reaches every store; what went astray is mended (invariants 2 and 3)."""

import shutil

import pytest

from tests.integration.bench import read_jsonl, write_jsonl

REPORTS = 40


def test_the_same_input_twice_changes_nothing(indexed, corpus):
    before, snapshot = indexed.held(), indexed.snapshot()
    assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)
    assert indexed.snapshot() == snapshot
    assert indexed.held() == before


def test_the_order_of_the_records_does_not_matter(indexed, corpus, tmp_path):
    before, snapshot = indexed.held(), indexed.snapshot()
    turned = write_jsonl(tmp_path / "turned.jsonl", read_jsonl(corpus)[::-1])
    assert indexed.ok("index", turned).counts() == (REPORTS, 0, REPORTS, 0)
    assert (indexed.held(), indexed.snapshot()) == (before, snapshot)


def test_a_changed_report_is_updated_in_every_store(indexed, corpus, tmp_path):
    before = indexed.held()["catalog"]
    records = read_jsonl(corpus)
    records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
    changed = write_jsonl(tmp_path / "changed.jsonl", records)
    assert indexed.ok("index", changed).counts() == (REPORTS, 1, REPORTS - 1, 0)
    held = indexed.held()
    assert held["catalog"] == held["text"] == held["vectors"]
    different = [report_id for report_id, print_ in held["catalog"].items() if before[report_id] != print_]
    assert len(different) == 1
    assert indexed.find('"xanthogranulome fictif"') == different
    assert indexed.agrees()


def test_changed_metadata_alone_is_an_update(indexed, corpus, tmp_path):
    records = read_jsonl(corpus)
    records[0]["site"] = "Hôpital imaginaire"
    changed = write_jsonl(tmp_path / "changed.jsonl", records)
    assert indexed.ok("index", changed).counts() == (REPORTS, 1, REPORTS - 1, 0)
    assert len(indexed.find("pas de", "--site", "Hôpital imaginaire")) == 1


@pytest.fixture
def doomed(indexed):
    return sorted(indexed.held()["catalog"])[7]


def test_a_deleted_report_leaves_every_store(indexed, doomed):
    indexed.ok("delete", doomed, "--yes")
    held = indexed.held()
    assert {store: len(reports) for store, reports in held.items()} == dict.fromkeys(held, REPORTS - 1)
    assert all(doomed not in reports for reports in held.values())
    assert doomed not in indexed.find("pas de", "--limit", 100)
    assert indexed.agrees()


def test_a_deleted_report_stays_away_when_another_file_is_indexed(indexed, doomed, tmp_path):
    indexed.ok("delete", doomed, "--yes")
    other = write_jsonl(tmp_path / "other.jsonl", [{"id": "autre", "text": "Radiographie du genou. Pas de fracture."}])
    assert indexed.ok("index", other).counts() == (1, 1, 0, 0)
    held = indexed.held()
    assert all(doomed not in reports and len(reports) == REPORTS for reports in held.values())


def test_indexing_its_source_again_brings_a_deleted_report_back(indexed, doomed, corpus):
    before = indexed.held()
    indexed.ok("delete", doomed, "--yes")
    assert indexed.ok("index", corpus).counts() == (REPORTS, 1, REPORTS - 1, 0)
    assert indexed.held() == before


def test_deleting_an_unknown_report_deletes_nothing(indexed, doomed):
    outcome = indexed.run("delete", doomed, "0" * 32, "--yes")
    assert outcome.code == 2
    assert outcome.sentence() == "1 of these ids are not in the index; nothing deleted"
    assert doomed in indexed.held()["catalog"]


def test_a_namespace_keeps_equal_numbers_apart(indexed, corpus):
    assert indexed.ok("index", corpus, "--namespace", "autre").counts() == (REPORTS, REPORTS, 0, 0)
    assert len(indexed.held()["vectors"]) == 2 * REPORTS


@pytest.mark.parametrize("store", ["vectors", "text"])
def test_a_folder_removed_behind_our_back_is_noticed_and_repaired(indexed, store):
    before = indexed.held()
    shutil.rmtree(indexed.data / store)
    looked = indexed.run("status")
    assert looked.code == 1
    assert "missing" in looked.said
    assert "radiotheque repair" in looked.said
    assert "Traceback" not in looked.said
    assert f"{REPORTS} reports mended." in indexed.ok("repair").out
    assert indexed.agrees()
    assert indexed.held() == before


def test_a_store_brought_back_from_an_older_copy_is_noticed_and_repaired(indexed, corpus, doomed, tmp_path):
    shutil.copytree(indexed.data / "vectors", tmp_path / "older")
    records = read_jsonl(corpus)
    records[0]["text"] += " Complément."
    records.append({"id": "nouveau", "text": "Échographie du foie normale."})
    indexed.ok("index", write_jsonl(tmp_path / "changed.jsonl", records))
    indexed.ok("delete", doomed, "--yes")
    after = indexed.held()
    shutil.rmtree(indexed.data / "vectors")
    shutil.copytree(tmp_path / "older", indexed.data / "vectors")
    looked = indexed.run("status")
    assert looked.code == 1
    assert "40 reports (1 missing, 1 outdated, 1 too many)" in looked.out
    assert "3 reports mended." in indexed.ok("repair").out
    assert indexed.agrees()
    assert indexed.held() == after


def test_repairing_what_agrees_changes_nothing(indexed):
    before, snapshot = indexed.held(), indexed.snapshot()
    assert "Nothing to mend" in indexed.ok("repair").out
    assert (indexed.held(), indexed.snapshot()) == (before, snapshot)


def test_a_rebuild_gives_the_same_stores(indexed):
    before, found = indexed.held(), indexed.find("pas de fracture")
    indexed.ok("rebuild")
    assert indexed.held() == before
    assert indexed.find("pas de fracture") == found
    assert indexed.agrees()
