"""The sections of a report, by their headings; what no heading claims is its results, save for a title.

A heading stands at the start of a line, alone on it or before a colon; in capitals it may go straight on into its
text ("CONCLUSION Pas de fracture."). Bold marks, bullets and numbers before it are allowed.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from indexer.report import Section, SectionKind
from indexer.words import fold

# Possessive, so that a line of nothing but blanks or rules takes time in proportion to its length, not to its square.
_MARKS = r"(?:[^\S\n]|[*#_>•\-])*+(?:\d{1,2}[.)])?+(?:[^\S\n]|[*_])*+"
_NAME = r"[^\W\d_][\w'’ /,()\-]{2,48}?"
_NAMED = re.compile(
    rf"^{_MARKS}(?:(?P<colon>{_NAME})(?:[^\S\n]|[*_])*[:：](?:[^\S\n]|[*_])*|(?P<alone>{_NAME})(?:[^\S\n]|[*_.])*$)",
    re.MULTILINE,
)
_INLINE = re.compile(rf"^{_MARKS}(?P<capitals>[A-ZÉÈÊ]{{6,16}})(?=[^\S\n]+\S)[^\S\n]+", re.MULTILINE)
_TITLE = re.compile(r"\s*+[^\n.:;?!]{3,100}+(?=\n|$)")
"""A first line without punctuation: the name of the exam."""
_LINE = re.compile(r"[^\n]++")
_BLANKS = re.compile(r"[\s'’/,()_\-]+")


def split_sections(text: str) -> tuple[Section, ...]:
    """The sections of a text in order, without their headings, not overlapping; empty ones are left out."""
    headings = _headings(text)
    if not headings:
        return _trimmed(text, SectionKind.RESULTS, 0, len(text))
    ends = [start for start, _end, _kind in headings[1:]] + [len(text)]
    found = list(_trimmed(text, SectionKind.PREAMBLE, 0, headings[0][0]))
    for (_start, body, kind), end in zip(headings, ends, strict=True):
        found.extend(_trimmed(text, kind, body, end))
    if SectionKind.RESULTS not in {kind for _start, _end, kind in headings}:
        found = list(_with_unnamed_results(text, found))
    return tuple(found)


def _with_unnamed_results(text: str, sections: list[Section]) -> Iterator[Section]:
    """Results that no heading names end the part before the conclusion: all but its first line, or but a title."""
    before = [s for s in sections if s.kind is not SectionKind.CONCLUSION]
    for section in sections:
        if not before or section is not before[-1]:
            yield section
            continue
        first = (_TITLE if section.kind is SectionKind.PREAMBLE else _LINE).match(text, section.start, section.end)
        middle = first.end() if first else section.start
        yield from _trimmed(text, section.kind, section.start, middle)
        yield from _trimmed(text, SectionKind.RESULTS, middle, section.end)


def _headings(text: str) -> list[tuple[int, int, SectionKind]]:
    """Start and end of each heading, with what it opens, in order."""
    # Of a line that can be read in both ways, the name in full wins ("RESULTATS DE L'EXAMEN :").
    matches = {m.start(): (m, kind) for p in (_INLINE, _NAMED) for m in p.finditer(text) if (kind := _kind(m))}
    return [(start, match.end(), kind) for start, (match, kind) in sorted(matches.items(), key=lambda item: item[0])]


def _kind(match: re.Match[str]) -> SectionKind | None:
    name = match[match.lastgroup or 0]
    return heading_names().get(_BLANKS.sub(" ", fold(name)).strip())


def _trimmed(text: str, kind: SectionKind, start: int, end: int) -> tuple[Section, ...]:
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    end -= len(body) - len(body.rstrip())
    return (Section(kind, start, end),) if start < end else ()


@lru_cache(maxsize=1)
def heading_names() -> dict[str, SectionKind]:
    """Folded heading -> section kind, from `headings.toml`."""
    table = tomllib.loads((files("indexer.language") / "headings.toml").read_text(encoding="utf-8"))
    return {fold(name): SectionKind(kind) for kind, names in table["headings"].items() for name in names}
