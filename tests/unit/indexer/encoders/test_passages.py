"""A report as passages: within the window, nothing of results and conclusion left out, spans that hold."""

from itertools import pairwise

import numpy as np
import pytest

from indexer.encoders.passages import CHUNK_TOKENS, cut, passages_of
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.language.sections import split_sections
from indexer.passage import Passage, PassageKind
from indexer.report import ExamMetadata, Report, SectionKind

WHOLE, CONCLUSION, RESULTS = PassageKind.WHOLE, PassageKind.CONCLUSION, PassageKind.RESULTS
LONG = (
    "Scanner thoracique\n\nIndication : dyspnée.\nTechnique : acquisition sans injection.\n"
    "Résultats :\nPas d'embolie pulmonaire. Nodule du lobe moyen de 6 mm, solide, à contours nets.\n"
    "Épanchement pleural gauche de faible abondance ; pas d'épanchement péricardique.\n"
    "Aorte de calibre normal. Pas d'adénopathie médiastinale. Foie normal sur les coupes passant par lui.\n"
    "Conclusion : nodule à contrôler dans six mois. Épanchement pleural gauche. Pas d'argument pour une embolie pulmonaire."
)


def _report(text: str) -> Report:
    return Report("1" * 32, None, text, split_sections(text), ExamMetadata())


def _cut(text: str, limit: int, encoder: SentenceTransformerEncoder) -> list[tuple[int, int]]:
    return list(cut(text, limit, encoder, encoder.token_ends(text)))


def _fits(passages: list[Passage], encoder: SentenceTransformerEncoder) -> bool:
    return all(len(encoder.token_ends(passage.text)) <= encoder.window for passage in passages)


def _uncovered(text: str, spans: list[tuple[int, int]], start: int, end: int) -> str:
    covered = {i for low, high in spans for i in range(low, high)}
    return "".join(text[i] for i in range(start, end) if i not in covered).strip()


def test_every_part_of_a_long_report_is_covered_within_the_window(tiny_encoder: SentenceTransformerEncoder) -> None:
    report = _report(LONG)
    passages = passages_of(report, tiny_encoder)
    assert {passage.kind for passage in passages} == {WHOLE, CONCLUSION, RESULTS}
    assert _fits(passages, tiny_encoder)
    for kind, section_kind in ((RESULTS, SectionKind.RESULTS), (CONCLUSION, SectionKind.CONCLUSION)):
        (section,) = (s for s in report.sections if s.kind is section_kind)
        spans = [(p.start, p.end) for p in passages if p.kind is kind]
        assert len(spans) > 1
        assert _uncovered(LONG, spans, section.start, section.end) == ""
        assert all(section.start <= start < end <= section.end for start, end in spans)
        assert all(p.section is section_kind for p in passages if p.kind is kind)


def test_spans_of_parts_are_the_text_that_is_encoded(tiny_encoder: SentenceTransformerEncoder) -> None:
    parts = [p for p in passages_of(_report(LONG), tiny_encoder) if p.kind is not WHOLE]
    assert all(LONG[p.start : p.end] == p.text == p.text.strip() for p in parts)
    assert all(p.text for p in parts)


def test_the_whole_leaves_out_the_technique_and_nothing_else(tiny_encoder: SentenceTransformerEncoder) -> None:
    report = _report(LONG)
    whole = " ".join(p.text for p in passages_of(report, tiny_encoder) if p.kind is WHOLE)
    kept = " ".join(LONG[s.start : s.end] for s in report.sections if s.kind is not SectionKind.TECHNIQUE)
    assert "".join(whole.split()) == "".join(kept.split())
    assert "acquisition" not in whole


def test_the_span_of_a_whole_is_that_of_the_report(tiny_encoder: SentenceTransformerEncoder) -> None:
    wholes = [p for p in passages_of(_report(LONG), tiny_encoder) if p.kind is WHOLE]
    assert {(p.start, p.end) for p in wholes} == {(0, len(LONG))}


def test_a_report_without_headings_has_its_results(tiny_encoder: SentenceTransformerEncoder) -> None:
    assert passages_of(_report("  Pas de fracture. \n"), tiny_encoder) == [
        Passage(WHOLE, SectionKind.RESULTS, 2, 18, "Pas de fracture."),
        Passage(RESULTS, SectionKind.RESULTS, 2, 18, "Pas de fracture."),
    ]


def test_a_report_of_one_word(tiny_encoder: SentenceTransformerEncoder) -> None:
    assert [(p.kind, p.text) for p in passages_of(_report("Normal"), tiny_encoder)] == [
        (WHOLE, "Normal"),
        (RESULTS, "Normal"),
    ]


