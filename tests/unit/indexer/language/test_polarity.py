"""What a sentence affirms and denies, on annotated sentences."""

from pathlib import Path

import pytest

from indexer.language.polarity import Clause, clauses
from indexer.words import terms
from tests.unit.indexer.language.markup import Annotated, parse_file

SENTENCES = parse_file(Path(__file__).with_name("polarity_sentences.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: sentence.text)
def test_marked_words_are_affirmed_or_denied_as_marked(sentence: Annotated) -> None:
    found = list(clauses(sentence.text))
    affirmed = {term for clause in found for term in clause.affirmed}
    denied = {term for clause in found for term in clause.denied}
    wanted_affirmed = {term for piece in sentence.affirmed for term in terms(piece)}
    wanted_denied = {term for piece in sentence.denied for term in terms(piece)}
    assert wanted_affirmed <= affirmed
    assert wanted_denied <= denied
    assert not wanted_affirmed & denied
    assert not wanted_denied & affirmed


def test_there_are_enough_sentences_of_both_kinds() -> None:
    assert len(SENTENCES) >= 60
    assert sum(bool(sentence.affirmed) for sentence in SENTENCES) >= 30
    assert sum(bool(sentence.denied) for sentence in SENTENCES) >= 30


def test_a_clause_keeps_the_order_of_its_words() -> None:
    assert list(clauses("Foie normal, sans lésion focale. Rate normale.")) == [
        Clause(("foi", "normal"), ("lesion", "focal")),
        Clause(("rat", "normal"), ()),
    ]


def test_a_turning_word_opens_the_next_clause() -> None:
    # It may carry meaning of its own: it stays, affirmed, where it stands.
    assert [clause.affirmed[:1] for clause in clauses("Pas d'embolie mais un kyste")] == [(), ("mais",)]


def test_a_decimal_point_ends_no_clause() -> None:
    assert list(clauses("Pas de nodule de 3.5 mm")) == [Clause((), ("nodul", "3.5", "mm"))]


@pytest.mark.parametrize("text", ["", "...", "\n\n", "de la"])
def test_a_text_without_meaningful_words_has_no_clause(text: str) -> None:
    assert list(clauses(text)) == []


def test_every_word_but_the_cue_is_on_one_side() -> None:
    text = "Artères perméables sans sténose serrée ni anévrisme visible"
    (clause,) = clauses(text)
    assert sorted([*clause.affirmed, *clause.denied, "san"]) == sorted(terms(text))
