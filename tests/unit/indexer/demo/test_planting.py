"""Identifiers are planted where the truth says, in a few reports, and change nothing else of the corpus."""

from __future__ import annotations

import re

import pytest

from indexer.demo.corpus import generate
from indexer.report import IdentifierCategory


@pytest.fixture(scope="module")
def planted():
    return list(generate(2000, 5))


def test_a_few_reports_have_identifiers_and_only_of_known_categories(planted) -> None:
    share = sum(bool(report.identifiers) for report in planted) / len(planted)
    assert 0.012 < share < 0.028
    categories = {p.category for report in planted for p in report.identifiers}
    assert categories <= set(IdentifierCategory)
    assert {"name", "birth_date", "phone", "nir"} <= categories


FORMS = {
    "birth_date": r"\d\d/\d\d/\d{4}",
    "phone": r"06 39 98 \d\d \d\d",
    "patient_id": r"80\d{8}",
    "nir": r"[12]( \d\d){3}( \d{3}){2} \d\d",
}


def test_spans_are_the_identifiers_themselves(planted) -> None:
    for report in planted:
        for p in report.identifiers:
            words = report.text[p.start : p.end]
            assert words == words.strip()
            assert re.fullmatch(FORMS.get(p.category, r"\S.*\S"), words), p.category


def test_the_key_of_a_planted_nir_is_right(planted) -> None:
    numbers = [r.text[p.start : p.end] for r in planted for p in r.identifiers if p.category == "nir"]
    assert numbers
    for number in numbers:
        digits = number.replace(" ", "")
        assert int(digits[13:]) == 97 - int(digits[:13]) % 97


def test_without_planting_the_corpus_is_the_same_but_for_the_planted_lines(planted) -> None:
    clean = list(generate(2000, 5, planting=0.0))
    assert not any(report.identifiers for report in clean)
    for one, other in zip(planted, clean, strict=True):
        if not one.identifiers:
            assert one.report_line() == other.report_line()
            continue
        assert other.text in one.text
        said = [(m.concept, one.text[m.start : m.end]) for m in one.findings]
        assert said == [(m.concept, other.text[m.start : m.end]) for m in other.findings]
