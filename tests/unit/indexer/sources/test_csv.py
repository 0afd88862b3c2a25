import csv
import gzip
import hashlib
import io
import itertools
import json

import pytest

from indexer.errors import MappingError, SourceError
from indexer.sources import Encoding, Fault, Mapping, open_source
from indexer.sources import csv_fields as limits
from indexer.sources.csv import parse_delimiter

MAPPED = ("id=NUM", "text=CR")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_header(file, read, delimiter):
    path = file(
        "a.csv", delimiter.join(["NUM", "CR", "SEXE"]) + "\n" + delimiter.join(["1", "Foie normal.", "F"]) + "\n"
    )
    outcome = read(path, *MAPPED, "sex=SEXE")
    assert (outcome.ids, outcome.texts) == (["1"], ["Foie normal."])
    assert outcome.reports[0].metadata == {"sex": "F"}


def test_a_sign_inside_a_column_name_is_no_delimiter(file, read):
    outcome = read(file("a.csv", "NUM;CR;nom, prénom, né(e)\n1;Rate normale;x\n"), *MAPPED)
    assert outcome.texts == ["Rate normale"]


def test_excel_s_hint_line_states_the_delimiter(file, read):
    outcome = read(file("a.csv", "sep=|\r\nNUM|CR\r\n1|a;b;c\r\n"), *MAPPED)
    assert outcome.texts == ["a;b;c"]
    assert outcome.reports[0].origin.line == 3


def test_a_given_delimiter_is_taken(file, read):
    assert read(file("a.csv", "NUM~CR\n1~a, b; c\n"), *MAPPED, delimiter="~").texts == ["a, b; c"]


@pytest.mark.parametrize("name", ["", ";;", '"', "é", "a", "\n"])
def test_what_cannot_delimit_is_refused(name):
    with pytest.raises(SourceError, match="cannot delimit columns"):
        parse_delimiter(name)


def test_a_tab_can_be_named():
    assert parse_delimiter("tab") == "\t"


def test_quoted_fields_hold_line_ends_quotes_and_delimiters(file, read):
    path = file("a.csv", 'NUM;CR\r\n1;"Foie ; rate\r\nnormaux, ""sans"" lésion"\r\n2;"";\r\n3;fin')
    outcome = read(path, *MAPPED)
    assert outcome.texts == ['Foie ; rate\r\nnormaux, "sans" lésion', "fin"]
    assert [str(report.origin) for report in outcome.reports] == ["a.csv:2", "a.csv:5"]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_text_that_the_standard_library_writes_is_read_as_it_was(file, read, delimiter, quoting):
    signs = ["a", "é", '"', ",", ";", "\n", "\r\n", "\r", " ", "\t", "|"]
    texts = ["".join(combination) + "x" for combination in itertools.product(signs, repeat=3)]
    written = io.StringIO(newline="")
    rows = ([str(number), text, text[:-1] + "\n" + text] for number, text in enumerate(texts))
    csv.writer(written, delimiter=delimiter, quoting=quoting).writerows([["NUM", "CR", "SITE"], *rows])
    outcome = read(file("a.csv", written.getvalue()), *MAPPED, "site=SITE")
    assert outcome.ids == [str(number) for number in range(len(texts))]
    assert outcome.texts == texts
    assert [report.metadata["site"] for report in outcome.reports] == [text[:-1] + "\n" + text for text in texts]
    assert outcome.rejected == []


def test_a_row_with_another_number_of_columns_is_rejected_alone(file, read):
    outcome = read(file("a.csv", "NUM;CR\n1;un\n2;deux;trop\n3\n\n4;quatre\n"), *MAPPED)
    assert outcome.ids == ["1", "4"]
    assert outcome.faults == [(Fault.UNREADABLE, 3), (Fault.UNREADABLE, 4)]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": "2;deux;trop\n"}


def test_a_wrong_byte_rejects_its_record_only(file, read):
    path = file("a.csv", b"NUM;CR\n1;Foie\n2;opacit\xe9\n3;Rate\n")
    outcome = read(path, *MAPPED)
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.WRONG_ENCODING, 3)]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": "2;opacit\udce9\n"}


@pytest.mark.parametrize("row", ["2; \t", "2;", '2;""', "2;\u00a0"])
def test_a_row_without_text_is_rejected(file, read, row):
    outcome = read(file("a.csv", f"NUM;CR\n1;un\n{row}\n3;trois\n"), *MAPPED)
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.MISSING_TEXT, 3)]


def test_a_row_without_id_is_rejected_with_all_that_was_read(file, read):
    outcome = read(file("a.csv", "NUM;CR;SEXE\n ;orphelin;F\n2;deux;M\n"), *MAPPED, "sex=SEXE")
    assert outcome.ids == ["2"]
    assert outcome.faults == [(Fault.MISSING_ID, 2)]
    assert json.loads(outcome.rejected[0].raw or "") == {"id": " ", "text": "orphelin", "sex": "F"}


