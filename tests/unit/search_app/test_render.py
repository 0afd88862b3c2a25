import datetime as dt

from search_app.answers import Exam, Passage, Report, Section, Span
from search_app.i18n import texts
from search_app.reading import report_body
from search_app.render import (
    Snippet,
    badge,
    badges,
    exam_title,
    facts_line,
    facts_table,
    marked,
    passage_block,
    snippet,
)
from search_app.vocabulary import Language, Modality, Region, SectionKind, Sex

FR, EN = texts(Language.FR), texts(Language.EN)
HOSTILE = '<script>alert(1)</script> & "guillemets" <img src=x onerror=alert(1)> **gras**'
EXAM = Exam(
    modality=Modality.CT,
    regions=(Region.THORAX, Region.ABDOMEN),
    sex=Sex.FEMALE,
    age=1,
    exam_date=dt.date(2024, 5, 1),
    site="CHU <Nord>",
)


def passage(text: str, *highlights: tuple[int, int], start: int = 0) -> Passage:
    return Passage(
        start=start,
        end=start + len(text),
        text=text,
        section=SectionKind.RESULTS,
        highlights=tuple(Span(start=a, end=b) for a, b in highlights),
    )


def test_marked_words_stand_in_mark_elements() -> None:
    assert marked("une embolie ici", [Span(start=4, end=11)]) == "une <mark>embolie</mark> ici"


def test_spans_count_from_the_start_of_the_whole_text() -> None:
    assert marked("embolie", [Span(start=100, end=103)], offset=100) == "<mark>emb</mark>olie"


def test_overlapping_spans_are_joined_and_order_does_not_matter() -> None:
    spans = [Span(start=3, end=6), Span(start=0, end=4), Span(start=8, end=9)]
    assert marked("abcdefghij", spans) == "<mark>abcdef</mark>gh<mark>i</mark>j"


def test_spans_outside_the_text_are_cut_off() -> None:
    spans = [Span(start=-5, end=1), Span(start=2, end=99), Span(start=50, end=60), Span(start=2, end=2)]
    assert marked("abc", spans) == "<mark>a</mark>b<mark>c</mark>"


def test_text_of_a_report_stays_text() -> None:
    shown = marked(HOSTILE, [Span(start=1, end=7)])
    assert shown.startswith("&lt;<mark>script</mark>&gt;alert(1)&lt;/script&gt; &amp; &quot;guillemets&quot; &lt;img")
    assert "<script" not in shown
    assert "<img" not in shown
    assert shown.endswith("**gras**")


def test_a_short_passage_is_shown_whole() -> None:
    assert snippet(passage("Pas de fracture."), width=40) == Snippet(0, 16)


def test_a_long_passage_is_cut_between_words_around_its_first_marked_word() -> None:
    text = "mot " * 100 + "embolie" + " fin" * 100
    cut = snippet(passage(text, (400, 407)), width=200)
    assert cut == Snippet(312, 507)  # 400 - 90 = 310, on to the next word; 310 + 200 = 510, back to the last space
    assert text[cut.start : cut.end].startswith("mot ")
    assert "embolie" in text[cut.start : cut.end]


def test_a_long_passage_without_spaces_is_still_cut() -> None:
    cut = snippet(passage("a" * 1000, (500, 503)), width=100)
    assert cut.end - cut.start == 100


def test_a_cut_passage_says_so_and_names_its_section() -> None:
    block = passage_block(passage("mot " * 200, (400, 403), start=0), FR)
    assert '<span class="rt-section">Résultats</span><p>… ' in block
    assert block.endswith(" …</p></div>")
    assert "<mark>mot</mark>" in block


def test_badges_name_the_modality_and_every_region() -> None:
    assert badges(EXAM, FR) == (
        '<span class="rt-badge rt-modality">Scanner</span>'
        '<span class="rt-badge rt-region">Thorax</span><span class="rt-badge rt-region">Abdomen</span>'
    )
    assert "Modalité inconnue" in badges(Exam(), FR)


def test_a_badge_escapes_its_label() -> None:
    assert badge("<b>", "region") == '<span class="rt-badge rt-region">&lt;b&gt;</span>'


def test_the_line_of_facts_skips_what_is_unknown() -> None:
    assert facts_line(EXAM, FR) == "1er mai 2024 · Femme, 1 an · CHU <Nord>"
    assert facts_line(Exam(age=40), EN) == "unknown date · 40 years"


def test_the_title_of_an_exam_is_short() -> None:
    assert exam_title(EXAM, FR) == "Scanner · thorax, abdomen · 1er mai 2024"


def test_the_table_of_facts_escapes_the_site() -> None:
    table = facts_table(EXAM, FR)
    assert "<dt>Établissement</dt><dd>CHU &lt;Nord&gt;</dd>" in table
    assert "<dt>Âge</dt><dd>1 an</dd>" in table


def _report(text: str, *sections: tuple[SectionKind, str]) -> Report:
    found = [Section(kind=kind, start=text.index(body), end=text.index(body) + len(body)) for kind, body in sections]
    return Report(report_id="0" * 32, text=text, sections=tuple(found), exam=EXAM, related_report_ids=())


def test_a_report_keeps_its_line_breaks_and_loses_no_text() -> None:
    text = "RÉSULTATS :\nLigne un.\nLigne deux.\n\nAU TOTAL\nFin. Dr"
    report = _report(text, (SectionKind.RESULTS, "Ligne un.\nLigne deux."), (SectionKind.CONCLUSION, "Fin."))
    assert report_body(report, [Span(start=12, end=17)], FR) == (
        '<article class="rt-report">'
        '<section class="rt-part rt-part-results"><h3>Résultats</h3>'
        '<p class="rt-text"><mark>Ligne</mark> un.\nLigne deux.</p></section>'
        '<section class="rt-part rt-part-conclusion"><h3>Conclusion<small>AU TOTAL</small></h3>'
        '<p class="rt-text">Fin.</p></section>'
        '<p class="rt-text">Dr</p></article>'
    )


def test_headings_of_a_report_are_escaped() -> None:
    report = _report("<b>Conclusion</b> Fin.", (SectionKind.CONCLUSION, "Fin."))
    assert "<small>&lt;b&gt;Conclusion&lt;/b&gt;</small>" in report_body(report, [], FR)
