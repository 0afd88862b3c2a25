"""The tokens of a text, with all that matching needs: folded form, stem, place; and compounds written as one word.

"pneumo-péritoine", "pneumo péritoine" and "pneumopéritoine" are one token, for the prefixes that are no words of their
own; other hyphens and apostrophes only separate.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from indexer.language.tables import table
from indexer.words import fold

_TOKEN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*|[^\w\s]|_|\n")
_stemmer = Stemmer.Stemmer("french")

TRANSPARENT = frozenset(
    (
        "le",
        "la",
        "les",
        "l",
        "de",
        "du",
        "des",
        "d",
        "un",
        "une",
        "a",
        "au",
        "aux",
        "en",
        "of",
        "the",
        "-",
        "'",
        "’",
        "ʼ",
    )
)
"""Tokens that stand between the words of a wording without changing it."""


SILENT = frozenset(("'", "’", "ʼ", "-"))
"""Tokens that stand inside a cue or an idiom without changing it."""

_UNELIDED = {"d": "de", "n": "ne", "l": "le", "qu": "que", "s": "se", "des": "de", "du": "de"}


class Token(NamedTuple):  # made hundreds of times a report: a frozen dataclass takes three times as long
    """A word, a punctuation mark or a line end. word: folded; stem: of the folded word; start, end: characters.

    capitals: a word of two letters or more, all in capitals.
    """

    start: int
    end: int
    word: str
    stem: str
    capitals: bool
    is_word: bool

    def __repr__(self) -> str:
        return f"Token({self.start}-{self.end})"


def tokenise(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a part of a text, in order; places are those of the whole text."""
    found = _TOKEN.finditer(text, start, len(text) if end is None else end)
    tokens = [Token(match.start(), match.end(), *_forms(match.group())) for match in found]
    return tokens if _prefixes().isdisjoint(token.word for token in tokens) else list(_joined(tokens))


def stems(wording: str) -> tuple[str, ...]:
    """The stems of a wording's words, in order, transparent ones left out."""
    return tuple(t.stem for t in tokenise(wording) if t.is_word and t.word not in TRANSPARENT)


def word_key(token: Token) -> str:
    """A token word for word: folded, elided and contracted "de" as "de"."""
    return _UNELIDED.get(token.word, token.word)


def word_keys(wording: str) -> tuple[str, ...]:
    """The keys of a wording that is compared word for word."""
    return tuple(word_key(t) for t in tokenise(wording) if t.word not in SILENT)


def _joined(tokens: Iterable[Token]) -> Iterator[Token]:
    """Join each prefix with the word after it."""
    held: list[Token] = []
    for token in tokens:
        if held and token.is_word and token.start - held[0].end <= 1 and token.word not in TRANSPARENT | _JOINING:
            word = held[0].word + token.word
            joined = Token(held[0].start, token.end, word, stem_of(word), held[0].capitals and token.capitals, True)
            held = [joined] if word in _prefixes() else []
            if not held:
                yield joined
            continue
        if len(held) == 1 and token.word in ("-", "‐", "‑") and token.start == held[0].end:
            held.append(token)
            continue
        yield from held
        held = [token] if token.word in _prefixes() else []
        if not held:
            yield token
    yield from held


_JOINING = frozenset(("et", "ou", "ni", "and", "or"))


@lru_cache(maxsize=100_000)
def _forms(raw: str) -> tuple[str, str, bool, bool]:
    is_word = raw[0].isalnum()
    word = fold(raw)
    return word, stem_of(word) if is_word else word, len(raw) > 1 and raw.isupper(), is_word


@lru_cache(maxsize=100_000)
def stem_of(word: str) -> str:
    """Snowball stem of a folded word; the words that it would confuse are their own stems."""
    for other, usual in _spellings().items():
        if word.startswith(other):
            word = usual + word[len(other) :]
    own = _distinct().get(word)
    if own is not None:
        return own
    # The stemmer knows "ée" and "ées" by their accent, which folding took.
    bare = word[:-2] if word.endswith("ees") else word[:-1] if word.endswith("ee") else word
    stem: str = _stemmer.stemWord(bare)
    return stem


@lru_cache(maxsize=1)
def _distinct() -> dict[str, str]:
    return {
        fold(word) + ending: fold(word) for word in table("matching")["distinct"] for ending in ("", "e", "s", "es")
    }


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    return {fold(other): fold(usual) for other, usual in table("matching")["spellings"].items()}


@lru_cache(maxsize=1)
def _prefixes() -> frozenset[str]:
    return frozenset(table("matching")["prefixes"])