def test_nul_bytes_are_passed_on(file, read):
    assert read(file("a.csv", b"NUM;CR\n1;a\0b\n"), *MAPPED).texts == ["a\0b"]


def test_a_quote_in_the_middle_of_a_field_is_text(file, read):
    assert read(file("a.csv", 'NUM;CR\n1;écran 12" allumé\n2;suite\n'), *MAPPED).texts == ['écran 12" allumé', "suite"]


def test_a_quote_left_open_costs_its_own_record_only(file, read):
    outcome = read(file("a.csv", 'NUM;CR\n1;un\n2;"jamais fermé\n3;trois\n4;"quatre"\n5;cinq\n'), *MAPPED)
    assert outcome.ids == ["1", "3", "4", "5"]
    assert outcome.faults == [(Fault.UNREADABLE, 3)]


def test_a_quote_left_open_to_the_end_of_the_file_costs_its_own_record_only(file, read):
    outcome = read(file("a.csv", 'NUM;CR\n"1;un\n2;deux\n3;trois\n'), *MAPPED)
    assert outcome.ids == ["2", "3"]
    assert outcome.faults == [(Fault.UNREADABLE, 2)]


def test_lines_of_a_damaged_record_are_not_taken_for_reports(file, read):
    damaged = '12;"Foie dit "normal" ce jour\nConclusion ; rien\nSigné ; le médecin"\n'
    outcome = read(file("a.csv", f"NUM;CR\n11;un\n{damaged}13;trois\n"), *MAPPED)
    assert outcome.ids == ["11", "13"]
    assert outcome.faults == [(Fault.UNREADABLE, 3)]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": damaged}


def test_damage_before_any_good_record_ends_at_an_id_without_blanks(file, read):
    outcome = read(file("a.csv", 'NUM;CR\nA1;"a"b\ndu texte ; libre\nA2;deux\n'), *MAPPED)
    assert outcome.ids == ["A2"]
    assert outcome.faults == [(Fault.UNREADABLE, 2)]


def test_a_record_after_damage_may_have_an_id_of_any_kind_seen_before(file, read):
    outcome = read(file("a.csv", 'NUM;CR\n1;un\nTOTAL;deux\n3;"a"b\nConclusion : rien;fin\n4;quatre\n'), *MAPPED)
    assert outcome.ids == ["1", "TOTAL", "4"]
    assert outcome.faults == [(Fault.UNREADABLE, 4)]


def test_a_long_damaged_stretch_is_given_up_in_parts(file, read):
    stretch = "".join(f"ligne libre {number}\n" for number in range(1500))
    outcome = read(file("a.csv", f'NUM;CR\n1;un\n2;"a"b\n{stretch}3;trois\n'), *MAPPED)
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.UNREADABLE, 3), (Fault.UNREADABLE, 1003)]


def test_damage_at_the_end_of_the_file_is_rejected(file, read):
    outcome = read(file("a.csv", 'NUM;CR\n1;un\n2;"a"b\nsuite'), *MAPPED)
    assert outcome.ids == ["1"]
    assert json.loads(outcome.rejected[0].raw or "") == {"line": '2;"a"b\nsuite'}


def test_a_record_of_too_many_bytes_is_given_up(file, read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RECORD_BYTES", 60)
    lines = "".join(f"{number};ligne\n" for number in range(3, 40))
    outcome = read(file("a.csv", f'NUM;CR\n1;un\n2;"ouvert\n{lines}'), *MAPPED)
    assert outcome.ids == ["1", *map(str, range(3, 40))]
    assert outcome.faults == [(Fault.UNREADABLE, 3)]


def test_a_record_of_too_many_lines_is_given_up(file, read, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RECORD_LINES", 3)
    outcome = read(file("a.csv", 'NUM;CR\n1;"a\nb\nc"\n2;"a\nb\nc\nd"\n3;fin\n'), *MAPPED)
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.UNREADABLE, 5)]


def test_a_line_above_the_bound_is_rejected_without_being_kept(file, read, monkeypatch):
    monkeypatch.setattr("indexer.sources.lines.MAX_RECORD_BYTES", 100)
    outcome = read(file("a.csv", f"NUM;CR\n1;un\n2;{'x' * 500_000}\n3;trois\n"), *MAPPED)
    assert outcome.ids == ["1", "3"]
    assert [(r.fault, r.origin.line, r.raw) for r in outcome.rejected] == [(Fault.UNREADABLE, 3, None)]


def test_a_field_above_the_standard_library_s_limit_is_read(file, read):
    assert [len(text) for text in read(file("a.csv", f"NUM;CR\n1;{'x' * 200_000}\n"), *MAPPED).texts] == [200_000]


