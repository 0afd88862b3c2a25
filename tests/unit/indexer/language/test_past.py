"""What is past: by an operation's reason, a year or an age, a heading."""

import pytest

from indexer.language.past import is_dated, reasons
from indexer.language.tokens import tokenise
from indexer.language.understanding import Task, understand
from indexer.report import Assertion, ExamMetadata


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Cholécystectomie en 2015 pour lithiase, foie normal", "lithiase"),
        ("Clip de cholécystectomie (lithiase 2003) en place", "lithiase 2003"),
        ("Opérée de la hanche droite", "la hanche droite"),
        ("PTH pour fracture avec descellement", "fracture"),
        ("Bilan avant cholécystectomie pour lithiase", None),
        ("Transfert en chirurgie pour appendicite", None),
        ("Cholécystectomie programmée pour lithiase", None),
        ("Cholécystectomie (voie biliaire fine)", None),
        ("Anatomie modale pour la thyroïde", None),
    ],
)
def test_what_an_operation_was_done_for(text: str, reason: str | None) -> None:
    tokens = tokenise(text)
    told = [text[tokens[first].start : tokens[end - 1].end] for _at, first, end in reasons(tokens)]
    assert told == ([] if reason is None else [reason])


@pytest.mark.parametrize("text", ["AVC en 2019", "AVC (mai 2019)", "AVC à 12 ans"])
def test_a_year_or_an_age_behind_a_finding_is_that_of_an_event(text: str) -> None:
    assert is_dated(tokenise(text), 1)


@pytest.mark.parametrize(
    "text",
    ["AVC depuis 2019", "AVC, scanner en 2019", "AVC chez la mère à 52 ans", "AVC de 12 mm en 2019", "AVC"],
)
def test_a_year_of_an_exam_a_measure_or_a_relative_is_none(text: str) -> None:
    assert not is_dated(tokenise(text), 1)


@pytest.mark.parametrize("heading", ["ATCD :", "**Antécédents :**", "PMH:"])
def test_what_stands_under_a_heading_of_past_illnesses_is_past_unless_doubted(heading: str) -> None:
    text = f"{heading} fracture du fémur. Suspicion d'embolie pulmonaire.\nRésultats : foie normal."
    found = understand(Task(text, ExamMetadata()), None, 10)
    assert {f.concept: f.assertion for f in found.findings} == {
        "femoral_fracture": Assertion.HISTORICAL,
        "pulmonary_embolism": Assertion.ASKED,
    }
