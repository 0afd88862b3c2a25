"""Identifying numbers."""

import pytest

from indexer.privacy.detectors.numbers import NumberDetector, is_luhn, key_of
from indexer.privacy.identifiers import Category
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = NumberDetector()

# 1 85 05 78 006 084: 1850578006084 = 97 x 19078123774 + 6, so its key is 97 - 6 = 91.
RIGHT, WRONG = "1 85 05 78 006 084 91", "1 85 05 78 006 084 36"

FOUND = [
    f"patient [[NIR|{RIGHT}]]",
    f"NIR : [[NIR|{WRONG}]]",
    "N°SS:[[NIR|2 45 05 64 977 510-80]]",
    "INS [[NIR|2 63 08 2A 904 118 36]]",
    "NIR [[NIR|1 38 09 13 955 081]] clé [[NIR|93]]",
    "IPP : [[PATIENT_ID|0008123457]] NDA [[PATIENT_ID|22-0145872]] IEP [[PATIENT_ID|210458712]]",
    "N° dossier : [[PATIENT_ID|R2021/45871]], code patient : [[PATIENT_ID|DUPF5103]]",
    "MRN: [[PATIENT_ID|00451223]]  Accession #: [[EXAM_ID|US-557821]]",
    "examen n° [[EXAM_ID|E-2021-09912]], n° de demande : [[EXAM_ID|DX-22-55120]]",
    "réf. examen [[EXAM_ID|IRM/22/03/0455]]  réf. patient [[PATIENT_ID|0000457812]]",
    "[[EXAM_ID|24-CT-018845]] [[EXAM_ID|CT2023-004512]] [[EXAM_ID|MG22019334]]",
    "UID [[EXAM_ID|1.2.840.113619.2.55.3.604688119.971]]",
    "RPPS : [[PROVIDER_ID|10981234569]], N° ADELI [[PROVIDER_ID|691087654]], FINESS géographique : [[PROVIDER_ID|2A0901447]]",
    "N° RPPS [[PROVIDER_ID|10 9 8 2 2 4 5 1 7 6]]",
    "n° de série [[DEVICE|PJN 4512078]], S/N : [[DEVICE|4471-PC-88210]], lot n° [[DEVICE|3F045A]]",
    "IBAN [[PATIENT_ID|FR76 3000 6000 0112 3456 7890 189]]",
    "Folio : [[PATIENT_ID|004512]]\nScanner",
    "étiquette [[PATIENT_ID|800214587]]",
]

NOT_FOUND = [
    "Sous IPP 40 mg, IPP : 20 mg/j, IPP depuis 3 mois",
    "DLP : 1234 mGy.cm, CTDIvol 12,5 mGy, TR 5000 ms, plaquettes 250000/mm3, 120000 UI",
    "Examen du 12/03/2021, IRM de 2017, dossier radiologique incomplet",
    "série 3 image 45, coupe 212, nodule n° 2 de 12 mm, examen n°2",
    "Réf : critères de McDonald 2017",
    "18F-FDG, 68Ga-PSMA-11, 99mTc, CA 19-9, NCT01234567, ZZQH033, version 7.4.2",
    "OID 1.2.250.1.213.1.4.8",
    "L4-L5, BI-RADS 4, 3T, Iomeron 350, Fazekas 2",
    "lot non renseigné, prothèse n° 12, sonde Ch 18",
]


@pytest.mark.parametrize("marked", FOUND)
def test_numbers_are_found_whole_and_without_their_label(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_quantities_and_scores_are_no_identifiers(text: str) -> None:
    assert marked_by(DETECTOR, text) == text


def test_the_key_of_a_nir() -> None:
    assert key_of("1 85 05 78 006 084") == 91
    # Corsica: 2A counts as 19. 2630819904118 = 97 x 27121854681 + 61, so 97 - 61 = 36.
    assert key_of("2 63 08 2A 904 118".lower()) == 36


def test_a_nir_with_its_key_needs_no_label_and_one_without_does() -> None:
    assert [(i.category, i.confidence) for i in DETECTOR.find(RIGHT)] == [(Category.NIR, 0.98)]
    assert list(DETECTOR.find(WRONG)) == []


def test_an_rpps_beside_a_doctor_is_told_by_its_control_digit() -> None:
    # 1010000000: doubled from the right 0 0 0 0 0 (those of 1 and 1 are 0s), others 1 + 1 = 2; the tenth to 10 is 8.
    assert is_luhn("10100000008")
    assert not is_luhn("10100000007")
    assert Category.PROVIDER_ID in {i.category for i in DETECTOR.find("Dr MARTIN 10100000008")}
    assert {i.category for i in DETECTOR.find("Image 10100000008")} == {Category.PATIENT_ID}
