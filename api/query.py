"""What a user types, understood: words, "phrases" that must be there, -words that must not, and what is denied."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexer.errors import QueryError
from indexer.language.detection import language_of
from indexer.language.polarity import clauses
from indexer.report import MASK
from indexer.stores.text.base import TextQuery
from indexer.words import folded_words, terms

_OPERATOR_CHARS = 300
"""Longer texts, and texts of several lines, are pasted reports: their quotes and hyphens are not operators."""

_QUOTED = re.compile(r'"([^"]+)"|«\s*([^»]+?)\s*»|“([^”]+)”')
# Before a number a hyphen is a minus sign ("T-score -2,5"). All of "-post-opératoire" is left out, not its first half.
_EXCLUDED = re.compile(r"(?<!\S)-(?!\d)(\w[\w'’-]*)")
_EXCLUDED_PHRASE = re.compile(rf"(?<!\S)-(?:{_QUOTED.pattern})")

# What "et" is in "sans et avec injection" is no joining of denied things.
_JOINED = re.compile(r",(?!\d)|\bou\b|(?<!\bsans\s)\bet\b", re.IGNORECASE)
_JOINING = frozenset({"ni", "or", "and", "nor"})
_NEGATIONS = frozenset(terms("pas sans aucun aucune absence no not without"))
_CARRIERS = frozenset(terms("signe argument faveur image trace tout toute visible évidence evidence sign of for any"))
"""Words that a denial is worded with and that name nothing: of "pas de signe d'embolie", embolie is what is denied."""

_SHORT_TERMS = 12
"""A text with more terms is a description: it may deny a thing that its like affirms elsewhere, and what it denies tells
as much about the report that it describes as what it affirms."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query ready for the stores. text: what the encoder reads, operators taken off; foreign: surely not in French.

    describes: too long to be a question; it describes a report.
    """

    text: str
    lexical: TextQuery
    foreign: bool
    describes: bool

    def __repr__(self) -> str:
        return f"ParsedQuery({MASK})"


def parse_query(text: str) -> ParsedQuery:
    """Understand a typed query. Raises QueryError if nothing in it can be searched, or if it excludes a phrase."""
    plain, phrases, excluded = _operators(unicodedata.normalize("NFC", text))
    found = terms(plain)
    if not found and not excluded:
        raise QueryError("the query has no word to search for; type at least one word or number")
    describes = len(found) > _SHORT_TERMS
    lexical = TextQuery(
        terms=tuple(found),
        affirmed=() if describes else _affirmed(plain),
        denied_things=() if describes else _denied_things(plain),
        phrases=phrases,
        excluded=excluded,
    )
    return ParsedQuery(plain, lexical, foreign=is_foreign(plain), describes=describes)


def parse_pasted(text: str) -> ParsedQuery:
    """A whole report to resemble: nothing in it is an operator."""
    lexical = TextQuery(terms=tuple(terms(text)), affirmed=_affirmed(text))
    return ParsedQuery(text, lexical, foreign=is_foreign(text), describes=True)


def _affirmed(text: str) -> tuple[str, ...]:
    return tuple(term for clause in clauses(text) for term in clause.affirmed)


def _operators(text: str) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]:
    if len(text) > _OPERATOR_CHARS or "\n" in text.strip():
        return text, (), ()
    if _EXCLUDED_PHRASE.search(text):
        raise QueryError("a phrase in quotes cannot be excluded; put a hyphen before single words instead")
    phrases = [tuple(folded_words(next(filter(None, m.groups())))) for m in _QUOTED.finditer(text)]
    unquoted = _QUOTED.sub(lambda m: " " + next(filter(None, m.groups())) + " ", text)
    excluded = [term for m in _EXCLUDED.finditer(_QUOTED.sub(" ", text)) for term in terms(m[1])]
    plain = _EXCLUDED.sub(" ", unquoted) if excluded else unquoted
    return plain, tuple(p for p in phrases if p), tuple(excluded)


def _denied_things(text: str) -> tuple[tuple[str, ...], ...]:
    """Groups of neighbouring denied terms; of "pas d'épanchement pleural ni péricardique" the first names the thing."""
    # Joining words and commas part things, and are no terms: one that is a term stands in for them.
    parted = _JOINED.sub(" and ", text)
    return tuple(thing for clause in clauses(parted) for thing in _things(clause.denied))


def _things(denied: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """What the denied terms of one clause name: after every negation, the terms up to the first joining word."""
    named: list[list[str]] = [[]]
    naming = True
    for term in denied:
        if term in _NEGATIONS:
            named.append([])
            naming = True
        elif term in _JOINING:
            naming = naming and not named[-1]
        elif naming and term not in _CARRIERS:
            named[-1].append(term)
    return (tuple(thing) for thing in named if thing)


_SURE = 0.8
"""No French label of the demo corpus, in any wording of a query, reaches this for another language."""


def is_foreign(text: str) -> bool:
    """Whether a text is surely not French: words of another language match French reports by accident only."""
    language, probability = language_of(text)
    return bool(language != "fr" and probability >= _SURE)
