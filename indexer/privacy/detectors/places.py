"""Communes and other places where people live, are born, come from or sign.

A commune needs a word that places are told with ("habite", "à", "Fait à") or a date line, for many communes are words (Sens, Foix) and many eponyms are towns (Lugano, Milan).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.privacy.detectors.proper import (
    PLACE_STOPS,
    commune_end,
    first_words,
    foreign_end,
    is_capital,
    is_department,
    is_shouting,
    is_vocabulary,
    known_communes,
    normal,
    proper_end,
    with_department,
)
from indexer.privacy.detectors.vocabulary import alternatives, before, compiled, starts_word, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat, is_eponym

_DATE_LINE = compiled(
    r"""^[^\S\n]{0,80}+ (?P<place>[a-z][a-z'\x20-]{2,40}?) (?P<comma>\s?,)? \s (?:le\s)?
        (?=(?:[a-z]{5,8}\s)?[0-9]{1,2}(?:[/.-]|er\s|\s[a-z]{3}))"""
)
_SMALL_LINE_END = re.compile(r",\s(?P<place>[a-z' -]{4,30})(?=\n|\Z)")
# "Deauville 2": a score, not a place.
_GRADE = re.compile(r"\s(?:[0-9]|[ivx]{1,4}\b)")
_CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*")


class PlaceDetector:
    """Finds LOCATION."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Places behind their cue, in a date line, or listed and in a place's context."""
        plain = flat(text)
        yield from _cued(text, plain)
        yield from _date_lines(text, plain)
        yield from _listed(text, plain)


def _location(start: int, end: int, confidence: float, rule: str) -> Identifier:
    return Identifier(start, end, Category.LOCATION, confidence, rule)


def _cued(text: str, plain: str) -> Iterator[Identifier]:
    for cue in _strong_cue().finditer(plain):
        end = _cued_end(text, plain, cue.end())
        if end > cue.end():
            yield _location(cue.end(), with_department(plain, end), 0.85, "location.cue")


def _cued_end(text: str, plain: str, begin: int) -> int:
    """End of the place behind a cue: a commune in any casing, else a name that is no vocabulary."""
    end = commune_end(plain, begin)
    shouting = is_shouting(text, begin)
    name = plain[begin:end]
    if name and (shouting or not is_capital(text[begin:])):
        return end if normal(name) in known_communes() or not is_vocabulary(name) else begin
    close = proper_end(text, begin, PLACE_STOPS, 1 if shouting else 4)
    if close > end and not is_vocabulary(plain[begin:close]):
        return close
    return end or foreign_end(plain, begin, PLACE_STOPS, 1)


def _date_lines(text: str, plain: str) -> Iterator[Identifier]:
    """Lines such as "Rennes, le 4 octobre": a commune in any casing with its comma, an unlisted name with a capital."""
    for match in _DATE_LINE.finditer(plain):
        start, end = match.span("place")
        name, capital = match["place"], is_capital(text[start:])
        if commune_end(plain, start) == end:
            if capital or (match["comma"] and (normal(name) in known_communes() or not is_vocabulary(name))):
                yield _location(start, end, 0.85, "location.date_line")
        elif match["comma"] and capital and _is_unlisted_place(text, name, start, end):
            yield _location(start, end, 0.5, "location.date_line_unlisted")
    for match in _SMALL_LINE_END.finditer(plain):
        start, end = match.span("place")
        known = normal(match["place"]) in known_communes() or not is_vocabulary(match["place"])
        if known and commune_end(plain, start) == end:
            yield _location(start, end, 0.5, "location.line_end")


def _is_unlisted_place(text: str, name: str, start: int, end: int) -> bool:
    if is_vocabulary(name.split(maxsplit=1)[0]) or " a " in name or is_shouting(text, start):
        return False
    return proper_end(text, start, PLACE_STOPS, 3) == end


def _listed(text: str, plain: str) -> Iterator[Identifier]:
    """Listed communes with a capital, where their context is a place's."""
    starts = first_words()
    done = 0
    for match in _CAPITALISED.finditer(text):
        start = match.start()
        if start < done or flat(match.group()) not in starts or not starts_word(text, start):
            continue
        end = commune_end(plain, start)
        if end > start and _is_place(text, plain, start, end):
            done = end
            yield _location(start, with_department(plain, end), 0.6, "location.listed")


def _is_place(text: str, plain: str, start: int, end: int) -> bool:
    name = plain[start:end]
    if (end < len(text) and (text[end].isalnum() or text[end] in "-'’")) or text.endswith("-", 0, start):
        return False
    if is_department(plain, end):
        return True
    known = normal(name) in known_communes()
    if is_vocabulary(name) and not (known and not is_shouting(text, start)):
        return False
    if not known and (is_eponym(name) or _GRADE.match(plain, end)):
        return False
    lead = before(plain, start)
    if _eponymous().search(lead):
        return False
    alone = bool(re.search(r"(?:^|\n)[^\S\n]*\Z", lead)) and bool(re.match(r"[^\S\n]*(?:\n|$)", plain[end : end + 40]))
    return alone or bool(_weak_cue().search(lead))


@lru_cache(maxsize=1)
def _strong_cue() -> re.Pattern[str]:
    return compiled(
        rf"(?<![a-z])(?:{alternatives(vocabulary('places')['cues']['strong'])})(?:\s{{1,3}}|(?<=['’:])\s?)(?=[a-z])"
    )


@lru_cache(maxsize=1)
def _weak_cue() -> re.Pattern[str]:
    return compiled(
        rf"(?:(?<![a-z0-9])(?:{alternatives(vocabulary('places')['cues']['weak'])})(?:\s{{1,2}}|(?<='))|[,(/]\s?|(?<=\S)[^\S\n]{{0,2}}[–-]\s?)\Z"  # a hyphen that opens a line is a list's
    )


@lru_cache(maxsize=1)
def _eponymous() -> re.Pattern[str]:
    words = alternatives(vocabulary("places")["cues"]["eponymous"])
    return compiled(rf"(?<![a-z])(?:{words})(?:\s[a-z]{{3,14}})?\s(?:de\s(?:la\s)?|du\s|d'|of\s)?\Z")
