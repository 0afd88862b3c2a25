"""Markup of a whole report, with the words of the query and the findings marked in it: pure functions to HTML."""

import re
from collections.abc import Sequence

from search_app.answers import Report, Section, Span
from search_app.i18n import Texts
from search_app.marks import finding_marks, nested, query_marks
from search_app.render import escape

_HEADING_MARKS = re.compile(r"[\W_]+")


def report_body(report: Report, highlights: Sequence[Span], t: Texts, *, findings: bool = False) -> str:
    """The whole report: every section under its name, line breaks kept, and nothing of the text left out.

    What stands between two sections is a heading; it is shown as it was written unless it says the name itself.
    findings: whether they are marked.
    """
    marks = [*query_marks(highlights), *(finding_marks(report.findings, t) if findings else ())]

    def written(start: int, end: int) -> str:
        return f'<p class="rt-text">{nested(report.text[start:end], marks, start)}</p>'

    blocks: list[str] = []
    done = 0
    for section in report.sections:
        heading = _heading(section, report.text[done : section.start].strip(), t)
        body = written(section.start, section.end)
        blocks.append(f'<section class="rt-part rt-part-{section.kind}">{heading}{body}</section>')
        done = section.end
    rest = report.text[done:].strip()
    if rest:
        start = report.text.index(rest, done)
        blocks.append(written(start, start + len(rest)))
    return f'<article class="rt-report">{"".join(blocks)}</article>'


def _heading(section: Section, written: str, t: Texts) -> str:
    name = t(f"section.{section.kind}")
    as_written = "" if _bare(written) in ("", _bare(name)) else f"<small>{escape(written)}</small>"
    return f"<h3>{escape(name)}{as_written}</h3>"


def _bare(heading: str) -> str:
    return _HEADING_MARKS.sub("", heading).casefold()
