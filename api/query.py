"""What a user types, understood: words, "phrases" that must be there, -words that must not, and what is denied.

`conclusion:word` and `conclusion:"a phrase"` must be there in that section; with a hyphen before, they must not.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from indexer.errors import QueryError
from indexer.language.detection import language_of
from indexer.language.polarity import clauses
from indexer.report import MASK, SectionKind
from indexer.stores.text.base import TextQuery, WithinSection
from indexer.words import fold, folded_words, terms

_OPERATOR_CHARS = 300
"""Longer texts, and texts of several lines, are pasted reports: their quotes and hyphens are not operators."""

SECTION_NAMES = {
    "indication": SectionKind.INDICATION,
    "technique": SectionKind.TECHNIQUE,
    "comparaison": SectionKind.COMPARISON,
    "comparison": SectionKind.COMPARISON,
    "résultats": SectionKind.RESULTS,
    "results": SectionKind.RESULTS,
    "conclusion": SectionKind.CONCLUSION,
}
"""What a section is called before a colon, in any case, with or without accents."""

_SECTIONS = {fold(name): kind for name, kind in SECTION_NAMES.items()}
# The case of ASCII letters only: to that of all letters "ı" is an "i", and does not fold to one.
_NAMES = "|".join(name.replace("é", "[eéÉ]") for name in SECTION_NAMES)
_QUOTED = r'"[^"]+"|«[^»]+»|“[^”]+”'
# All of "-post-opératoire" is left out, not its first half.
_WORD = r"\w(?:[\w\u0300-\u036f'’-]|[.,](?=\d))*"
# Before a number a hyphen is a minus sign ("T-score -2,5"). "Conclusion : ..." is prose: after an operator's colon no space stands.
_OPERATOR = re.compile(
    rf"(?:(?<!\S)(?P<minus>-(?!\d))?(?:(?P<section>(?ai:{_NAMES})):)?)?(?:(?P<quoted>{_QUOTED})|(?P<word>{_WORD}))"
)

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
    plain, operators = _operators(unicodedata.normalize("NFC", text))
    found = terms(plain)
    if not (found or operators.excluded or operators.within):
        raise QueryError("the query has no word to search for; type at least one word or number")
    describes = len(found) > _SHORT_TERMS
    lexical = TextQuery(
        terms=tuple(found),
        affirmed=() if describes else _affirmed(plain),
        denied_things=() if describes else _denied_things(plain),
        phrases=tuple(operators.phrases),
        excluded=tuple(operators.excluded),
        within=tuple(operators.within),
    )
    return ParsedQuery(plain, lexical, foreign=is_foreign(plain), describes=describes)


def parse_pasted(text: str) -> ParsedQuery:
    """A whole report to resemble: nothing in it is an operator."""
    lexical = TextQuery(terms=tuple(terms(text)), affirmed=_affirmed(text))
    return ParsedQuery(text, lexical, foreign=is_foreign(text), describes=True)


@dataclass
class _Operators:
    """What a text states beside its words."""

    phrases: list[tuple[str, ...]] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    within: list[WithinSection] = field(default_factory=list)

    def take(self, match: re.Match[str]) -> str:
        """Note a word or phrase if it is an operator's; returns what of it is ranked by."""
        excluded, quoted = bool(match["minus"]), match["quoted"]
        words = quoted[1:-1] if quoted else match["word"]
        if match["section"]:
            self.within += _within(_SECTIONS[fold(match["section"])], words, quoted=bool(quoted), excluded=excluded)
        elif quoted and excluded:
            raise QueryError("a phrase in quotes cannot be excluded; put a hyphen before single words instead")
        elif quoted:
            self.phrases += filter(None, [tuple(folded_words(words))])
        elif excluded:
            self.excluded += terms(words)
        else:
            return match.group()
        return " " if excluded else f" {words} "


def _within(section: SectionKind, words: str, *, quoted: bool, excluded: bool) -> Iterator[WithinSection]:
    """What a section must hold: a phrase, or every part of a word. A word without an index form ("de") is sought as it stands."""
    found = [] if quoted else terms(words)
    for term in found:
        yield WithinSection(section, term=term, excluded=excluded)
    if not found and (phrase := tuple(folded_words(words))):
        yield WithinSection(section, phrase=phrase, excluded=excluded)


def _affirmed(text: str) -> tuple[str, ...]:
    return tuple(term for clause in clauses(text) for term in clause.affirmed)


def _operators(text: str) -> tuple[str, _Operators]:
    """The text without its operators, and these."""
    operators = _Operators()
    if len(text) > _OPERATOR_CHARS or "\n" in text.strip():
        return text, operators
    return _OPERATOR.sub(operators.take, text), operators


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
