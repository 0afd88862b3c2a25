"""Employers, insurers, companies."""

import pytest

from indexer.privacy.detectors.companies import CompanyDetector
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = CompanyDetector()

FOUND = [
    "travaille chez [[COMPANY|Renault]], salarié de [[COMPANY|Transports Berthaud SARL]]. Coup du lapin.",
    "Employeur : [[COMPANY|Constructions Navales Delorme]]",
    "Mutuelle : [[COMPANY|MGEN]]\nOrganisme : [[COMPANY|CPAM du Rhône]]",
    "ouvrier chez [[COMPANY|Aciéries Rémy & Fils]], retraité de la [[COMPANY|SNCF]]",
    "[[COMPANY|SARL Martin et Fils]]",
    "chauffeur chez [[COMPANY|logivia]], port de charges",
    "menuisier ; accident couvert par [[COMPANY|Allianz]].",
]

NOT_FOUND = [
    "Société Française de Radiologie, assurance maladie, mutuelle non renseignée",
    "SAS sévère, 22 SA, SA FILLE, groupe sanguin",
    "agent de contraste, cadre osseux, cadre de la surveillance",
    "SALARIE DE NUIT",
]


@pytest.mark.parametrize("marked", FOUND)
def test_companies_are_found_without_their_cue(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_words_of_work_alone_are_no_companies(text: str) -> None:
    assert marked_by(DETECTOR, text) == text
