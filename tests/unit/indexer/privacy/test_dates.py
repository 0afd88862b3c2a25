"""Dates, birth dates and ages over 89."""

import pytest

from indexer.privacy.detectors.dates import DateDetector
from indexer.privacy.identifiers import resolve
from tests.unit.indexer.privacy.marking import marked_by, unmarked

DETECTOR = DateDetector()

FOUND = [
    "IRM du [[DATE|12/03/2021]], du [[DATE|12.03.21]], du [[DATE|12-03-2021]] et du [[DATE|3/5/21]]",
    "[[DATE|2021-03-12]] [[DATE|20210312]] [[DATE|2021-03-12T14:30]]",
    "le [[DATE|12/03/2021]] à 14h30",
    "[[DATE|12 / 03 / 2021]], [[DATE|14 10 2017]], [[DATE|15/O3/2021]]",
    "[[DATE|lundi 4 mai]], [[DATE|1er janvier]], le [[DATE|3 juin]]",
    "[[DATE|12 mars 2021]], [[DATE|5 FEVRIER 2020]], [[DATE|30-OCT-2021]], [[DATE|12mars2021]]",
    "[[DATE|15 déc. 21]], [[DATE|2 déc]], [[DATE|nov. 2021]], [[DATE|début mars 2021]]",
    "du [[DATE|12 au 15 mars 2021]], du [[DATE|12 au 15/03/2021]]",
    "vus les [[DATE|3, 4 et 5 mars 2021]], 65 / [[DATE|03/03/1956]]",
    "le [[DATE|douze mars deux mille vingt]]",
    "[[DATE|March 12, 2021]] and [[DATE|12th of March 2021]]",
    "TDM [[DATE|12/2020]], scanner du [[DATE|03/21]], depuis [[DATE|04/2019]]",
    "Dernières règles le [[DATE|17/01]]",
    "Depuis [[DATE|septembre]], majoration.",
    "né le [[BIRTH_DATE|12/03/1954]], NEE LE [[BIRTH_DATE|7 JANVIER 1948]], né(e) le : [[BIRTH_DATE|1962-07-19]]",
    "DDN [[BIRTH_DATE|25/08/1990]], DN: [[BIRTH_DATE|12031954]], D.D.N. : [[BIRTH_DATE|3-6-77]]",
    "née DUPONT le [[BIRTH_DATE|12 mars 1954]], né à Lyon le [[BIRTH_DATE|1er mai 1950]]",
    "DATE DE NAISSANCE   [[BIRTH_DATE|14 10 1937]]",
    "DOB: [[BIRTH_DATE|March 9, 1958]]",
    "Patiente de [[AGE|92 ans]], [[AGE|91ans]], âgée de [[AGE|quatre-vingt-treize ans]], [[AGE|101 ans]]",
    "Age : [[AGE|95A]], [[AGE|94 y.o]]., a [[AGE|93-year-old]] woman, [[AGE|091Y]]",
]

NOT_FOUND = [
    "En 2021, opéré ; depuis 2016 ; critères de McDonald 2017 ; 2019-2020",
    "Discopathies L4/L5, C5-C6 et T12-L1",
    "kyste de 10/12 mm, de 12/9/5 cm, nodule 12-10-15 mm, 12.10.15 cm",
    "Ratio 2/3, 1/3 moyen du radius, du 1/3 moyen, 2/3 supérieurs, du 3/4",
    "EVA 5/10, Fazekas 2/3, MMS 28/30, PI-RADS 4/5",
    "depuis 3 mois, 22 SA + 3 jours, 3D T1 en 4 min 12",
    "Le patient ne marche plus.",
    "segments 5/6/7 et II/III, coupe 12/35, page 1/2",
    "marsupialisation, avrilette 12, maillon 3",
    "Homme de 89 ans, 92 kg, 95 % ; 92 à droite, 98 A à gauche",
]


@pytest.mark.parametrize("marked", FOUND)
def test_dates_and_ages_are_found_whole(marked: str) -> None:
    assert marked_by(DETECTOR, unmarked(marked)) == marked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_years_levels_measures_and_scores_are_no_dates(text: str) -> None:
    assert marked_by(DETECTOR, text) == text


def test_births_are_surer_than_other_dates() -> None:
    found = resolve(DETECTOR.find("Née le 12/03/1954, IRM du 03/04/2021"))
    assert [(i.category.value, i.confidence) for i in found] == [("birth_date", 0.97), ("date", 0.6)]


def test_a_day_that_no_calendar_has_is_no_compact_date() -> None:
    assert marked_by(DETECTOR, "20211331 20210230") == "20211331 20210230"
