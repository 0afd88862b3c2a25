"""The vocabularies are data: each is well formed, has its source at its head, and says nothing twice."""

import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from indexer.report import SectionKind
from indexer.words import fold


def _content(name: str) -> str:
    return (files("indexer.language") / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["headings.toml", "polarity.toml"])
def test_a_vocabulary_names_its_source(name: str) -> None:
    head = [line for line in _content(name).splitlines() if line.startswith("#")]
    assert any("Source:" in line for line in head)


def test_headings_belong_to_a_section_kind_each_but_the_preamble() -> None:
    table = tomllib.loads(_content("headings.toml"))
    assert set(table) == {"headings", "leading", "innocent", "openers"}
    assert set(table["headings"]) == {kind.value for kind in SectionKind} - {SectionKind.PREAMBLE}


def test_no_heading_stands_twice() -> None:
    names = Counter(fold(n) for group in tomllib.loads(_content("headings.toml"))["headings"].values() for n in group)
    assert [name for name, count in names.items() if count > 1] == []


def test_headings_are_written_as_they_are_looked_up() -> None:
    for group in tomllib.loads(_content("headings.toml"))["headings"].values():
        assert [n for n in group if n != " ".join(n.split()) or n != n.lower() or set(n) & set("'’/-_")] == []


def test_polarity_has_the_three_kinds_of_cue_and_the_terminators() -> None:
    table = tomllib.loads(_content("polarity.toml"))
    assert set(table) == {"cues", "terminators"}
    assert set(table["cues"]) == {"before", "after", "pseudo"}
    assert set(table["terminators"]) == {"words"}


@pytest.mark.parametrize("kind", ["before", "after", "pseudo", "terminators"])
def test_cues_are_whole_small_and_unique(kind: str) -> None:
    table = tomllib.loads(_content("polarity.toml"))
    cues = table["terminators"]["words"] if kind == "terminators" else table["cues"][kind]
    assert cues
    assert [cue for cue in cues if not cue or cue != " ".join(cue.split()) or cue != cue.lower()] == []
    assert [cue for cue, count in Counter(cues).items() if count > 1] == []


def test_no_cue_is_of_two_kinds() -> None:
    cues = tomllib.loads(_content("polarity.toml"))["cues"]
    together = Counter(cue for kind in cues.values() for cue in kind)
    assert [cue for cue, count in together.items() if count > 1] == []
