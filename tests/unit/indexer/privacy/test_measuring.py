"""Recall by identifier and over-redaction, worked out by hand."""

from pathlib import Path

import pytest

from indexer.errors import InputError
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.measuring import Marked, measure, read_marked

#        0123456789012345678901234
TEXT = "Mme DUPONT vue, kyste 12."


def finding(*spans: tuple[int, int]):
    return lambda _text: [Identifier(s, e, Category.NAME, 0.9, "test") for s, e in spans]


def test_an_identifier_counts_only_if_all_of_it_is_covered() -> None:
    marked = Marked(TEXT, ((4, 10, "name"),))
    assert measure([marked], finding((4, 10))).recall == 1.0
    assert measure([marked], finding((3, 12))).recall == 1.0
    part = measure([marked], finding((4, 9)))
    assert (part.recall, part.misses[0].words) == (0.0, "DUPONT")


def test_over_redaction_is_the_share_of_other_letters_and_digits() -> None:
    # 24 - 6 = 13 other letters and digits: Mme, vue, kyste, 12; "vue" is covered.
    measured = measure([Marked(TEXT, ((4, 10, "name"),))], finding((4, 14)))
    assert measured.over_redaction == pytest.approx(3 / 13)
    assert measured.false_alarms == []
    alarm = measure([Marked(TEXT, ((4, 10, "name"),))], finding((16, 21)))
    assert [case.words for case in alarm.false_alarms] == ["kyste"]


def test_signs_that_are_no_letters_need_no_cover() -> None:
    measured = measure([Marked("06-12", ((0, 5, "phone"),))], finding((0, 2), (3, 5)))
    assert measured.as_json() == {"recall": 1.0, "over_redaction": 0.0, "by_label": {"phone": {"recall": 1.0, "n": 1}}}


def test_without_identifiers_nothing_is_missed() -> None:
    assert measure([Marked("Genou normal.", ())], finding()).as_json() == {
        "recall": 1.0,
        "over_redaction": 0.0,
        "by_label": {},
    }


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "Mme A", "spans": [{"start": 4, "end": 5, "label": "NAME"}]}\n\n', encoding="utf-8")
    assert list(read_marked(path)) == [Marked("Mme A", ((4, 5, "NAME"),))]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '{"text": "a"}',
        '{"text": "a", "spans": [{"start": 0, "end": 9, "label": "x"}]}',
        '{"text": 1, "spans": []}',
    ],
)
def test_a_faulty_line_is_named_by_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text('{"text": "a", "spans": []}\n' + line, encoding="utf-8")
    with pytest.raises(InputError, match=r"set\.jsonl:2: "):
        list(read_marked(path))


def test_no_repr_shows_a_text() -> None:
    measured = measure([Marked(TEXT, ((4, 10, "name"),))], finding())
    assert "DUPONT" not in repr(measured.misses)
    assert "DUPONT" not in repr(Marked(TEXT, ()))
