"""Employers, insurers and other companies: behind a word of work or of insurance, beside a legal form, or well known."""

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.privacy.detectors.proper import foreign_end, is_shouting, is_vocabulary, proper_end, skip_particles
from indexer.privacy.detectors.vocabulary import alternatives, compiled, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat, is_plain

_FIELD = re.compile(r"[^\n,;.()]{2,40}")
_SHORT_FORM = 4


class CompanyDetector:
    """Finds COMPANY."""

    def find(self, text: str) -> Iterator[Identifier]:
        """By cue, by legal form, by name."""
        plain = flat(text)
        yield from _cued(text, plain)
        yield from _formed(text, plain)
        for match in _known().finditer(plain):
            if text[match.start()].isupper():
                yield Identifier(match.start(), match.end(), Category.COMPANY, 0.6, "company.known")


def _cued(text: str, plain: str) -> Iterator[Identifier]:
    for cue in _cue().finditer(plain):
        start = cue.end()
        end = proper_end(text, start, _stops())
        name = plain[skip_particles(plain, start) : end]
        # In a line of capitals, vocabulary behind a word of work is the sentence going on.
        going_on = is_shouting(text, start) and ":" not in cue.group() and is_vocabulary(name)
        if len(name) > 1 and not going_on:
            yield Identifier(start, end, Category.COMPANY, 0.7, "company.cue")
        elif end == start:
            yield from _in_small_letters(plain, cue)


def _in_small_letters(plain: str, cue: re.Match[str]) -> Iterator[Identifier]:
    """A name no vocabulary is part of ("chauffeur chez logivia"); behind a colon, the field with such a word in it."""
    end = foreign_end(plain, cue.end(), _stops())
    field = _FIELD.match(plain, cue.end()) if ":" in cue.group() else None
    known = _known().match(plain, cue.end())
    if field and (known or not is_vocabulary(field.group())):
        yield Identifier(cue.end(), field.end(), Category.COMPANY, 0.6, "company.field")
    elif known or end > cue.end():
        yield Identifier(cue.end(), known.end() if known else end, Category.COMPANY, 0.5, "company.small")


def _formed(text: str, plain: str) -> Iterator[Identifier]:
    for form in _form().finditer(plain):
        end = proper_end(text, form.end(), _stops(), 4)
        last = plain[form.end() : end].split()[-1:]
        # "SA", "SAS" are a pronoun and a syndrome as well.
        short = len(form.group().strip()) < _SHORT_FORM
        ambiguous = short and (is_shouting(text, form.start()) or not last or is_plain(last[0]))
        if last and text[form.start()].isupper() and not ambiguous:
            yield Identifier(form.start(), end, Category.COMPANY, 0.7, "company.form")


@lru_cache(maxsize=1)
def _stops() -> frozenset[str]:
    table = vocabulary("organisations")
    return (frozenset(table["boundaries"]["words"]) - {"et"}) | frozenset(table["companies"]["not_companies"])


@lru_cache(maxsize=1)
def _cue() -> re.Pattern[str]:
    cues = alternatives(vocabulary("organisations")["companies"]["cues"])
    return compiled(rf"(?<![a-z])(?:{cues})(?:\s{{1,3}}|(?<=[:'(])\s?)(?=[a-z0-9])")


@lru_cache(maxsize=1)
def _form() -> re.Pattern[str]:
    forms = alternatives(vocabulary("organisations")["companies"]["forms"])
    return compiled(rf"(?<![a-z0-9])(?:{forms})\s{{1,2}}(?=[a-z])")


@lru_cache(maxsize=1)
def _known() -> re.Pattern[str]:
    return compiled(rf"(?<![a-z0-9-])(?:{alternatives(vocabulary('organisations')['companies']['known'])})(?![a-z0-9])")
