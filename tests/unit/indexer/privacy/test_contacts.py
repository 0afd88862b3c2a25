"""Telephone numbers, e-mail and web addresses."""

import pytest

from indexer.privacy.detectors.contacts import ContactDetector
from indexer.privacy.identifiers import Category, Identifier
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = ContactDetector()

FOUND = [
    "Tél : [[PHONE|01 23 45 67 89]]",
    "[[PHONE|01.23.45.67.89]] et [[PHONE|01-23-45-67-89]]",
    "joignable au [[PHONE|0123456789]].",
    "[[PHONE|+33 (0)1 23 45 67 89]], [[PHONE|0033 1 23 45 67 89]], [[PHONE|0590 12 34 56]]",
    "FAX:[[PHONE|(03) 53 01 62 10]]",
    "tel [[PHONE|06 39 98 1 2 3 4]]",
    "Tél. [[PHONE|01 23\n45 67 89]]",
    "[[PHONE|01 23 45 67 89 / 90]]",
    "poste [[PHONE|4512]], bip n° [[PHONE|1234]], secrétariat : [[PHONE|56 78]]",
    "Phone: [[PHONE|+44 1632 960 412]]",
    "écrire à [[EMAIL|jean.martin+radio@chu-nantes.fr]].",
    "[[EMAIL|imagerie (at) clinique-tourelles.fr]] ou [[EMAIL|paul arobase orange.fr]]",
    "[[EMAIL|MARIE.ROSSI@HOTMAIL.FR]]",
    "voir [[URL|https://pacs.imagerie.fr/view?id=88213]], ou [[URL|www.imagerie-martin.fr]].",
    "sur [[URL|imagerie-martin.fr]] ([[URL|monespace.radio-littoral.fr/patients]])",
    "SUR [[URL|RADIO-LITTORAL.FR]]",
]

NOT_FOUND = [
    "Signé le 05/12/2022 10:31",
    "BIP 54 mm, PC 202 mm, PA 176 mm",
    "BIP 92,4 et BIP 254 mm",
    "matrice 512 x 512, TR/TE 4500/95, DLP 1234,5 mGy.cm",
    "+ 8 UH, +12 mm, -2,7, +15 %",
    "0.48 0.56 0.72 0.81 0.99",
    "Poste 2, salle 3, appel à 22h15",
    "pas de fracture.Le foie est normal.De taille normale.Com",
    "Conus normal at L1. Modic type 1.",
    "Contact de la lésion avec la corticale, mobile à la manœuvre.",
]


@pytest.mark.parametrize("marked", FOUND)
def test_contacts_are_found_whole_and_without_their_label(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_figures_and_words_of_reports_are_no_contacts(text: str) -> None:
    assert marked_by(DETECTOR, text) == text


def test_a_label_makes_a_number_surer_than_its_form() -> None:
    # "Tél " is 4 characters, the number 14.
    assert max(i.confidence for i in DETECTOR.find("Tél 01 23 45 67 89")) == 0.95
    assert list(DETECTOR.find("01 23 45 67 89")) == [Identifier(0, 14, Category.PHONE, 0.9, "phone.france")]
