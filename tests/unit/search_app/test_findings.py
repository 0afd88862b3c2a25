"""Rows of findings: the clauses that they make, the sentence that says them, their changes."""

import pytest

from search_app.findings import (
    FindingRow,
    Join,
    Status,
    clauses,
    normal,
    param_of,
    read_row,
    sentence,
    sized,
    toggled,
)
from search_app.i18n import texts
from search_app.vocabulary import Assertion, Language, Laterality

FR, EN = texts(Language.FR), texts(Language.EN)
NAMES = {"nodule": "nodule pulmonaire", "mass": "masse", "emphysema": "emphysème", "bulla": "bulle"}
NODULE, MASS = FindingRow("nodule"), FindingRow("mass", Join.OR)
EMPHYSEMA, BULLA = FindingRow("emphysema", Join.NOT), FindingRow("bulla", Join.OR)


def test_and_starts_a_clause_or_goes_on_with_it_and_not_excludes() -> None:
    made = clauses([NODULE, MASS, EMPHYSEMA, BULLA, FindingRow("nodule")])
    assert [([c["concept"] for c in clause["any_of"]], clause["excluded"]) for clause in made] == [
        (["nodule", "mass"], False),
        (["emphysema", "bulla"], True),
        (["nodule"], False),
    ]


def test_a_criterion_says_status_side_and_size() -> None:
    row = FindingRow("nodule", status=Status.POSSIBLE, side=Laterality.RIGHT, size_min=8.0)
    assert clauses([row]) == [
        {
            "any_of": [
                {
                    "concept": "nodule",
                    "status": [Assertion.PRESENT, Assertion.UNCERTAIN],
                    "side": Laterality.RIGHT,
                    "size_min": 8.0,
                    "size_max": None,
                }
            ],
            "excluded": False,
        }
    ]
    assert Status.ANY.assertions == tuple(Assertion)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([NODULE], "nodule pulmonaire (présent)"),
        ([EMPHYSEMA], "PAS emphysème"),
        (
            [FindingRow("nodule", side=Laterality.RIGHT, size_min=8.0), EMPHYSEMA],
            "nodule pulmonaire (présent, à droite, ≥\u00a08\u00a0mm) ET PAS emphysème",
        ),
        ([NODULE, MASS], "nodule pulmonaire (présent) OU masse (présent)"),
        (
            [NODULE, MASS, EMPHYSEMA, BULLA],
            "(nodule pulmonaire (présent) OU masse (présent)) ET PAS (emphysème OU bulle)",
        ),
        ([FindingRow("nodule", size_min=8.0, size_max=20.5)], "nodule pulmonaire (présent, 8 à 20,5\u00a0mm)"),
        (
            [FindingRow("nodule", Join.NOT, Status.ANY, size_max=4.0)],
            "PAS nodule pulmonaire (mentionné, ≤\u00a04\u00a0mm)",
        ),
        ([FindingRow("gone")], "gone (présent)"),
    ],
)
def test_rows_are_said_in_a_sentence(rows: list[FindingRow], said: str) -> None:
    assert sentence(rows, NAMES, FR) == said


def test_the_sentence_follows_the_language() -> None:
    rows = [FindingRow("nodule", side=Laterality.LEFT, size_max=2.5), FindingRow("mass", Join.NOT)]
    assert sentence(rows, {"nodule": "lung nodule", "mass": "mass"}, EN) == (
        "lung nodule (present, on the left, ≤\u00a02.5\u00a0mm) AND NOT mass"
    )


def test_every_row_comes_back_from_its_own_parameter() -> None:
    rows = [
        FindingRow("nodule", join, status, side, low, high)
        for join in Join
        for status in Status
        for side in (None, Laterality.BILATERAL)
        for low, high in ((None, None), (0.0, None), (None, 1600.0), (8.0, 8.0), (0.1, 1234.5))
    ]
    assert [read_row(param_of(row)) for row in rows] == rows


def test_a_bound_that_passes_the_other_drops_it() -> None:
    row = FindingRow("nodule", size_min=8.0, size_max=20.0)
    assert sized(row, 30.0, 20.0) == FindingRow("nodule", size_min=30.0)
    assert sized(row, 8.0, 5.0) == FindingRow("nodule", size_max=5.0)
    assert sized(row, 8.0, 8.0) == FindingRow("nodule", size_min=8.0, size_max=8.0)


def test_without_the_first_row_the_second_is_no_alternative_any_more() -> None:
    assert normal([MASS, EMPHYSEMA]) == (FindingRow("mass"), EMPHYSEMA)
    assert normal([]) == ()


def test_choosing_a_frequent_finding_adds_a_plain_row_and_dropping_it_removes_only_that() -> None:
    detailed = FindingRow("mass", side=Laterality.LEFT)
    assert toggled([detailed], ["nodule", "mass"], ["nodule"]) == (detailed, NODULE)
    assert toggled([detailed, NODULE], ["nodule", "mass"], []) == (detailed,)
    assert toggled([NODULE], ["mass"], []) == (NODULE,)