@pytest.mark.parametrize("content", ["NUM;CR\n1;opacité\n", "\ufeffNUM;CR\n1;opacité\n", '\ufeff"NUM";CR\n1;opacité\n'])
def test_utf8_is_read_with_and_without_its_mark(file, read, content):
    assert read(file("a.csv", content), *MAPPED).texts == ["opacité"]


def test_windows_1252_is_read_when_stated(file, read):
    path = file("a.csv", "NUM;Compte rendu détaillé\n1;L’œdème – 10 €\n".encode("cp1252"))
    outcome = read(path, "id=NUM", "text=Compte rendu détaillé", encoding=Encoding.WINDOWS_1252)
    assert outcome.texts == ["L’œdème – 10 €"]


def test_a_byte_that_windows_1252_lacks_is_a_wrong_encoding(file, read):
    outcome = read(file("a.csv", b"NUM;CR\n1;a\x81b\n2;c\n"), *MAPPED, encoding=Encoding.WINDOWS_1252)
    assert (outcome.ids, outcome.faults) == (["2"], [(Fault.WRONG_ENCODING, 2)])


def test_a_header_in_another_encoding_stops_the_run(file, read):
    with pytest.raises(SourceError, match=r"first line of .* is not in utf-8: .* one of utf-8, windows-1252"):
        read(file("a.csv", "NUM;Opacité\n1;a\n".encode("cp1252")), *MAPPED)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_stops_the_run(file, read, mark):
    with pytest.raises(SourceError, match="is in UTF-16: save it as UTF-8"):
        read(file("a.csv", mark + b"N\0;\0C\0"), *MAPPED)


def test_a_mark_that_contradicts_the_stated_encoding_stops_the_run(file, read):
    with pytest.raises(SourceError, match="begins with the mark of UTF-8, but its encoding was given as windows-1252"):
        read(file("a.csv", "\ufeffNUM;CR\n"), *MAPPED, encoding=Encoding.WINDOWS_1252)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv"])
def test_gzip_is_known_by_suffix_or_content(file, read, name):
    path = file(name, gzip.compress("\ufeffNUM;CR\n1;opacité\n".encode()))
    assert read(path, *MAPPED).texts == ["opacité"]


def test_a_gzip_file_cut_short_gives_what_came_before_and_then_stops(file):
    rows = "".join(f"{number};{hashlib.sha256(bytes(number)).hexdigest()}\n" for number in range(5000))
    path = file("a.csv.gz", gzip.compress(f"NUM;CR\n{rows}".encode())[:-4000])
    records = open_source(path, Mapping.parse(MAPPED)).records()
    assert next(records).source_id == "0"
    with pytest.raises(SourceError, match=r"a\.csv\.gz is not a whole gzip file"):
        list(records)


def test_plain_text_called_gz_is_refused(file, read):
    with pytest.raises(SourceError, match="is not a whole gzip file"):
        read(file("a.csv.gz", "NUM;CR\n"), *MAPPED)


def test_an_unknown_column_stops_before_the_first_record(file):
    with pytest.raises(MappingError, match="no column 'CR' for the field text: it has NUM, TEXTE"):
        open_source(file("a.csv", "NUM;TEXTE\n1;un\n"), Mapping.parse(MAPPED))


def test_a_file_without_header_does_not_show_its_first_report(file):
    with pytest.raises(MappingError, match="does not look like a list of column names") as caught:
        open_source(file("a.csv", "4711;DURAND;Scanner\n"), Mapping.parse(MAPPED))
    assert "DURAND" not in str(caught.value)


def test_two_columns_of_a_mapped_name_stop_the_run(file, read):
    with pytest.raises(SourceError, match="has 2 columns called 'CR'"):
        read(file("a.csv", "NUM;CR;CR\n1;a;b\n"), *MAPPED)


def test_an_empty_file_stops_the_run(file, read):
    with pytest.raises(SourceError, match="is empty: a line with the names of the columns was expected"):
        read(file("a.csv", ""), *MAPPED)


def test_a_header_alone_gives_no_record(file, read):
    outcome = read(file("a.csv", "NUM;CR\n"), *MAPPED)
    assert (outcome.reports, outcome.rejected) == ([], [])


def test_the_size_is_exact_for_a_short_file_and_close_for_a_long_one(file):
    short = open_source(file("a.csv", 'NUM;CR\n1;"a\nb"\n2;c\n'), Mapping.parse(MAPPED))
    assert short.size_hint() == 2
    rows = "".join(f"{number:06};texte de la même longueur\n" for number in range(40_000))
    hint = open_source(file("b.csv", f"NUM;CR\n{rows}"), Mapping.parse(MAPPED)).size_hint()
    assert hint == pytest.approx(40_000, rel=0.01)


def test_reading_twice_gives_the_same_records(file):
    source = open_source(file("a.csv", 'NUM;CR\n1;un\n2;"x"y\n3;trois\n'), Mapping.parse(MAPPED))
    assert list(source.records()) == list(source.records())
