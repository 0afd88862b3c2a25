"""Findings between which a report leaves it open ("métastase ou kyste", "nodule ou superposition"): none is certain."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from indexer.language.scopes import Landmarks, Scope, ends_phrase, of_what
from indexer.language.tables import table
from indexer.language.tokens import Token, stem_of
from indexer.language.vocabulary import modifier_stems
from indexer.report import Assertion
from indexer.words import fold

_EITHER = frozenset(("ou", "or", "versus", "vs"))
_ARTICLES = frozenset(("un", "une", "l", "le", "la", "a", "an", "the", "'", "’", "aspect", "simple"))
_ALTERNATIVE = 10
_JOINED_SITES = 4
_NOUN = 6
_NOUN_ENDINGS = (
    "ome",
    "omes",
    "ite",
    "ites",
    "ose",
    "oses",
    "isme",
    "ysme",
    "ysmes",
    "um",
    "plasie",
    "pathie",
    "tion",
    "tions",
    "cele",
)


def alternatives(around: Landmarks) -> Iterator[Scope]:
    """Of two findings joined by "ou" neither is certain ("métastase ou kyste", "discopathie ou aspect constitutionnel")."""
    tokens = around.tokens
    for i in range(1, len(tokens) - 1):
        if tokens[i].word not in _EITHER or tokens[i - 1].word in ("/", "et"):
            continue
        right = next((n for n in range(i + 1, len(tokens)) if not _may_precede(tokens[n], n, around)), len(tokens))
        named = right in around.findings
        if not named and (right == len(tokens) or not _is_other_thing(tokens, right, i, around)):
            continue
        floor = next((n for n in range(i - 1, -1, -1) if ends_phrase(tokens, n)), -1)
        left = next((n for n in range(i - 1, max(floor, i - _ALTERNATIVE), -1) if n in around.findings), None)
        if left is None:
            left = _perhaps_nothing(around, i)
        if left is not None:
            yield Scope(Assertion.UNCERTAIN, left, left + 1, i, i + 1)
            if (thing := of_what(around, left)) != left:  # "gliome infiltrant ou séquelle"
                yield Scope(Assertion.UNCERTAIN, thing, thing + 1, i, i + 1)
        if named:
            yield Scope(Assertion.UNCERTAIN, right, right + 1, i, i + 1)


def _perhaps_nothing(around: Landmarks, either: int) -> int | None:
    """The sign before a colon that may be nothing at all ("image nodulaire : superposition ou nodule")."""
    tokens = around.tokens
    colon = next((n for n in range(either - 1, max(0, either - _ALTERNATIVE), -1) if tokens[n].word == ":"), None)
    if colon is None or not any(t.stem in _other_things() for t in tokens[colon:either]):
        return None
    return next((n for n in range(colon - 1, -1, -1) if n in around.findings), None)


def _may_precede(token: Token, at: int, around: Landmarks) -> bool:
    """Whether a word may stand between "ou" and the noun that it leads to."""
    if at in around.findings or token.stem in _other_things():
        return False
    return token.word in _ARTICLES or token.stem in modifier_stems()


def _is_other_thing(tokens: Sequence[Token], at: int, either: int, around: Landmarks) -> bool:
    """Whether a word behind "ou" is what something may be instead: on the list, a noun of medicine by its ending, or a
    site, unless sites are what is joined ("fracture du radius ou de l'ulna").
    """
    if at in around.sites:
        floor = max(0, either - _JOINED_SITES)
        begun = next((n for n in range(either - 1, floor, -1) if ends_phrase(tokens, n)), floor)
        return around.sites.isdisjoint(range(begun, either))
    token = tokens[at]
    named = len(token.word) >= _NOUN and token.word.endswith(_NOUN_ENDINGS)
    return named or token.stem in _other_things() or token.word.startswith("pseudo")


@lru_cache(maxsize=1)
def _other_things() -> frozenset[str]:
    return frozenset(stem_of(fold(word)) for word in table("matching")["other_things"])
