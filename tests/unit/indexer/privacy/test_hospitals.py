"""Hospitals, imaging centres, and wards with a name of their own."""

import pytest

from indexer.privacy.detectors.hospitals import HospitalDetector
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = HospitalDetector()

FOUND = [
    "[[HOSPITAL|CHU de Nantes]] - Pôle imagerie",
    "[[HOSPITAL|chu de nantes]], [[HOSPITAL|hopital st antoine]], [[HOSPITAL|hopital lariboisiere]]",
    "adressé par la [[HOSPITAL|Clinique des Tourelles]] et la [[HOSPITAL|Clinique Saint-Joseph]]",
    "ADRESSE PAR LA [[HOSPITAL|CLINIQUE DES TOURELLES]]",
    "[[HOSPITAL|Hôpital Européen Georges Pompidou]], [[HOSPITAL|hôpital Édouard-Herriot]]. Pneumopéritoine.",
    "[[HOSPITAL|CENTRE HOSPITALIER DE VALMORIN]]\nSERVICE D IMAGERIE MEDICALE",
    "[[HOSPITAL|Centre d'Imagerie Médicale des Rives]], [[HOSPITAL|SELARL Imagerie du Littoral]]",
    "[[HOSPITAL|AP-HP]] - [[HOSPITAL|Hôpital Cochin]], [[HOSPITAL|HCL]], [[HOSPITAL|Gustave Roussy]]",
    "[[HOSPITAL|EHPAD Les Glycines]], [[HOSPITAL|ehpad les glycines]]",
    "[[HOSPITAL|UF 4512 Médecine Bichat]], [[HOSPITAL|Unité Kerguelen 2]]",
    "[[HOSPITAL|CH Le Mans]], [[HOSPITAL|CHI de Créteil]], [[HOSPITAL|GHT Bretagne Est]]",
    "[[HOSPITAL|Hôpital\nSaint-Joseph]], [[HOSPITAL|CHU de\nNantes]]",
    "Transferred from [[HOSPITAL|St. Mary's Hospital]].",
]

NOT_FOUND = [
    "adressé par le CHU, vu aux urgences, en réanimation, au centre hospitalier",
    "Service de pneumologie, Service de Pneumologie, Unité de Soins Intensifs, Pôle Imagerie, salle Coronarographie",
    "Clinique : douleurs. Signes cliniques. Examen clinique normal.",
    "HOPITAL DE JOUR. SERVICE DE RADIOLOGIE. CENTRE DE LA LESION.",
    "Cabinet de radiologie\nBlondeau : sinus clairs.",
    "drain 10 Ch, pavillon de l'oreille, foyer pulmonaire, unité 3, secteur III, SECTEUR III",
    "IRM SIEMENS AERA 1,5T, Scanner GE Revolution",
]


@pytest.mark.parametrize("marked", FOUND)
def test_a_kind_with_its_name_is_one_span(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_a_kind_alone_names_nothing(text: str) -> None:
    assert marked_by(DETECTOR, text) == text
