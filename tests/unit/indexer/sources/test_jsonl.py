import gzip
import json

import pytest

from indexer.errors import MappingError, SourceError
from indexer.sources import Encoding, Fault, Mapping, open_source

GOOD = '{"id": "1", "text": "Foie normal."}'


def test_columns_are_dotted_paths_and_lists_are_joined(file, read):
    line = '{"_id": "a", "body": {"fr": "Rate normale."}, "exam": {"areas": ["thorax", "", null, "neck"]}, "x.y": "F"}'
    outcome = read(file("a.jsonl", line), "id=_id", "text=body.fr", "regions=exam.areas", "sex=x.y")
    assert outcome.ids == ["a"]
    assert outcome.texts == ["Rate normale."]
    assert outcome.reports[0].metadata == {"regions": "thorax,neck", "sex": "F"}


def test_a_text_in_parts_is_joined_by_line_ends(file, read):
    assert read(file("a.jsonl", '{"id": 1, "text": ["un", "deux"]}')).texts == ["un\ndeux"]


@pytest.mark.parametrize(
    ("literal", "identifier"),
    [
        ("7", "7"),
        ("7.0", "7"),
        ("7.50", "7.50"),
        ("12345678901234567890.0", "12345678901234567890"),
        ("9" * 5000, "9" * 5000),
        ('"007"', "007"),
        ("true", "true"),
        ('" a "', "a"),
    ],
)
def test_an_id_keeps_its_digits(file, read, literal, identifier):
    assert read(file("a.jsonl", f'{{"id": {literal}, "text": "x"}}')).ids == [identifier]


@pytest.mark.parametrize(
    "line", ["{", "nothing", '{"id": "2"} {"id": "3"}', "[1, 2]", '"texte"', "12", "null", "[" * 100_000]
)
def test_a_line_that_is_no_object_is_rejected_alone(file, read, line):
    outcome = read(file("a.jsonl", f'{GOOD}\n{line}\n\n{{"id": "3", "text": "fin"}}\n'))
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.UNREADABLE, 2)]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": f"{line}\n"}


def test_a_text_that_is_an_object_is_unreadable(file, read):
    outcome = read(file("a.jsonl", f'{GOOD}\n{{"id": "2", "text": {{"fr": "a"}}}}\n'))
    assert outcome.faults == [(Fault.UNREADABLE, 2)]


def test_wrong_bytes_reject_their_line_only(file, read):
    path = file("a.jsonl", GOOD.encode() + b'\n{"id": "2", "text": "\xe9"}\n{"id": "3", "text": "c"}\n')
    outcome = read(path)
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.WRONG_ENCODING, 2)]
    assert json.loads(outcome.rejected[0].raw or "")["line"] == '{"id": "2", "text": "\udce9"}\n'


@pytest.mark.parametrize("value", ["", '"text": "", ', '"text": " \\n", ', '"text": null, ', '"text": NaN, '])
def test_a_missing_or_blank_text_is_rejected(file, read, value):
    outcome = read(file("a.jsonl", f'{GOOD}\n{{{value}"id": "2"}}\n'))
    assert outcome.faults == [(Fault.MISSING_TEXT, 2)]


@pytest.mark.parametrize("value", ["", '"id": "", ', '"id": "  ", ', '"id": null, '])
def test_a_missing_or_blank_id_is_rejected_with_its_text(file, read, value):
    outcome = read(file("a.jsonl", f'{GOOD}\n{{{value}"text": "orphelin"}}\n'))
    assert outcome.faults == [(Fault.MISSING_ID, 2)]
    assert json.loads(outcome.rejected[0].raw or "")["text"] == "orphelin"


def test_lone_surrogates_and_nul_are_passed_on(file, read):
    outcome = read(file("a.jsonl", '{"id": "1", "text": "a\\ud800b\\u0000c"}\n'))
    assert outcome.texts == ["a\ud800b\0c"]


def test_what_is_kept_of_a_rejected_record_is_ascii_json(file, read):
    outcome = read(file("a.jsonl", f'{GOOD}\n{{"text": "é\\ud800\\u0000"}}\n'))
    raw = outcome.rejected[0].raw or ""
    assert raw.isascii()
    assert json.loads(raw) == {"text": "é\ud800\0"}


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json", "a.jsonl.gz"])
def test_the_mark_of_utf8_is_skipped(file, read, name):
    content = f"\ufeff{GOOD}\n".encode()
    assert read(file(name, gzip.compress(content) if name.endswith("gz") else content)).ids == ["1"]


def test_windows_1252_is_read_when_stated(file, read):
    path = file("a.jsonl", '{"id": "1", "text": "œdème"}'.encode("cp1252"))
    assert read(path, encoding=Encoding.WINDOWS_1252).texts == ["œdème"]


def test_a_column_that_no_line_has_stops_before_the_first_record(file):
    path = file("a.jsonl", f'bad\n{GOOD}\n{{"meta": {{"sex": "F"}}}}\n')
    with pytest.raises(MappingError, match=r"no column 'CR' for the field text: it has id, text, meta, meta\.sex"):
        open_source(path, Mapping.parse(["text=CR"]))


def test_a_column_that_only_a_later_line_has_is_known(file, read):
    outcome = read(file("a.jsonl", f'{{"id": "0"}}\n{GOOD}\n'))
    assert outcome.ids == ["1"]
    assert outcome.faults == [(Fault.MISSING_TEXT, 1)]


def test_an_array_stops_the_run(file, read):
    with pytest.raises(SourceError, match="is one JSON array: write one object per line"):
        read(file("a.json", f"[{GOOD}]"))


def test_an_empty_file_has_no_record(file, read):
    outcome = read(file("a.jsonl", ""))
    assert (outcome.reports, outcome.rejected) == ([], [])


def test_a_line_above_the_bound_is_rejected_without_being_kept(file, read, monkeypatch):
    monkeypatch.setattr("indexer.sources.lines.MAX_RECORD_BYTES", 100)
    outcome = read(file("a.jsonl", f'{GOOD}\n{{"id": "2", "text": "{"x" * 200_000}"}}\n{{"id": "3", "text": "c"}}\n'))
    assert outcome.ids == ["1", "3"]
    assert [(r.fault, r.origin.line, r.raw) for r in outcome.rejected] == [(Fault.UNREADABLE, 2, None)]


def test_origin_is_the_physical_line(file, read):
    outcome = read(file("a.jsonl", f"\n\n{GOOD}\r\n"))
    assert str(outcome.reports[0].origin) == "a.jsonl:3"


def test_the_size_is_exact_for_a_short_file_and_close_for_a_long_one(file):
    assert open_source(file("a.jsonl", f"{GOOD}\n\n{GOOD}\n"), Mapping.parse([])).size_hint() == 2
    assert open_source(file("b.jsonl", f"{GOOD}\n" * 30_000), Mapping.parse([])).size_hint() == pytest.approx(
        30_000, rel=0.01
    )
