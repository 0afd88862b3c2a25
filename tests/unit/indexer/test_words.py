"""One analyser for reports, queries and highlights: what meets, what is kept, and where words stand."""

import pytest

from indexer.words import FUNCTION_WORDS, blank_elisions, fold, folded_words, terms, words

NEGATIONS = ["pas", "sans", "aucun", "aucune", "ni", "ne", "non", "absence", "jamais", "nul", "indemne", "no", "not"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hépatomégalie", "hepatomegalie"),
        ("ŒDÈME", "oedeme"),
        ("Cæcum", "caecum"),
        ("ÇA ET LÀ", "ca et la"),
        ("e\u0301panchement", "epanchement"),  # a combining accent
        ("ﬁbrose", "fibrose"),  # a ligature of typography
        ("10 mm²", "10 mm2"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_fold_removes_case_accents_and_ligatures(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hépatomégalie", "HEPATOMEGALIE"),
        ("fracture", "Fractures"),
        ("nodule pulmonaire", "nodules pulmonaires"),
        ("œdème", "OEDEME"),
        ("épanchement", "e\u0301panchements"),
        ("l'épaule", "épaule"),
        ("d’épanchement", "ÉPANCHEMENT"),
        ("calcifiée", "CALCIFIEES"),
    ],
)
def test_spellings_of_one_word_meet(one: str, other: str) -> None:
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize("particle", ["l", "d", "j", "s", "n", "c", "m", "t", "qu", "jusqu", "lorsqu", "puisqu"])
@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ"])
def test_elided_particles_are_no_words(particle: str, apostrophe: str) -> None:
    assert terms(f"{particle}{apostrophe}embolie") == terms("embolie")
    assert terms(f"{particle.upper()}{apostrophe}EMBOLIE") == terms("embolie")


def test_an_apostrophe_within_a_word_is_no_elision() -> None:
    assert terms("aujourd'hui") == [*terms("aujourd"), *terms("hui")]


@pytest.mark.parametrize("negation", NEGATIONS)
def test_every_negation_survives(negation: str) -> None:
    assert negation not in FUNCTION_WORDS
    assert len(terms(f"le {negation} du foie")) == 2
    assert len(terms(negation.upper())) == 1


def test_function_words_are_left_out() -> None:
    assert terms("le la les de des du un une et au aux en dans sur par pour") == []


def test_terms_keep_order_and_repeats() -> None:
    assert terms("foie rein foie") == ["foi", "rein", "foi"]


def test_a_decimal_number_is_one_word() -> None:
    assert terms("12,5 x 3.2 mm, 4.") == ["12,5", "x", "3.2", "mm", "4"]


def test_words_stand_where_the_text_has_them() -> None:
    text = "L'Œdème n'est PAS\n d’épaules."
    assert [text[word.start : word.end] for word in words(text)] == ["Œdème", "PAS", "épaules"]
    assert [word.term for word in words(text)] == terms(text)


def test_offsets_hold_where_folding_changes_the_length() -> None:
    text = "œœœ ﬁ ½ İstanbul kyste"
    last = list(words(text))[-1]
    assert (text[last.start : last.end], last.start) == ("kyste", 17)


def test_blanked_elisions_keep_the_length() -> None:
    assert blank_elisions("qu'il y ait d’eau") == "   il y ait   eau"


def test_phrases_keep_every_word_as_written() -> None:
    assert folded_words("Pas d'Épanchement de la plèvre") == ["pas", "d", "epanchement", "de", "la", "plevre"]


@pytest.mark.parametrize("text", ["", "   \n", "…—!?", "_ _", "'’"])
def test_a_text_without_words_has_no_terms(text: str) -> None:
    assert terms(text) == []
    assert list(words(text)) == []
