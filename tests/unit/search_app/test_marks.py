"""Findings as marks: elements nest, text stays text, and what a mark means can be read."""

import random
from html.parser import HTMLParser
from typing import Any

from search_app.answers import Exam, Finding, Report, Section, Span
from search_app.i18n import texts
from search_app.marks import Mark, finding_marks, legend, nested, query_marks, stated
from search_app.reading import report_body
from search_app.vocabulary import Assertion, Change, Language, Laterality, SectionKind

FR, EN = texts(Language.FR), texts(Language.EN)


def finding(start: int, end: int, **more: Any) -> Finding:
    known = {
        "concept": "renal_cyst",
        "label_fr": "kyste <rénal>",
        "label_en": "renal cyst",
        "assertion": Assertion.PRESENT,
        "laterality": Laterality.RIGHT,
    }
    return Finding(start=start, end=end, **{**known, **more})


def mark(start: int, end: int, name: str) -> Mark:
    return Mark(start, end, f"<{name}>", f"</{name}>")


def test_a_mark_inside_another_stays_whole() -> None:
    marks = [mark(0, 8, "a"), mark(2, 4, "b")]
    assert nested("01234567", marks) == "<a>01<b>23</b>4567</a>"
    assert nested("01234567", marks[::-1]) == "<a>01<b>23</b>4567</a>"


def test_of_marks_that_cross_the_one_that_goes_on_is_opened_again() -> None:
    assert nested("01234567", [mark(0, 5, "a"), mark(3, 8, "b")]) == "<a>012<b>34</b></a><b>567</b>"


def test_marks_that_touch_do_not_nest() -> None:
    assert nested("0123", [mark(0, 2, "a"), mark(2, 4, "b")]) == "<a>01</a><b>23</b>"


def test_marks_outside_the_text_are_cut_off() -> None:
    assert nested("23", [mark(0, 3, "a"), mark(3, 9, "b"), mark(4, 9, "c")], offset=2) == "<a>2</a><b>3</b>"


def test_text_between_and_inside_marks_is_escaped() -> None:
    assert nested("<b>&", [mark(1, 2, "a")]) == "&lt;<a>b</a>&gt;&amp;"


class _Checker(HTMLParser):
    """The text, the elements around each character, and a fault for each end that does not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.around: list[set[str]] = []
        self.text = ""
        self.faults = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.faults += self.open.pop() != tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self.around += [set(self.open)] * len(data)


def test_whatever_the_marks_elements_match_and_each_character_is_inside_its_own() -> None:
    drawn = random.Random(7)  # noqa: S311
    text = "a<b&c>d\"e'f" * 2
    for _round in range(300):
        marks = []
        for n in range(drawn.randint(0, 6)):
            start = drawn.randint(-2, len(text))
            marks.append(mark(start, start + drawn.randint(0, 9), f"m{n}"))
        checker = _Checker()
        checker.feed(nested(text, marks))
        checker.close()
        expected = [{m.opening[1:-1] for m in marks if m.start <= place < m.end} for place in range(len(text))]
        assert (checker.text, checker.around, checker.open, checker.faults) == (text, expected, [], 0)


def test_a_finding_says_name_assertion_side_and_sizes() -> None:
    compared = finding(0, 1, sizes_mm=(42.0,), prior_mm=(40.0,))
    assert stated(compared, FR) == "Kyste <rénal>\u00a0: présent, à droite, 42\u00a0mm (antérieur 40\u00a0mm)"
    grown = compared.model_copy(update={"sizes_mm": (42.5, 30.0), "change": Change.INCREASED})
    assert stated(grown, EN) == "Renal cyst: present, on the right, 42.5 × 30\u00a0mm (prior 40\u00a0mm, increasing)"


def test_a_finding_without_side_or_size_says_only_what_is_known() -> None:
    denied = finding(0, 1, assertion=Assertion.ABSENT, laterality=Laterality.NONE)
    assert stated(denied, EN) == "Renal cyst: absent"
    assert stated(denied.model_copy(update={"change": Change.STABLE}), EN) == "Renal cyst: absent, stable"


def test_findings_in_the_same_words_share_a_mark_that_tells_both() -> None:
    denied = finding(3, 8, assertion=Assertion.ABSENT, label_en='"mass"', laterality=Laterality.NONE)
    [shared] = finding_marks([denied, finding(3, 8)], EN)
    assert shared.opening == (
        '<span class="rt-f rt-f-present" title="Renal cyst: present, on the right\n&quot;mass&quot;: absent">'
    )


def test_words_of_the_query_and_findings_are_both_marked_where_they_cross() -> None:
    text = "Gros kyste rénal droit."
    marks = [*query_marks([Span(start=0, end=10)]), *finding_marks([finding(5, 16)], EN)]
    span = '<span class="rt-f rt-f-present" title="Renal cyst: present, on the right">'
    assert nested(text, marks) == f"<mark>Gros {span}kyste</span></mark>{span} rénal</span> droit."


def test_the_legend_counts_each_assertion() -> None:
    shown = legend([finding(0, 1), finding(2, 3), finding(4, 5, assertion=Assertion.ABSENT)], FR)
    assert shown == (
        '<div class="rt-legend"><span>Constatations</span><ul>'
        '<li><span class="rt-f rt-f-present">Présent</span> 2</li>'
        '<li><span class="rt-f rt-f-absent">Absent</span> 1</li></ul></div>'
    )
    assert legend([], FR) == ""


def test_findings_of_a_report_are_marked_only_when_asked_for() -> None:
    text = "RÉSULTATS\nkyste. Fin"
    report = Report(
        report_id="0" * 32,
        text=text,
        sections=(Section(kind=SectionKind.RESULTS, start=10, end=16),),
        findings=(finding(10, 15), finding(17, 20)),
        exam=Exam(),
        related_report_ids=(),
    )
    assert "rt-f" not in report_body(report, [], FR)
    marked = report_body(report, [], FR, findings=True)
    assert '">kyste</span>.</p></section>' in marked
    assert marked.endswith('">Fin</span></p></article>')
    assert "kyste &lt;rénal&gt;".capitalize() in marked
