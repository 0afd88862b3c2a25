import gzip
import json
import os

import pytest

from indexer.errors import SourceError
from indexer.sources import Encoding, Fault, Mapping, open_source


def test_every_text_file_below_a_folder_is_a_report_in_order(file, read, tmp_path):
    for name in ["b.txt", "a/2.TXT", "a/10.txt", "a/notes.md", ".cache.txt", "c/d/e.f.txt"]:
        file(f"cr/{name}", f"texte de {name}")
    outcome = read(tmp_path / "cr")
    assert outcome.ids == ["a/10", "a/2", "b", "c/d/e.f"]
    assert outcome.texts[0] == "texte de a/10.txt"
    assert [str(report.origin) for report in outcome.reports[:2]] == ["cr/a/10.txt:1", "cr/a/2.TXT:1"]
    assert outcome.reports[0].metadata == {}


def test_one_file_is_a_source_too(file, read):
    outcome = read(file("7.txt", "Foie normal."))
    assert (outcome.ids, outcome.texts, str(outcome.reports[0].origin)) == (["7"], ["Foie normal."], "7.txt:1")


def test_encodings_are_those_of_the_other_sources(file, read, tmp_path):
    file("cr/bom.txt", "\ufeffœdème")
    file("cr/plain.txt", "œdème")
    file("cr/zipped.txt.gz", gzip.compress("œdème".encode()))
    outcome = read(tmp_path / "cr")
    assert outcome.texts == ["œdème"] * 3
    assert outcome.ids == ["bom", "plain", "zipped"]
    assert read(file("w.txt", "œdème".encode("cp1252")), encoding=Encoding.WINDOWS_1252).texts == ["œdème"]


def test_bad_files_are_rejected_and_the_rest_is_read(file, read, tmp_path):
    file("cr/1.txt", "bon")
    file("cr/2.txt", b"opacit\xe9")
    file("cr/3.txt", " \n")
    file("cr/4.txt.gz", "not gzip")
    file("cr/5.txt", "bon")
    outcome = read(tmp_path / "cr")
    assert outcome.ids == ["1", "5"]
    assert [(r.fault, r.origin.file) for r in outcome.rejected] == [
        (Fault.WRONG_ENCODING, "cr/2.txt"),
        (Fault.MISSING_TEXT, "cr/3.txt"),
        (Fault.UNREADABLE, "cr/4.txt.gz"),
    ]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": "opacit\udce9"}


def test_a_file_above_the_bound_is_rejected(file, read, monkeypatch):
    monkeypatch.setattr("indexer.sources.text_files.MAX_RECORD_BYTES", 10)
    outcome = read(file("a.txt", "x" * 11))
    assert [(r.fault, r.raw) for r in outcome.rejected] == [(Fault.UNREADABLE, None)]
    assert read(file("b.txt", "x" * 10)).texts == ["x" * 10]


def test_a_file_name_that_is_not_utf8_is_shown_escaped(read, tmp_path):
    try:
        (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("texte")
    except OSError:
        pytest.skip("this file system only takes UTF-8 names")
    assert read(tmp_path).reports[0].origin.file == f"{tmp_path.name}/caf\\xe9.txt"


def test_links_to_folders_are_not_followed(file, read, tmp_path):
    file("cr/1.txt", "bon")
    (tmp_path / "cr" / "loop").symlink_to(tmp_path / "cr")
    assert read(tmp_path / "cr").ids == ["1"]


def test_a_folder_without_text_files_stops_the_run(file, tmp_path):
    file("cr/a.csv", "id,text\n")
    with pytest.raises(SourceError, match=r"cr holds no \.txt file"):
        open_source(tmp_path / "cr", Mapping.parse([]))


def test_the_size_is_the_number_of_files(file, tmp_path):
    file("cr/1.txt", "a")
    file("cr/x/2.txt", "b")
    assert open_source(tmp_path / "cr", Mapping.parse([])).size_hint() == 2
