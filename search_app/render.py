"""Markup of exams and hits: pure functions from answers to HTML.

Whatever comes from a report, a query or the API goes through `escape`; the result is shown with `st.html`, which
reads no Markdown, so that text stays text.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass

from search_app.answers import Exam, Passage, Span
from search_app.i18n import Texts
from search_app.vocabulary import Sex

SEPARATOR = " · "
SNIPPET_CHARS = 340
MAX_PASSAGES = 3
_LEAD_CHARS = 90


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a passage around its marked words; `start`, `end`: its place in the passage's text."""

    start: int
    end: int


def escape(text: str) -> str:
    """Text as HTML that shows it unchanged."""
    return html.escape(text, quote=True)


def marked(text: str, spans: Iterable[Span], offset: int = 0) -> str:
    """Escaped text with `<mark>` around the spans. offset: where `text` starts in the text that the spans count in.

    Spans that overlap are joined, what lies outside the text is cut off.
    """
    pieces: list[str] = []
    done = 0
    for start, end in joined(spans, offset, len(text)):
        pieces += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return "".join([*pieces, escape(text[done:])])


def joined(spans: Iterable[Span], offset: int, length: int) -> list[tuple[int, int]]:
    """Places of spans in a text of `length` that starts at `offset`: in order, cut to it, none touching another."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(s.start - offset, 0), min(s.end - offset, length)) for s in spans):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def snippet(passage: Passage, width: int = SNIPPET_CHARS) -> Snippet:
    """At most about `width` characters, from a little before the first marked word, cut between words."""
    text = passage.text
    if len(text) <= width:
        return Snippet(0, len(text))
    first = min((h.start - passage.start for h in passage.highlights), default=0)
    start = min(max(first - _LEAD_CHARS, 0), len(text) - width)
    end = start + width
    if start > 0:
        start = max(text.find(" ", start, first) + 1, start)
    if end < len(text):
        space = text.rfind(" ", start, end)
        end = space if space > start else end
    return Snippet(start, end)


def passage_block(passage: Passage, t: Texts) -> str:
    """A passage with the name of its section and the words of the query marked."""
    cut = snippet(passage)
    before = "… " if cut.start > 0 else ""
    after = " …" if cut.end < len(passage.text) else ""
    body = marked(passage.text[cut.start : cut.end], passage.highlights, passage.start + cut.start)
    name = escape(t(f"section.{passage.section}"))
    return f'<div class="rt-passage"><span class="rt-section">{name}</span><p>{before}{body}{after}</p></div>'


def badge(label: str, kind: str) -> str:
    """A small label. kind: end of its style class."""
    return f'<span class="rt-badge rt-{escape(kind)}">{escape(label)}</span>'


def badges(exam: Exam, t: Texts) -> str:
    """The modality and the regions of an exam."""
    modality = t(f"modality.{exam.modality or 'unknown'}")
    return badge(modality, "modality") + "".join(badge(t(f"region.{region}"), "region") for region in exam.regions)


def facts_line(exam: Exam, t: Texts) -> str:
    """Date, sex and age, site: plain text."""
    return SEPARATOR.join(fact for fact in (exam_date(exam, t), patient(exam, t), exam.site) if fact)


def exam_title(exam: Exam, t: Texts) -> str:
    """An exam in a few words: plain text."""
    regions = ", ".join(t(f"region.{region}").lower() for region in exam.regions)
    modality = t(f"modality.{exam.modality or 'unknown'}")
    return SEPARATOR.join(part for part in (modality, regions, exam_date(exam, t)) if part)


def exam_date(exam: Exam, t: Texts) -> str:
    """The day of an exam in words."""
    return t.date(exam.exam_date) if exam.exam_date else t("exam.no_date")


def patient(exam: Exam, t: Texts) -> str:
    """Sex and age, as far as known."""
    sex = "" if exam.sex is Sex.UNKNOWN else t(f"sex.{exam.sex}")
    age = "" if exam.age is None else t("exam.age", n=exam.age)
    return ", ".join(part for part in (sex, age) if part)


def facts_table(exam: Exam, t: Texts) -> str:
    """What is known of an exam, as a list of names and values."""
    known = {
        "report.modality": t(f"modality.{exam.modality or 'unknown'}"),
        "report.regions": ", ".join(t(f"region.{region}") for region in exam.regions),
        "report.date": exam_date(exam, t),
        "report.sex": t(f"sex.{exam.sex}"),
        "report.age": "" if exam.age is None else t("exam.age", n=exam.age),
        "report.site": exam.site or "",
    }
    rows = "".join(f"<dt>{escape(t(key))}</dt><dd>{escape(value)}</dd>" for key, value in known.items() if value)
    return f'<dl class="rt-facts-table">{rows}</dl>'
