"""A report as the passages that are encoded: several short ones find what one truncated vector loses.

Measured on the development set (docs/evaluation.md): the conclusion as a passage of its own finds the report of a
stated conclusion; the whole report without its technique finds its diagnosis; results in small chunks find what only
one sentence says.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from indexer.encoders.base import Encoder
from indexer.passage import Passage, PassageKind
from indexer.report import Report, Section, SectionKind

CHUNK_TOKENS = 160
"""Length of a chunk of results: about ten statements."""

_SLACK = 4
"""By how many tokens a part alone may exceed what it has within its text: a word at its edge may be cut in two."""
_BREAK = re.compile(r"\n+|(?<=[.;!?])\s+")


def passages_of(report: Report, encoder: Encoder) -> list[Passage]:
    """The passages of a report, each within the encoder's window; at least one if the report has any text."""
    chunk = min(CHUNK_TOKENS, encoder.window)
    ends = encoder.token_ends(report.text) if len(report.text) > chunk else ()  # once: this takes most of the time
    found = list(_whole(report, ends, encoder))
    for section in report.sections:
        if section.kind is SectionKind.CONCLUSION:
            found += _chunks(report.text, section, PassageKind.CONCLUSION, encoder.window, ends, encoder)
        elif section.kind is SectionKind.RESULTS:
            found += _chunks(report.text, section, PassageKind.RESULTS, chunk, ends, encoder)
    return found


def _whole(report: Report, ends: Sequence[int], encoder: Encoder) -> Iterator[Passage]:
    """The text without its technique, as one piece where it fits the window, else cut into as few as fit."""
    kept = [s for s in report.sections if s.kind is not SectionKind.TECHNIQUE] or list(report.sections)
    if not kept:
        return
    text = "\n".join(report.text[s.start : s.end] for s in kept)
    section = max(kept, key=lambda s: s.end - s.start).kind
    for start, end in cut(text, encoder.window, encoder, _ends_in(kept, ends)):
        yield Passage(PassageKind.WHOLE, section, kept[0].start, kept[-1].end, text[start:end])


def _chunks(
    text: str, section: Section, kind: PassageKind, limit: int, ends: Sequence[int], encoder: Encoder
) -> Iterator[Passage]:
    body = text[section.start : section.end]
    for start, end in cut(body, limit, encoder, _ends_in([section], ends)):
        yield Passage(kind, section.kind, section.start + start, section.start + end, body[start:end])


def _ends_in(sections: Sequence[Section], ends: Sequence[int]) -> list[int]:
    """Where the report's tokens end in the text of its sections, joined by line ends."""
    found: list[int] = []
    offset = 0
    for section in sections:
        within = ends[bisect_right(ends, section.start) : bisect_right(ends, section.end)]
        found += [end - section.start + offset for end in within]
        offset += section.end - section.start + 1
    return found


def cut(text: str, limit: int, encoder: Encoder, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Spans of at most `limit` tokens, cut between statements where possible, within one where it is too long.

    ends: where the text's tokens end, at its edges give or take a few; not looked at where the text is so short that it fits.
    """
    if len(text) <= limit:  # a token is at least one character
        yield from _trimmed(text, 0, len(text))
        return
    breaks = [m.start() for m in _BREAK.finditer(text)]
    start, first = 0, 0
    while start < len(text):
        end = len(text)
        if len(ends) - first > limit:
            furthest = ends[first + limit - 1]
            end = max((b for b in breaks if start < b <= furthest), default=furthest)
        if bisect_right(ends, end) - first > limit - _SLACK:
            end = start + _fitting(text[start:end], limit, encoder)
        yield from _trimmed(text, start, end)
        start, first = end, bisect_right(ends, end)


def _fitting(piece: str, limit: int, encoder: Encoder) -> int:
    """How many characters of a piece fit: on its own it may have more tokens than within the text (a word cut in two)."""
    while len(ends := encoder.token_ends(piece)) > limit:
        shorter = max((end for end in ends[:limit] if end < len(piece)), default=0)
        if not shorter:
            break  # one character of more tokens than the limit
        piece = piece[:shorter]
    return len(piece)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left, right = len(piece) - len(piece.lstrip()), len(piece) - len(piece.rstrip())
    if start + left < end - right:
        yield start + left, end - right
