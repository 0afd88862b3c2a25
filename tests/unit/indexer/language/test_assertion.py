"""Cues and how far they reach."""

import pytest

from indexer.language.memory import Exam
from indexer.language.sections import split_sections
from indexer.report import BodyRegion, SectionKind
from tests.unit.indexer.language.reading import analyser, said

NEGATIONS = [
    "Pas de {}.",
    "Pas d'image de {}.",
    "Absence de {}.",
    "Sans {}.",
    "Aucun signe de {}.",
    "Aucune {}.",
    "Pas d'argument en faveur d'une {}.",
    "Disparition de la {}.",
    "{} non retrouvée.",
    "{} non visible.",
    "Il n'est pas mis en évidence de {}.",
    "Indemne de {}.",
    "Pas de : {}.",
    "Régression complète de la {}.",
    "No evidence of {}.",
]
DOUBTS = [
    "Suspicion de {}.",
    "Possible {}.",
    "{} possible.",
    "{} probable.",
    "{} ne peut être éliminée.",
    "{} ne pouvant être formellement exclue.",
    "{} à confirmer.",
    "{} ?",
    "Aspect pouvant correspondre à une {}.",
    "{} douteuse.",
]
PASTS = ["Antécédent de {}.", "ATCD de {}.", "Séquelle de {}.", "Opéré d'une {}."]
PRESENT = [
    "{} connue.",
    "{} stable.",
    "Aspect évocateur de {}.",
    "En faveur d'une {}.",
    "Compatible avec une {}.",
    "Sans modification de la {}.",
    "Majoration de la {}.",
    "Pas seulement une {}.",
    "Pas d'autre anomalie qu'une {}.",
]
FINDINGS = ["sténose trachéale", "diverticulite", "pneumopathie", "fracture", "appendicite", "hernie discale"]


def status(frame: str, finding: str, section: SectionKind = SectionKind.RESULTS) -> str:
    """What a finding is said to be in a frame; the test fails if it is not found at all."""
    alone = set(said(f"{finding.capitalize()}.", BodyRegion.THORAX))
    read = said(frame.format(finding).capitalize(), BodyRegion.THORAX, section=section)
    (concept,) = alone & set(read)
    return read[concept]


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("frame", NEGATIONS)
def test_a_negation_flips_a_present_finding(frame: str, finding: str) -> None:
    assert status(frame, finding) == "absent"


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("frame", DOUBTS)
def test_a_doubt(frame: str, finding: str) -> None:
    assert status(frame, finding) == "uncertain"


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("frame", PASTS)
def test_a_past(frame: str, finding: str) -> None:
    assert status(frame, finding) == "historical"


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("frame", PRESENT)
def test_what_only_looks_like_a_denial(frame: str, finding: str) -> None:
    assert status(frame, finding) == "present"


@pytest.mark.parametrize(
    "turn", ["mais", "hormis une", "en dehors d'une", "à l'exception d'une", "avec une", "; présence d'une"]
)
@pytest.mark.parametrize("frame", [f for f in NEGATIONS if f.endswith("{}.") and ":" not in f])
def test_behind_a_turn_a_second_finding_is_there(frame: str, turn: str) -> None:
    text = frame.format("pneumopathie").rstrip(".") + f" {turn} hernie hiatale."
    read = said(text, BodyRegion.THORAX)
    assert (read["pneumonia"], read["hiatal_hernia"]) == ("absent", "present")


@pytest.mark.parametrize("section", [SectionKind.INDICATION, SectionKind.TECHNIQUE])
def test_what_the_indication_names_is_asked(section: SectionKind) -> None:
    assert status("Bilan d'une {}.", "diverticulite", section) == "asked"
    assert status("{} ?", "diverticulite", section) == "asked"
    assert status("Antécédent de {}.", "diverticulite", section) == "historical"


def test_a_relatives_finding_is_the_familys() -> None:
    read = said("Mère décédée d'une embolie pulmonaire.", section=SectionKind.INDICATION)
    assert read == {"pulmonary_embolism": "family"}


def test_a_denied_list_goes_on_over_commas_and_ends_at_a_statement() -> None:
    read = said("Pas de pneumothorax, d'épanchement pleural ni de fracture.", BodyRegion.THORAX)
    assert set(read.values()) == {"absent"}
    assert len(read) == 3
    read = said("Pas de pneumothorax, présence d'un épanchement pleural.", BodyRegion.THORAX)
    assert read == {"pneumothorax": "absent", "pleural_effusion": "present"}


def test_a_list_below_its_denial() -> None:
    read = said("Pas de :\n- pneumothorax\n- épanchement pleural\n\nHernie hiatale.", BodyRegion.THORAX)
    assert read == {"pneumothorax": "absent", "pleural_effusion": "absent", "hiatal_hernia": "present"}


def test_what_stands_under_antecedents_is_past_but_what_is_sought_there() -> None:
    text = "Antécédents : embolie pulmonaire, hernie discale. Fracture ?\n\nRésultats : ascite."
    sections = split_sections(text)
    found = analyser().findings(text, sections, Exam())
    assert {one.concept: one.assertion.value for one in found} == {
        "pulmonary_embolism": "historical",
        "disc_herniation": "historical",
        "fracture": "asked",
        "ascites": "present",
    }


def test_what_an_unheaded_line_about_the_patient_names_is_asked_or_past() -> None:
    text = "Écho-doppler veineux\n\nH 60 a, mollet douloureux. Phlébite ? ATCD d'embolie pulmonaire.\n\nKyste poplité."
    found = analyser().findings(text, split_sections(text), Exam())
    assert {one.concept: one.assertion.value for one in found} == {
        "venous_thrombosis": "asked",
        "pulmonary_embolism": "historical",
        "baker_cyst": "present",
    }
