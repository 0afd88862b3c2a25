"""Findings as marks in a text, as a legend and as badges, in words and in HTML: pure functions.

A mark says its assertion by colour and by the style of its underline, and the rest in its title.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_app.answers import Finding, Span
from search_app.i18n import Texts
from search_app.render import badge, escape, joined
from search_app.vocabulary import Assertion, Laterality

# Of several statements in the same words, the first of these gives the mark its look.
_RANK = {
    assertion: rank
    for rank, assertion in enumerate(
        (
            Assertion.PRESENT,
            Assertion.UNCERTAIN,
            Assertion.ABSENT,
            Assertion.HISTORICAL,
            Assertion.FAMILY,
            Assertion.ASKED,
        )
    )
}


@dataclass(frozen=True, slots=True)
class Mark:
    """An element around the characters `start` to `end` (exclusive) of a report. opening, closing: its tags."""

    start: int
    end: int
    opening: str
    closing: str


def query_marks(spans: Iterable[Span]) -> list[Mark]:
    """Marks around words of the query; spans that overlap are joined."""
    spans = list(spans)
    length = max((span.end for span in spans), default=0)
    return [Mark(start, end, "<mark>", "</mark>") for start, end in joined(spans, 0, length)]


def finding_marks(findings: Iterable[Finding], t: Texts) -> list[Mark]:
    """Marks around findings; several in the very same words share one."""
    by_place: dict[tuple[int, int], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_place[finding.start, finding.end].append(finding)
    return [
        Mark(start, end, _opening(sorted(there, key=lambda f: _RANK[f.assertion]), t), "</span>")
        for (start, end), there in sorted(by_place.items())
    ]


def _opening(findings: Sequence[Finding], t: Texts) -> str:
    title = "\n".join(dict.fromkeys(stated(finding, t) for finding in findings))
    return f'<span class="rt-f rt-f-{findings[0].assertion}" title="{escape(title)}">'


def nested(text: str, marks: Iterable[Mark], offset: int = 0) -> str:
    """Escaped text with its marks. offset: where `text` starts in the text that the marks count in.

    Of marks that overlap, the one that goes on is closed and opened again, so that elements always nest; what lies
    outside the text is cut off.
    """
    places = [(max(m.start - offset, 0), min(m.end - offset, len(text)), m) for m in marks]
    places = [(start, end, mark) for start, end, mark in places if start < end]
    starting: dict[int, list[tuple[int, Mark]]] = defaultdict(list)
    for start, end, mark in places:
        starting[start].append((end, mark))
    pieces: list[str] = []
    inside: list[tuple[int, Mark]] = []
    done = 0
    for here in sorted({place for start, end, _mark in places for place in (start, end)}):
        pieces.append(escape(text[done:here]))
        done = here
        going_on: list[tuple[int, Mark]] = []
        while any(end == here for end, _mark in inside):
            end, mark = inside.pop()
            pieces.append(mark.closing)
            if end > here:
                going_on.append((end, mark))
        opened = sorted([*reversed(going_on), *starting[here]], key=lambda at: -at[0])  # the longest stays outside
        pieces += [mark.opening for _end, mark in opened]
        inside += opened
    return "".join([*pieces, escape(text[done:])])


def stated(finding: Finding, t: Texts) -> str:
    """A finding in words: its name, assertion, side and size, with what they were before."""
    details = [t(f"assertion.{finding.assertion}"), *_side(finding, t), *_size(finding, t)]
    return t("finding.stated", label=_capital(finding.label(t.language)), details=", ".join(details))


def _side(finding: Finding, t: Texts) -> list[str]:
    return [] if finding.laterality is Laterality.NONE else [t(f"side.{finding.laterality}")]


def _size(finding: Finding, t: Texts) -> list[str]:
    before = [t("finding.prior", size=t.millimetres(*finding.prior_mm))] if finding.prior_mm else []
    before += [t(f"change.{finding.change}")] if finding.change else []
    now = t.millimetres(*finding.sizes_mm) if finding.sizes_mm else ""
    if not now:
        return before
    return [t("finding.compared", size=now, before=", ".join(before)) if before else now]


def legend(findings: Sequence[Finding], t: Texts) -> str:
    """How each assertion is marked and how many findings have it; empty if there are none."""
    counted = Counter(finding.assertion for finding in findings)
    items = "".join(
        f'<li><span class="rt-f rt-f-{assertion}">{escape(_capital(t(f"assertion.{assertion}")))}</span>'
        f" {escape(t.number(counted[assertion]))}</li>"
        for assertion in _RANK
        if counted[assertion]
    )
    return f'<div class="rt-legend"><span>{escape(t("finding.legend"))}</span><ul>{items}</ul></div>' if items else ""


def finding_badges(findings: Sequence[Finding], t: Texts) -> str:
    """Findings of a hit as badges: name, side and size, and the assertion unless it is present."""
    shown = dict.fromkeys((_short(finding, t), finding.assertion) for finding in findings)
    badges = "".join(badge(label, f"f-{assertion}") for label, assertion in shown)
    return f'<div class="rt-matched">{badges}</div>' if badges else ""


def _short(finding: Finding, t: Texts) -> str:
    assertion = [] if finding.assertion is Assertion.PRESENT else [t(f"assertion.{finding.assertion}")]
    size = [t.millimetres(*finding.sizes_mm)] if finding.sizes_mm else []
    return ", ".join([_capital(finding.label(t.language)), *assertion, *_side(finding, t), *size])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
