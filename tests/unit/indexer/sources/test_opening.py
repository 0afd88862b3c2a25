import os

import pytest

from indexer.errors import InputError, SourceError
from indexer.sources import Encoding, Mapping, SourceKind, open_source

BY_NAME = Mapping.parse([])


def test_a_missing_file_stops_with_one_sentence(tmp_path):
    with pytest.raises(SourceError, match=r"^\S+/absent\.csv does not exist$") as caught:
        open_source(tmp_path / "absent.csv", BY_NAME)
    assert isinstance(caught.value, InputError)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.gz", "a.docx.gz"])
def test_an_unknown_kind_lists_the_known_ones(file, name):
    with pytest.raises(
        SourceError, match=r"unknown kind: known are \.csv, \.tsv, \.jsonl, .*\.parquet.*folders of \.txt"
    ):
        open_source(file(name, "x"), BY_NAME)


@pytest.mark.parametrize("name", ["a.csv", "A.CSV", "a.tsv", "export.2024.csv"])
def test_the_suffix_tells_the_kind(file, read, name):
    assert read(file(name, "id\ttext\n1\tun\n")).ids == ["1"]


def test_a_stated_kind_goes_before_the_suffix(file, read):
    assert read(file("export.dat", "id,text\n1,un\n"), kind=SourceKind.CSV).ids == ["1"]


def test_a_folder_is_read_as_text_only(tmp_path):
    with pytest.raises(SourceError, match="is a folder, which can only be read as text, not as csv"):
        open_source(tmp_path, BY_NAME, kind=SourceKind.CSV)


def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        open_source(tmp_path / "pipe.csv", BY_NAME)


def test_options_of_the_mapping_hold_unless_others_are_given(file):
    toml = file("m.toml", '[fields]\nid = "id"\n[options]\nencoding = "windows-1252"\ndelimiter = "~"\n')
    mapping = Mapping.load(toml)
    old = file("a.csv", "id~text\n1~œdème\n".encode("cp1252"))
    new = file("b.csv", "id|text\n1|œdème\n")
    assert [r.text for r in open_source(old, mapping).records()] == ["œdème"]
    source = open_source(new, mapping, encoding=Encoding.UTF8, delimiter="|")
    assert [r.text for r in source.records()] == ["œdème"]


def test_values_are_translated_by_the_mapping(file):
    toml = file("m.toml", '[fields]\nsex = "S"\n[values.sex]\n"Femme" = "F"\n')
    source = open_source(file("a.csv", "id;text;S\n1;un;femme\n"), Mapping.load(toml))
    assert [r.metadata for r in source.records()] == [{"sex": "F"}]


def test_nothing_of_a_record_shows_in_its_repr(file):
    path = file("a.jsonl", '{"id": "MARK-1", "text": "MARK-2", "site": "MARK-3"}\n{"text": "MARK-4"}\nMARK-5\n')
    shown = repr(list(open_source(path, BY_NAME).records()))
    assert "MARK" not in shown
    assert "a.jsonl:2" in shown
