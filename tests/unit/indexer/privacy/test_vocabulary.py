"""How data files become patterns, and what their words must be."""

import re

import pytest

from indexer.privacy.detectors.vocabulary import NUMBER_SIGN, UNIT, alternatives, compiled, vocabulary
from indexer.privacy.lexicon import flat


def test_the_longest_alternative_comes_first_and_a_space_stands_for_any_blanks() -> None:
    pattern = re.compile(alternatives(["centre", "centre hospitalier"]))
    found = pattern.match("centre\nhospitalier")
    assert found is not None
    assert found.group() == "centre\nhospitalier"


@pytest.mark.parametrize("sign", ["n°", "n °", "nº", "no", "num.", "numero", "n?"])
def test_the_number_sign_in_its_spellings(sign: str) -> None:
    assert compiled(NUMBER_SIGN).fullmatch(sign)


@pytest.mark.parametrize(
    ("text", "unit"), [(" mm", True), (" mm2", True), ("%", True), (" mg22019334", False), (" a", False)]
)
def test_a_unit_is_told_from_the_next_word(text: str, *, unit: bool) -> None:
    assert bool(compiled(UNIT).match(text)) is unit


def _words(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [word for inner in values for word in _words(inner)]


@pytest.mark.parametrize("name", ["contacts", "dates", "numbers", "places", "organisations"])
def test_words_are_flat_and_make_patterns(name: str) -> None:
    words = _words(vocabulary(name))
    assert len(words) > 50
    # A word with an accent or a capital could never match flat text.
    assert [word for word in words if word != flat(word) and "\\" not in word] == []
    assert compiled(alternatives(words))
