"""Streets, boxes, postcodes."""

import pytest

from indexer.privacy.detectors.addresses import AddressDetector
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = AddressDetector()

FOUND = [
    "[[ADDRESS|14 rue des Lilas]]\n[[LOCATION|69003 LYON]]",
    "[[ADDRESS|3 bis, avenue du Maréchal Foch]], [[LOCATION|06000 Nice]]",
    "[[ADDRESS|27 BD DE LA LIBERATION]]",
    "[[ADDRESS|1 allee des acacias]] [[LOCATION|33700 merignac]]",
    "Demeurant [[ADDRESS|8 chemin du Moulin]] à [[LOCATION|Plougastel-Daoulas]].",
    "habite [[ADDRESS|12 rue victor hugo]] et vit seule",
    "[[ADDRESS|10 rue du 8 mai 1945]], [[ADDRESS|8 allée du docteur Roux]]",
    "[[ADDRESS|14 rue\ndes Lilas]]",
    "[[ADDRESS|Résidence Les Tilleuls, Bât. C, appt 12]]",
    "[[ADDRESS|Lieu-dit Kerambellec]]",
    "[[ADDRESS|22 r. Gambetta 2e ét.]] CP/Ville: [[LOCATION|59100 ROUBAIX]]",
    "[[ADDRESS|BP 40213]]\n[[LOCATION|86005 POITIERS CEDEX]]",
    "[[ADDRESS|CS 40123]], [[LOCATION|44093 NANTES CEDEX 1]]",
    "[[LOCATION|F-75019 PARIS]], code postal : [[LOCATION|94240]]",
    "[[ADDRESS|221 Elm Street]], [[LOCATION|Bristol]]",
]

NOT_FOUND = [
    "3 cours de chimiothérapie, 2 passages aux urgences, 1 place de la biopsie",
    "Voie d'abord, place de l'IRM, en cours, au cours du suivi, route",
    "LA SONDE TRAVERSE LE FOIE. RESIDENCE. RUE.",
    "BP 120/80, CS 3, drain 10 Ch. Extrémité apicale",
    "Plaquettes 75 000 Contrôle, 12345 cellules",
    "la 7e côte droite, 4e ét. thoracique",
]


@pytest.mark.parametrize("marked", FOUND)
def test_addresses_are_found_to_their_end(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_plain_words_among_street_types_are_no_addresses(text: str) -> None:
    assert marked_by(DETECTOR, text) == text
