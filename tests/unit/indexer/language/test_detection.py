"""The language of a text, as sure as its length allows."""

import pytest

from indexer.language.detection import language_of

FRENCH = (
    "Scanner thoracique sans injection. Pas d'épanchement pleural ni de nodule suspect. Conclusion : examen normal."
)
ENGLISH = "CT of the chest without contrast. There is no pleural effusion and no suspicious nodule. Normal examination."
GERMAN = "CT des Thorax ohne Kontrastmittel. Kein Pleuraerguss, kein verdächtiger Rundherd. Unauffälliger Befund."


@pytest.mark.parametrize(("text", "language"), [(FRENCH, "fr"), (ENGLISH, "en"), (GERMAN, "de")])
def test_a_few_sentences_are_enough(text: str, language: str) -> None:
    found, probability = language_of(text)
    assert found == language
    assert probability > 0.95


def test_capitals_without_accents_are_french_as_well() -> None:
    assert language_of("SCANNER THORACIQUE SANS INJECTION. PAS D'EPANCHEMENT PLEURAL NI DE NODULE SUSPECT.")[0] == "fr"


def test_one_word_is_never_sure() -> None:
    assert language_of("nodule")[1] < 0.8
