"""Words as the full-text index sees them: one analyser for reports, queries and highlights.

Lower case, elision (l', d', qu' ...), ASCII folding, French Snowball stem; folding comes before the stem, so that
"HEPATOMEGALIE" and "hépatomégalie" meet. Negation words (pas, sans, aucun ...) are kept: negation is meaning.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

# Combining accents (U+0300-036F) belong to the word: archives exported from macOS write "é" as two characters.
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:[.,]\d+)*")
_ELISION = re.compile(r"\b(?:l|d|j|s|n|c|m|t|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ]", re.IGNORECASE)
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})

FUNCTION_WORDS = frozenset(
    [
        "le",
        "la",
        "les",
        "de",
        "des",
        "du",
        "un",
        "une",
        "et",
        "a",
        "au",
        "aux",
        "en",
        "dans",
        "sur",
        "par",
        "pour",
        "que",
        "qui",
        "ce",
        "cette",
        "ces",
        "son",
        "sa",
        "ses",
        "est",
        "sont",
        "il",
        "elle",
        "on",
        "se",
        "ou",
        "y",
        "avec",
    ]
)
"""Words that carry no meaning of their own. No negation is among them (invariant 7)."""

_stemmer = Stemmer.Stemmer("french")


class Word(NamedTuple):
    """A word of a text: its index form, and the characters `start` to `end` (exclusive) where it stands."""

    term: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case without accents; ligatures are spelt out, so the length may grow."""
    lowered = text.lower().translate(_LIGATURES)
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


@lru_cache(maxsize=200_000)
def term_of(word: str) -> str:
    """The index form of one word as it stands in a text; empty for a function word."""
    folded = fold(word)
    if folded in FUNCTION_WORDS:
        return ""
    stem: str = _stemmer.stemWord(folded)
    return stem


def words(text: str) -> Iterator[Word]:
    """The meaningful words of a text, in order, with their places in it."""
    for match in _WORD.finditer(blank_elisions(text)):
        term = term_of(match.group())
        if term:
            yield Word(term, *match.span())


def terms(text: str) -> list[str]:
    """The index forms of a text's meaningful words, in order."""
    return [term for word in _WORD.findall(blank_elisions(text)) if (term := term_of(word))]


def folded_words(text: str) -> list[str]:
    """Every word of a text without accents and stem, function words and elided particles among them: for phrases."""
    return [_folded(word) for word in _WORD.findall(text)]


_folded = lru_cache(maxsize=200_000)(fold)


def blank_elisions(text: str) -> str:
    """The text with elided articles and particles replaced by as many spaces: offsets stay as they are."""
    return _ELISION.sub(lambda m: " " * len(m.group()), text)
