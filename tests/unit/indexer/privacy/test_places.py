"""Communes and places by their context."""

import pytest

from indexer.privacy.detectors.places import PlaceDetector
from indexer.privacy.detectors.proper import commune_end, is_shouting, proper_end
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = PlaceDetector()

FOUND = [
    "Habite à [[LOCATION|Nantes]], demeurant à [[LOCATION|Trifouillis-les-Oies]]",
    "née à [[LOCATION|Pointe-à-Pitre]], vit à [[LOCATION|Montreuil]]",
    "Fait à [[LOCATION|Toulouse]], le 9 mars 2022",
    "[[LOCATION|Villeneuve-d'Ascq]], le 22/06/2021",
    "[[LOCATION|rennes]], le 4 octobre 2021",
    "Lieu de naissance : [[LOCATION|Oran]]",
    "Opéré à [[LOCATION|Lille]], adressé de [[LOCATION|Clermont-Ferrand]] puis vu à [[LOCATION|Nantes (44)]]",
    "HABITE A [[LOCATION|NANTES]], EN VACANCES A [[LOCATION|BIARRITZ]] LORS DE LA CHUTE",
    "presc dr x, [[LOCATION|brest]]\nind : douleur",
    "Commune : [[LOCATION|L'Haÿ-les-Roses]]",
]

NOT_FOUND = [
    "Lymphome de Hodgkin, Deauville 2.",
    "Score de Lugano, critères de Milan, classification de Paris, consensus de Rome",
    "Vit à domicile avec son épouse. Née à terme. HABITE SEUL. NEE A TERME. VIT A DOMICILE",
    "Sens antérograde, à Droite, A GAUCHE, LE SENS DE LA FLECHE, MASSE DE LA GARDE",
    "Pose de PAC le 5.4.2022. Microbiopsie à programmer le 18 janvier.",
    "Lymphome de Hodgkin, le 12/03/2021",
    "au port du masque, séjour en réanimation, 2 tours de spires",
]


@pytest.mark.parametrize("marked", FOUND)
def test_places_are_found_where_their_context_tells(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_eponyms_and_words_are_no_places(text: str) -> None:
    assert marked_by(DETECTOR, text) == text


def test_the_longest_commune_counts() -> None:
    # "saint-denis-en-val" is listed beside "saint-denis": all 18 characters.
    assert commune_end("saint-denis-en-val est", 0) == 18
    assert commune_end("st denis et la suite", 0) == 8
    assert commune_end("la lesion", 0) == 0


def test_a_proper_name_goes_on_over_particles_but_not_into_the_sentence() -> None:
    assert proper_end("Bourg de la Reine est", 0, frozenset()) == len("Bourg de la Reine")
    assert proper_end("Foch. Examen", 0, frozenset()) == len("Foch")
    assert proper_end("Nantes Service", 0, frozenset({"service"})) == len("Nantes")
    assert proper_end("de la lésion", 0, frozenset()) == 0


def test_a_line_of_capitals_is_told_from_its_neighbours() -> None:
    assert is_shouting("Titre\nSCANNER DU FOIE\nTexte", 8)
    assert not is_shouting("SCANNER\nTexte\nFOIE", 9)
