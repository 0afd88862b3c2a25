"""Where a query's words stand in a report, and which passages are worth showing."""

from api.highlights import PASSAGE_CHARS, best_passages, matched_words, spans_of
from api.query import parse_query
from indexer.language.sections import split_sections
from indexer.report import ExamMetadata, Report, SectionKind
from indexer.stores.text.base import TextQuery

TEXT = """Indication : douleur du genou.

Résultats : Fracture du plateau tibial. Les ménisques sont normaux.

Conclusion : Fractures non déplacées."""


def report(text: str) -> Report:
    return Report("0" * 32, None, text, split_sections(text), ExamMetadata())


def words_at(text: str, spans) -> list[str]:
    return [text[start:end] for start, end in spans]


def test_every_form_of_a_word_is_marked_in_order():
    assert words_at(TEXT, spans_of(TEXT, parse_query("fracture").lexical)) == ["Fracture", "Fractures"]


def test_accents_and_capitals_do_not_matter():
    assert words_at(
        "HEPATOMEGALIE. Hépatomégalie.", spans_of("HEPATOMEGALIE. Hépatomégalie.", parse_query("hépatomégalie").lexical)
    ) == [
        "HEPATOMEGALIE",
        "Hépatomégalie",
    ]


def test_an_elided_article_is_not_part_of_the_word():
    assert words_at("Signes d'embolie.", spans_of("Signes d'embolie.", parse_query("embolie").lexical)) == ["embolie"]


def test_neighbours_are_not_joined_and_nothing_overlaps():
    spans = spans_of("embolie pulmonaire", parse_query("pulmonaire embolie").lexical)
    assert spans == [(0, 7), (8, 18)]


def test_without_the_word_nothing_is_marked():
    assert spans_of(TEXT, parse_query("pneumothorax").lexical) == []
    assert spans_of(TEXT, TextQuery()) == []


def test_matched_words_are_shown_as_typed_once_and_in_the_order_of_the_query():
    assert matched_words("Genoux, fracture, fracture et rein", TEXT) == ["Genoux", "fracture"]


def test_the_passage_with_most_of_the_querys_words_is_shown():
    shown = best_passages(report(TEXT), parse_query("ménisques fracture").lexical, None, count=1)
    assert [passage.section for passage in shown] == [SectionKind.RESULTS]
    assert words_at(TEXT, shown[0].highlights) == ["Fracture", "ménisques"]


def test_of_two_passages_with_as_many_words_the_conclusion_is_shown():
    shown = best_passages(report(TEXT), parse_query("fracture").lexical, None, count=1)
    assert [passage.section for passage in shown] == [SectionKind.CONCLUSION]


def test_several_passages_stand_in_the_order_of_the_text():
    shown = best_passages(report(TEXT), parse_query("fracture genou").lexical, None, count=3)
    assert [passage.start for passage in shown] == sorted(passage.start for passage in shown)
    assert len(shown) == 3


def test_without_any_word_the_closest_passage_is_shown():
    at = TEXT.index("Les ménisques")
    (shown,) = best_passages(report(TEXT), parse_query("pneumothorax").lexical, (at, at + 10))
    assert shown.section is SectionKind.RESULTS
    assert shown.highlights == ()


def test_without_a_word_or_a_closest_passage_the_conclusion_is_shown():
    (shown,) = best_passages(report(TEXT), TextQuery(), None)
    assert shown.section is SectionKind.CONCLUSION


def test_a_report_without_sections_shows_nothing():
    assert best_passages(Report("0" * 32, None, " ", (), ExamMetadata()), parse_query("rein").lexical, None) == []


def test_a_passage_is_about_as_long_as_it_may_be_and_loses_no_statement():
    statement = "Le parenchyme rénal est de taille et d'échostructure normales. "
    text = "Résultats : " + statement * 20
    shown = best_passages(report(text), parse_query("rénal").lexical, None, count=100)
    assert all(passage.end - passage.start <= PASSAGE_CHARS for passage in shown)
    assert sum(len(passage.highlights) for passage in shown) == 20


def test_one_endless_statement_is_cut():
    text = "Résultats : " + "rein " * 1000
    (shown,) = best_passages(report(text), parse_query("rein").lexical, None)
    assert shown.end - shown.start <= 2 * PASSAGE_CHARS


def test_the_repr_shows_no_report():
    (shown, *_) = best_passages(report(TEXT), parse_query("fracture").lexical, None)
    assert repr(shown) == "Shown([...])"
