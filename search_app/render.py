"""Markup of reports and hits: pure functions from answers to HTML.

Whatever comes from a report, a query or the API goes through `escape`; the result is shown with `st.html`, which
reads no Markdown, so that text stays text.
"""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_app.answers import Exam, Passage, Report, Section, Span
from search_app.i18n import Texts
from search_app.vocabulary import Sex

SEPARATOR = " · "
SNIPPET_CHARS = 340
MAX_PASSAGES = 3
_LEAD_CHARS = 90
_HEADING_MARKS = re.compile(r"[\W_]+")


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
    for start, end in _joined(spans, offset, len(text)):
        pieces += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return "".join([*pieces, escape(text[done:])])


def _joined(spans: Iterable[Span], offset: int, length: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(s.start - offset, 0), min(s.end - offset, length)) for s in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


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


def report_body(report: Report, highlights: Sequence[Span], t: Texts) -> str:
    """The whole report: every section under its name, line breaks kept, and nothing of the text left out.

    What stands between two sections is a heading; it is shown as it was written unless it says the name itself.
    """
    blocks: list[str] = []
    done = 0
    for section in report.sections:
        written = report.text[done : section.start].strip()
        blocks.append(_section_block(report.text, section, written, highlights, t))
        done = section.end
    rest = report.text[done:].strip()
    if rest:
        blocks.append(f'<p class="rt-text">{escape(rest)}</p>')
    return f'<article class="rt-report">{"".join(blocks)}</article>'


def _section_block(text: str, section: Section, written: str, highlights: Sequence[Span], t: Texts) -> str:
    name = t(f"section.{section.kind}")
    as_written = "" if _bare(written) in ("", _bare(name)) else f"<small>{escape(written)}</small>"
    body = marked(text[section.start : section.end], highlights, section.start)
    return (
        f'<section class="rt-part rt-part-{section.kind}"><h3>{escape(name)}{as_written}</h3>'
        f'<p class="rt-text">{body}</p></section>'
    )


def _bare(heading: str) -> str:
    return _HEADING_MARKS.sub("", heading).casefold()
