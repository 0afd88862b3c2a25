"""Findings are recognised as reports write them."""

import pytest

from indexer.report import BodyRegion, Laterality
from tests.unit.indexer.language.reading import read, said

EFFUSION = "pleural_effusion"


@pytest.mark.parametrize(
    "text",
    [
        "épanchement pleural",
        "EPANCHEMENT PLEURAL",
        "épanchements pleuraux",
        "épanchement liquidien pleural gauche",
        "épanchement minime de la plèvre",
        "épanchement de la grande cavité pleurale",
        "Plèvre : lame d'épanchement",
        "épanchemnt pleural",
        "épanchement pleurral",
        "Il existe, au niveau de la plèvre droite, un épanchement",
        "right pleural effusion",
    ],
)
def test_one_finding_in_many_wordings(text: str) -> None:
    assert said(text, BodyRegion.THORAX) == {EFFUSION: "present"}


def test_coordinated_sites_are_a_finding_each() -> None:
    assert set(said("Épanchements pleural et péricardique.")) == {EFFUSION, "pericardial_effusion"}
    assert said("Pas d'épanchement pleural ni péricardique.") == {EFFUSION: "absent", "pericardial_effusion": "absent"}
    assert set(said("Épanchement pleuro-péricardique.")) == {EFFUSION, "pericardial_effusion"}


def test_joined_heads_share_their_site() -> None:
    assert set(said("Pas d'épanchement ni d'épaississement pleural.")) == {EFFUSION, "pleural_thickening"}


def test_a_distant_site_in_the_same_phrase() -> None:
    assert set(said("Thrombus proximal visible dans l'artère pulmonaire droite.")) == {"pulmonary_embolism"}


def test_a_label_is_the_site_of_what_stands_below() -> None:
    text = "Foie :\n- homogène\nReins :\n- à gauche, deux kystes de 12 mm"
    assert [(f.concept, f.laterality) for f in read(text)] == [("renal_cyst", Laterality.LEFT)]


def test_a_bare_head_is_understood_by_the_exam() -> None:
    assert set(said("Épanchement.", BodyRegion.LOWER_LIMB)) == {"joint_effusion"}
    assert set(said("Épanchement.", BodyRegion.THORAX)) == {EFFUSION}
    assert set(said("Épanchement.", BodyRegion.THORAX, BodyRegion.LOWER_LIMB)) == {"effusion"}


def test_an_abbreviation_counts_in_capitals_and_in_its_regions() -> None:
    assert said("Pas d'EP.", BodyRegion.THORAX) == {"pulmonary_embolism": "absent"}
    assert said("Pas d'ep.", BodyRegion.THORAX) == {}


def test_a_correct_word_is_not_mended_into_another() -> None:
    assert said("La patiente est confortable, sans plainte.") == {}


@pytest.mark.parametrize("text", ["Choc hémorragique.", "Masse musculaire conservée.", "Hématome au sein du foie."])
def test_words_that_mean_something_else(text: str) -> None:
    assert not {"hemorrhage", "mass", "breast_hematoma"} & set(said(text))


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Kyste du rein droit et lithiase du rein gauche.", ["right", "left"]),
        ("Kystes rénaux bilatéraux.", ["bilateral"]),
        ("Kyste rénal D.", ["right"]),
        ("Rein gauche : kyste.", ["left"]),
        ("A droite, kyste rénal.", ["right"]),
        ("Kystes des deux reins.", ["bilateral"]),
        ("Masse du rein droit. Kyste du rein controlatéral.", ["right", "left"]),
    ],
)
def test_each_finding_has_its_own_side(text: str, sides: list[str]) -> None:
    assert [f.laterality.value for f in read(text, BodyRegion.ABDOMEN)] == sides


def test_a_lobe_gives_the_side() -> None:
    assert [f.laterality for f in read("Nodule de 8 mm du lobe moyen.", BodyRegion.THORAX)] == [Laterality.RIGHT]
