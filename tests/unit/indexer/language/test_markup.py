"""The markup of annotated sentences is read exactly, or refused."""

import pytest

from tests.unit.indexer.language.markup import Annotated, MarkupError, parse, parse_file


def test_marks_are_taken_off_and_sorted() -> None:
    assert parse("Pas d'{-embolie-}, mais un {+épanchement pleural+} et une {+fracture+}.") == Annotated(
        "Pas d'embolie, mais un épanchement pleural et une fracture.", ("épanchement pleural", "fracture"), ("embolie",)
    )


@pytest.mark.parametrize(
    ("sentence", "mistake"),
    [
        ("Pas d'{-embolie+}.", "opens with - and closes with \\+"),
        ("Pas d'{--}.", "empty"),
        ("Pas d'{- embolie-}.", "blanks"),
        ("Pas d'{-embolie.", "brace"),
        ("Pas d'embolie-}.", "brace"),
        ("Pas d'{embolie}.", "brace"),
        ("Pas d'{?embolie?}.", "brace"),
        ("Pas d'{-{+embolie+}-}.", "brace"),
        ("Pas d'embolie.", "nothing is marked"),
        ("", "nothing is marked"),
    ],
)
def test_malformed_markup_is_refused(sentence: str, mistake: str) -> None:
    with pytest.raises(MarkupError, match=mistake):
        parse(sentence)


def test_a_file_is_one_sentence_a_line() -> None:
    assert [a.text for a in parse_file("# title\n\nUn {+kyste+}\\nrénal.\n  Un {+calcul+}.\n")] == [
        "Un kyste\nrénal.",
        "Un calcul.",
    ]


def test_one_bad_line_refuses_the_file() -> None:
    with pytest.raises(MarkupError, match="nothing is marked"):
        parse_file("Un {+kyste+}.\nUn calcul.")
