"""What words are: eponyms, names, vocabulary; and that no eponym in its usual expression is taken for a person."""

import re
import tomllib
from importlib.resources import files

import pytest

from indexer.privacy.gate import load_gate
from indexer.privacy.lexicon import flat, is_eponym, is_listed_name, is_plain
from indexer.settings import Settings

ENTRIES = tomllib.loads((files("indexer.privacy") / "data" / "eponyms.toml").read_text(encoding="utf-8"))["eponym"]
EXPRESSIONS = [(entry["name"], used) for entry in ENTRIES for used in entry["used_in"]]


def test_the_list_is_long_sorted_and_without_doubles() -> None:
    names = [entry["name"] for entry in ENTRIES]
    assert len(names) >= 250
    assert len({flat(name) for name in names}) == len(names)
    assert names == sorted(names, key=str.lower)


def test_every_eponym_is_used_with_its_own_name() -> None:
    for entry in ENTRIES:
        assert entry["used_in"], entry["name"]
        written = [flat(form) for form in (entry["name"], *entry.get("variants", ()))]
        parts = {part for form in written for part in re.split(r"[\s-]", form) if len(part) > 2}
        for used in entry["used_in"]:
            assert any(part[:5] in flat(used) for part in parts), used


@pytest.fixture(scope="module")
def gate():
    return load_gate(Settings())


@pytest.mark.parametrize("form", ["Aspect de {}.", "{} connu, stable.", "Résultats : {} à gauche.", "- {} ?"])
def test_no_eponym_in_its_usual_expression_is_taken_for_an_identifier(gate, form: str) -> None:
    for _name, used in EXPRESSIONS:
        for text in (form.format(used), form.format(used).upper()):
            assert [text[i.start : i.end] for i in gate.find(text)] == [], text


@pytest.mark.parametrize(
    "word", ["nodule", "cholécystites", "leucoaraïose", "supra-épineux", "d'épanchement", "scanner"]
)
def test_vocabulary_is_plain(word: str) -> None:
    assert is_plain(flat(word))


@pytest.mark.parametrize("word", ["Diallo", "Kowalczyk", "N'Guyen", "El-Khattabi", "Garnier", "Lefèvre"])
def test_surnames_are_not_plain(word: str) -> None:
    assert not is_plain(flat(word))


def test_names_that_are_words_are_both() -> None:
    assert is_plain("petit")
    assert is_listed_name("petit")
    assert is_listed_name("jean-baptiste")
    assert not is_listed_name("nodule")


def test_flat_text_keeps_every_place() -> None:
    text = "Œdème à l’hôpital N’GUYEN – 12\u00a0mm İ ß ﬁ"
    assert len(flat(text)) == len(text)
    assert flat("Élève d’Été") == "eleve d'ete"


def test_an_eponym_is_known_by_its_parts_and_without_accents() -> None:
    assert all(is_eponym(word) for word in ("baker", "sachs", "kienbock", "lake louise", "hill-sachs"))
    assert not is_eponym("dupont")
