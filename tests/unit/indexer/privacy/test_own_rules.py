"""An institution's own names, patterns and words to keep."""

from pathlib import Path

import pytest

from indexer.errors import SettingsError
from indexer.privacy.gate import load_gate
from indexer.privacy.own_rules import load_own_rules
from indexer.settings import Settings


def rules(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(content, encoding="utf-8")
    return path


def found(path: Path, text: str) -> list[tuple[str, str]]:
    return [(text[i.start : i.end], i.category.value) for i in load_gate(Settings(privacy_rules=path)).find(text)]


def test_own_names_are_found_in_any_case_and_without_accents(tmp_path: Path) -> None:
    path = rules(tmp_path, 'names = ["Pavillon Rênée"]')
    assert found(path, "Vu au pavillon renee hier.") == [("pavillon renee", "name")]


def test_own_patterns_are_found(tmp_path: Path) -> None:
    path = rules(tmp_path, "[[pattern]]\ncategory = \"patient_id\"\nregex = 'SIH-\\d{3}'")
    assert found(path, "Dossier : voir sih-204.") == [("sih-204", "patient_id")]


def test_words_to_keep_are_kept(tmp_path: Path) -> None:
    text = "Relu par le Dr Prodigy."
    assert found(rules(tmp_path, ""), text) == [("Prodigy", "name")]
    assert found(rules(tmp_path, 'keep = ["prodigy"]'), text) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("names = 3", "names must be a list of words"),
        ("nom = []", "unknown entries nom"),
        ("[[pattern]]\ncategory = \"secret\"\nregex = 'a'", "no category 'secret'; valid: name"),
        ("[[pattern]]\ncategory = \"name\"\nregex = '('", "the regex cannot be used"),
        ("[[pattern]]\ncategory = \"name\"\nregex = 'a*'", "matches nothing at all"),
        ('[[pattern]]\ncategory = "name"', "must have a category and a regex"),
        ("not toml", "not a TOML file"),
    ],
)
def test_a_faulty_file_is_refused_by_what_is_wrong(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said.replace("(", r"\(")):
        load_own_rules(rules(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_own_rules(tmp_path / "none.toml")