def test_a_report_of_a_technique_alone_is_still_found(tiny_encoder: SentenceTransformerEncoder) -> None:
    assert [(p.kind, p.section, p.text) for p in passages_of(_report("Technique : scanner."), tiny_encoder)] == [
        (WHOLE, SectionKind.TECHNIQUE, "scanner.")
    ]


def test_a_report_without_text_has_no_passage(tiny_encoder: SentenceTransformerEncoder) -> None:
    assert passages_of(_report("\n"), tiny_encoder) == []


def test_a_word_longer_than_the_window_is_cut(tiny_encoder: SentenceTransformerEncoder) -> None:
    word = "xyzw" * 50  # 200 tokens, one a letter
    passages = passages_of(_report(word), tiny_encoder)
    assert _fits(passages, tiny_encoder)
    assert "".join(p.text for p in passages if p.kind is RESULTS) == word


def test_cuts_stand_between_statements_where_they_can(tiny_encoder: SentenceTransformerEncoder) -> None:
    # Tokens: five, five and four.
    text = "pas de fracture du genou. kyste du rein droit. nodule du foie."
    pieces = [text[start:end] for start, end in _cut(text, 12, tiny_encoder)]
    assert pieces == ["pas de fracture du genou. kyste du rein droit.", "nodule du foie."]
    assert [text[s:e] for s, e in _cut(text, 6, tiny_encoder)] == [
        "pas de fracture du genou.",
        "kyste du rein droit.",
        "nodule du foie.",
    ]


def test_a_statement_longer_than_the_limit_is_cut_between_words(tiny_encoder: SentenceTransformerEncoder) -> None:
    text = "kyste rein foie poumon genou"
    assert [text[start:end] for start, end in _cut(text, 2, tiny_encoder)] == ["kyste rein", "foie poumon", "genou"]


def test_a_text_of_exactly_the_limit_is_one_piece(tiny_encoder: SentenceTransformerEncoder) -> None:
    assert _cut("kyste rein foie", 3, tiny_encoder) == [(0, 15)]


@pytest.mark.parametrize("text", ["", " \n "])
def test_blanks_make_no_piece(text: str, tiny_encoder: SentenceTransformerEncoder) -> None:
    assert _cut(text, 5, tiny_encoder) == []


@pytest.mark.parametrize("alphabet", ["abc .,;\n", "éœ½ﬁ字\u00a0\u3000😀 ", "kyste rein\u0301. "])
@pytest.mark.parametrize("encoder", ["tiny_encoder", "bundled_encoder"])
def test_any_text_is_cut_whole_and_within_the_limit(
    alphabet: str, encoder: str, request: pytest.FixtureRequest, rng: np.random.Generator
) -> None:
    cutter: SentenceTransformerEncoder = request.getfixturevalue(encoder)
    for limit in (5, 20, cutter.window):
        text = "".join(rng.choice(list(alphabet), size=600))
        spans = _cut(text, limit, cutter)
        assert _uncovered(text, spans, 0, len(text)) == ""
        assert all(one[1] <= next_[0] for one, next_ in pairwise(spans))
        assert all(len(cutter.token_ends(text[start:end])) <= limit for start, end in spans)


@pytest.mark.parametrize("alphabet", ["abc .,;\n", "éœ½ﬁ字\u00a0\u3000😀 ", "kyste rein\u0301. "])
@pytest.mark.parametrize("encoder", ["tiny_encoder", "bundled_encoder"])
def test_the_passages_of_any_report_fit(
    alphabet: str, encoder: str, request: pytest.FixtureRequest, rng: np.random.Generator
) -> None:
    cutter: SentenceTransformerEncoder = request.getfixturevalue(encoder)
    for length in (150, 400, 3_000):
        results, conclusion = ("".join(rng.choice(list(alphabet), size=length)) for _ in range(2))
        passages = passages_of(_report(f"Résultats :{results}\nConclusion :{conclusion}"), cutter)
        assert {p.kind for p in passages} == {WHOLE, RESULTS, CONCLUSION}
        assert _fits(passages, cutter)


def test_results_are_cut_smaller_than_the_window(bundled_encoder: SentenceTransformerEncoder) -> None:
    text = "Kyste simple du rein gauche de 12 mm. " * 60
    results = [p for p in passages_of(_report(text), bundled_encoder) if p.kind is RESULTS]
    assert all(len(bundled_encoder.token_ends(p.text)) <= CHUNK_TOKENS for p in results)
    assert len(results) >= 3
