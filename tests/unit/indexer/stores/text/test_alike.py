"""The words of a report, field by field, as every engine indexes them."""

from dataclasses import replace

import pytest

from indexer.demo.corpus import generate
from indexer.language.sections import split_sections
from indexer.report import SectionKind
from indexer.stores.text.alike import SECTION_EXACT, SECTION_TERMS, word_fields
from indexer.words import folded_words, terms
from tests.contract.text.engines import sectioned
from tests.unit.indexer.stores.reports import make_report


def test_each_section_has_its_index_forms_once_and_its_words_in_order() -> None:
    report = sectioned(
        1,
        (SectionKind.PREAMBLE, "Scanner."),
        (SectionKind.CONCLUSION, "Pas d'embolie."),
        (SectionKind.RESULTS, "Les embolies et l'embolie."),
        (SectionKind.CONCLUSION, "Embolies."),
    )
    assert dict(word_fields(report)) == {
        "body": "preambl scann conclus pas embol result embol embol conclus embol",
        "exact": "preamble scanner conclusion pas d embolie results les embolies et l embolie conclusion embolies",
        "results_terms": "embol",
        "results_exact": "les embolies et l embolie",
        "conclusion_terms": "pas embol",
        "conclusion_exact": "pas d embolie | embolies",
    }


def test_the_preamble_is_no_section_to_search_in() -> None:
    assert set(SECTION_TERMS) == set(SECTION_EXACT) == set(SectionKind) - {SectionKind.PREAMBLE}


@pytest.mark.parametrize(
    "text",
    [
        "Conclusion:L'embolie, d’abord.\nRésultats :\n**Rein** droit 2,5 mm.",
        "**Indication :** d'embolie\nTECHNIQUE Sans injection\nCONCLUSION Rien",
        "e\u0301panchement. Au total : pas d'e\u0301panchement",
        "Kyste du rein.",
        *(report.text for report in generate(60, 5, planting=0.0)),
    ],
)
def test_cutting_a_text_into_sections_leaves_its_words_as_they_are(text: str) -> None:
    fields = dict(word_fields(replace(make_report(1, text), sections=split_sections(text))))
    assert fields["body"] == " ".join(terms(text))
    assert fields["exact"] == " ".join(folded_words(text))
