"""Articles, elision, sizes and the detector of slips."""

from __future__ import annotations

from datetime import date

import pytest

from indexer.demo.french import article_forms, decimal, sizes, slip, written_date


@pytest.mark.parametrize(
    ("phrase", "after_de", "after_a", "bare"),
    [
        ("le lobe moyen", "du lobe moyen", "au lobe moyen", "lobe moyen"),
        ("la lingula", "de la lingula", "à la lingula", "lingula"),
        ("l'isthme", "de l'isthme", "à l'isthme", "isthme"),
        ("les deux reins", "des deux reins", "aux deux reins", "deux reins"),
        ("L4-L5", "de L4-L5", "à L4-L5", "L4-L5"),
        ("hémisphère gauche", "d'hémisphère gauche", "à hémisphère gauche", "hémisphère gauche"),
        ("hanche droite", "de hanche droite", "à hanche droite", "hanche droite"),
    ],
)
def test_noun_phrases_contract_and_elide(phrase: str, after_de: str, after_a: str, bare: str) -> None:
    assert article_forms(phrase) == {"": phrase, "de": after_de, "à": after_a, "-": bare}


def test_decimals_and_sizes_are_written_the_french_way() -> None:
    assert decimal(1.25, 1) == "1,2"
    assert decimal(3.0, 1) == "3"
    assert sizes((12, 9), centimetres=False, cross=" x ") == "12 x 9 mm"
    assert sizes((12, 9, 30), centimetres=True, cross="x") == "1,2x0,9x3 cm"


def test_dates_have_three_forms() -> None:
    day = date(2021, 3, 1)
    assert [written_date(day, form) for form in ("slash", "dot", "words")] == [
        "01/03/2021",
        "01.03.2021",
        "1er mars 2021",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "nodule de le lobe moyen", "au contact à les plèvres", "absence de épanchement", "le hémisphère", "d'droit",
        "pas d'hernie", "double  espace", "espace avant .", "un {slot}", "reste de [balise", "rein bilatéral",
    ],
)  # fmt: skip
def test_slips_are_seen(text: str) -> None:
    assert slip(text)


@pytest.mark.parametrize(
    "text",
    [
        "Pas de hernie hiatale.", "Canal lombaire de 11 mm.", "Reste d'hématome.", "L'IRM du jour.", "Pas de HSD.",
        "Absence d'hydarthrose : genou sec.", "Kystes rénaux bilatéraux.", "Le onze mars.",
    ],
)  # fmt: skip
def test_sound_french_passes(text: str) -> None:
    assert slip(text) is None
