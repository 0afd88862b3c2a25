"""Sizes: what is one, in millimetres, and whose."""

import pytest

from indexer.language.measurements import sizes
from indexer.language.memory import Exam
from indexer.report import BodyRegion, Change, Section, SectionKind
from tests.unit.indexer.language.reading import analyser, read


def values(text: str) -> list[tuple[tuple[float, ...], bool]]:
    return [(size.values, size.prior) for size in sizes(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kyste de 12 x 9 mm", [(12.0, 9.0)]),
        ("kyste de 12x9x30mm", [(12.0, 9.0, 30.0)]),
        ("kyste de 3,5 cm", [(35.0,)]),
        ("kyste de 2.7 cm de grand axe", [(27.0,)]),
        ("kyste de 12 mm x 9 mm", [(12.0, 9.0)]),
        ("kystes de 5 à 8 mm", [(5.0, 8.0)]),
        ("deux kystes de 40 et 45 mm", [(40.0, 45.0)]),
        ("FS à107mm", [(107.0,)]),
        ("lésion centimétrique", [(10.0,)]),
        ("nodule infracentimétrique", []),
        ("nodule infra-centimétrique", []),
        ("lésion pluricentimétrique", []),
        ("12 millimètres", [(12.0,)]),
        ("sur treize millimètres", [(13.0,)]),
        ("vingt-deux millimètres", [(22.0,)]),
        ("deux centimètres", [(20.0,)]),
        ("jusqu'à 9\u00a0mm d'épaisseur", [(9.0,)]),
    ],
)
def test_a_size_is_read_in_millimetres(text: str, found: list[tuple[float, ...]]) -> None:
    assert [size for size, _prior in values(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "SUVmax 12,5",
        "densité de 42 UH",
        "PDL de 2214 mGy.cm",
        "vitesse de 120 cm/s",
        "volume de 94 cc",
        "coupes de 3 mm",
        "épaisseur de coupe : 1,25 mm",
        "à 3 cm de la marge anale",
        "le 12/03/2021",
        "L4-L5",
        "80 ml de produit de contraste",
        "surface de 4 cm²",
    ],
)
def test_what_is_no_size(text: str) -> None:
    assert values(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "mesuré à 4 mm contre 6 mm",
        "mesuré à 4 mm (contre 6 mm)",
        "mesuré à 4 mm, 6 mm antérieurement",
        "mesuré à 4 mm versus 6 mm",
    ],
)
def test_an_earlier_size_is_kept_apart(text: str) -> None:
    assert values(text) == [((4.0,), False), ((6.0,), True)]


def test_a_size_goes_to_its_finding() -> None:
    text = "Kyste du rein droit de 42 x 38 mm et lithiase rénale gauche de 6 mm."
    found = {f.concept: f.measurement.current for f in read(text, BodyRegion.ABDOMEN) if f.measurement}
    assert found == {"renal_cyst": (42.0, 38.0), "urinary_stone": (6.0,)}


def test_an_organs_size_is_no_findings() -> None:
    assert [f.measurement for f in read("Kyste rénal. Rein gauche de 98 mm.", BodyRegion.ABDOMEN)] == [None]


def test_a_size_in_the_technique_is_none() -> None:
    found = read("Nodule : coupes de 3 mm.", BodyRegion.THORAX, section=SectionKind.TECHNIQUE)
    assert [f.measurement for f in found] == [None]


def test_the_size_of_an_enlarged_organ_is_taken_from_where_it_stands() -> None:
    found = read("Hépatomégalie. Flèche hépatique : 175 mm.", BodyRegion.ABDOMEN)
    assert [(f.concept, f.measurement and f.measurement.current) for f in found] == [("hepatomegaly", (175.0,))]


def concluded(results: str, conclusion: str, *regions: BodyRegion) -> list[tuple[str, tuple[float, ...]]]:
    """What the conclusion names, with the sizes it has there."""
    text = results + conclusion
    sections = (
        Section(SectionKind.RESULTS, 0, len(results)),
        Section(SectionKind.CONCLUSION, len(results), len(text)),
    )
    found = analyser().findings(text, sections, Exam(frozenset(regions)))
    named = [f for f in found if f.section is SectionKind.CONCLUSION]
    return [(f.concept, f.measurement.current if f.measurement else ()) for f in named]


def test_a_lesion_that_the_conclusion_names_has_the_size_that_the_results_give() -> None:
    found = concluded("Nodule hépatique de 12 mm. ", "Métastase hépatique.", BodyRegion.ABDOMEN)
    assert found == [("liver_metastasis", (12.0,))]


@pytest.mark.parametrize(
    ("results", "conclusion", "found"),
    [
        ("Nodule pulmonaire de 12 mm. ", "Métastase hépatique.", [("liver_metastasis", ())]),
        ("Pas de nodule hépatique de plus de 12 mm. ", "Métastase hépatique.", [("liver_metastasis", ())]),
        (
            "Nodule hépatique de 12 mm. ",
            "Angiome hépatique. Métastase hépatique.",
            [("liver_hemangioma", ()), ("liver_metastasis", ())],
        ),
    ],
    ids=["another organ", "denied", "either could be meant"],
)
def test_it_has_none_where_another_lesion_is_meant(
    results: str, conclusion: str, found: list[tuple[str, tuple[float, ...]]]
) -> None:
    assert concluded(results, conclusion, BodyRegion.THORAX, BodyRegion.ABDOMEN) == found


def test_what_a_text_repeats_does_not_multiply() -> None:
    found = concluded("Nodule hépatique de 12 mm.\n" * 300, "Métastase hépatique.\n" * 300, BodyRegion.ABDOMEN)
    assert sum(len(current) for _concept, current in found) == 300


def test_a_size_is_not_of_what_only_says_where() -> None:
    found = read("Contusion frontale gauche en regard de la fracture mesurant 20 mm.", BodyRegion.HEAD)
    assert [f.measurement.current if f.measurement else () for f in found] == [(20.0,), ()]


def test_sizes_in_words_and_in_figures_are_in_the_order_of_the_text() -> None:
    assert values("lésion centimétrique, puis nodule de 4 mm") == [((10.0,), False), ((4.0,), False)]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Stabilité du kyste rénal.", Change.STABLE),
        ("Sans modification du kyste rénal.", Change.STABLE),
        ("Majoration du kyste rénal.", Change.INCREASED),
        ("Régression partielle du kyste rénal.", Change.DECREASED),
        ("Apparition d'un kyste rénal.", Change.NEW),
        ("Kyste rénal de 40 mm contre 20 mm.", Change.INCREASED),
        ("Kyste rénal de 20 mm contre 40 mm.", Change.DECREASED),
        ("Kyste rénal de 41 mm contre 40 mm.", Change.STABLE),
    ],
)
def test_how_a_finding_compares(text: str, change: Change) -> None:
    (finding,) = read(text, BodyRegion.ABDOMEN)
    assert finding.measurement is not None
    assert finding.measurement.change is change
