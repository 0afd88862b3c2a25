"""Edits to a text move the mentions with their words."""

from __future__ import annotations

from random import Random

from indexer.demo.model import Assertion, Laterality, Mention, Section
from indexer.demo.noise import in_capitals, with_typing_errors, without_ligatures


def _mention(text: str, words: str) -> Mention:
    start = text.index(words)
    return Mention("x", Assertion.PRESENT, Laterality.NONE, None, None, Section.RESULTS, start, start + len(words))


def test_ligatures_before_and_inside_a_mention_shift_it() -> None:
    text = "Cœur normal. Discret œdème pulmonaire, nœud."
    mention = _mention(text, "œdème pulmonaire")
    after = without_ligatures(text, [mention])
    assert after == "Coeur normal. Discret oedème pulmonaire, noeud."
    assert after[mention.start : mention.end] == "oedème pulmonaire"


def test_capitals_lose_accents_and_keep_length() -> None:
    assert in_capitals("Épanchement à gauche, reçu") == "EPANCHEMENT A GAUCHE, RECU"


def test_typing_errors_keep_the_ends_of_the_mention() -> None:
    text = "Mise en évidence d'un épanchement pleural cloisonné de moyenne abondance, sans autre anomalie décelable."
    changed = 0
    for seed in range(300):
        mention = _mention(text, "épanchement pleural")
        after = with_typing_errors(text, [mention], Random(seed))  # noqa: S311
        words = after[mention.start : mention.end]
        assert words[0] in "ée", words
        assert words[-1] == "l", words
        assert after[mention.start - 2 : mention.start] == "n "
        changed += after != text
    assert changed > 250


def test_cues_and_sides_are_never_mistyped() -> None:
    text = "Absence d'anomalie à gauche, aucune lésion."
    for seed in range(100):
        after = with_typing_errors(text, [], Random(seed))  # noqa: S311
        assert after.startswith("Absence d'a")
        assert "à gauche, aucune " in after
