"""What is past by an operation or a year: "cholécystectomie pour lithiase", "AVC ischémique en 2019", "fracture à 12 ans"."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from indexer.language.cues import folded
from indexer.language.tokens import Token

_PHRASE_ENDS = frozenset((",", ";", ".", ":", "?", "avec", "mais", "with", "but"))
_YEAR = re.compile(r"(?:19|20)\d\d")
_REASON = 8
"""Tokens between an operation and its reason ("ostéosynthèse par plaque en 2018 d'une fracture")."""
_PLANNED = 6
_YEAR_BEHIND = 8


def reasons(tokens: Sequence[Token]) -> Iterator[tuple[int, int, int]]:
    """Of each operation that was done for something: its token, and those from which and up to which its reason is told."""
    for at, token in enumerate(tokens):
        if not _is_operation(token.word):
            continue
        for link in range(at + 1, min(len(tokens), at + 1 + _REASON)):
            word = tokens[link].word
            if word in _PHRASE_ENDS:
                break
            if (
                word in folded("operations", "reasons")
                or _is_object(tokens, link, token.word)
                or _is_dated_bracket(tokens, link)
            ):
                if not any(t.word in folded("operations", "planned") for t in tokens[max(0, at - _PLANNED) : link]):
                    yield at, link + 1, _reason_end(tokens, link)
                break


def is_dated(tokens: Sequence[Token], last: int) -> bool:
    """Whether a year or an age behind a finding tells when it was: none of a discovery, an exam or a measure."""
    for at in range(last, min(len(tokens), last + _YEAR_BEHIND)):
        word = tokens[at].word
        if word in _PHRASE_ENDS or word in folded("years", "known"):
            return False
        if _YEAR.fullmatch(word) or _is_age(tokens, at):
            return True
    return False


def _is_age(tokens: Sequence[Token], at: int) -> bool:
    """Whether "à 12 ans" begins there."""
    behind = tokens[at + 1 : at + 3]
    return tokens[at].word == "a" and len(behind) == 2 and behind[0].word.isdigit() and behind[1].word == "ans"


def _reason_end(tokens: Sequence[Token], link: int) -> int:
    ends = _PHRASE_ENDS | {")"}
    return next((i for i in range(link + 1, len(tokens)) if tokens[i].word in ends), len(tokens))


@lru_cache(maxsize=20_000)  # asked of every word, and words come again
def _is_operation(word: str) -> bool:
    return word in folded("operations", "words") or word.endswith(tuple(folded("operations", "endings")))


def _is_dated_bracket(tokens: Sequence[Token], at: int) -> bool:
    """Whether a bracket opens there that tells a year ("clip de cholécystectomie (lithiase 2003)")."""
    return tokens[at].word == "(" and any(_YEAR.fullmatch(t.word) for t in tokens[at : _reason_end(tokens, at)])


def _is_object(tokens: Sequence[Token], at: int, operation: str) -> bool:
    """Whether "d'un" or "d'une" stands there, of a patient "de" too: what was operated on."""
    if tokens[at].word in ("de", "d", "du") and operation.startswith("oper"):
        return True
    return tokens[at].word == "d" and at + 2 < len(tokens) and tokens[at + 2].word in ("un", "une")
