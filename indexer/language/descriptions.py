"""A lesion described, and named behind: "image nodulaire de 12 mm : angiome", "foyer de 5 mm, métastase possible".

What is said of the description (size, side) is true of the diagnosis. A description opens with a word for something seen that
is no diagnosis, and a colon, a turn of phrase ("évocateur de") or, before a diagnosis in doubt, a comma leads to the name.
"""

from collections.abc import Sequence
from functools import lru_cache

from indexer.language.tables import table
from indexer.language.tokens import TRANSPARENT, Token, stem_of
from indexer.report import Assertion
from indexer.words import fold

_NAMING = (
    "evocat",
    "compatible",
    "rapport",
    "faveur",
    "suspect",
    "suggest",
    "correspond",
    "allure",
    "aspect",
    "type",
    "typique",
    "evoqu",
    "traduisant",
    "signant",
    "temoign",
    "orientant",
    "realisant",
    "realise",
)
_DENYING = frozenset(("non", "sans", "pas", "aucun", "aucune", "no", "without"))
_FARTHEST = 40
_NAMING_TOKENS = 8
_ALTERNATIVE = 5
_AFTER_COMMA = 2
"""Modifiers between the comma and the name ("adénopathie débutante possible", "petite hernie possible")."""


def names_it(between: Sequence[Token]) -> bool:
    """Whether the words between two findings say that the second is what the first is ("évocatrice d'un cancer")."""
    return len(between) <= _NAMING_TOKENS and has_naming(between)


def is_named(between: Sequence[Token], assertion: Assertion) -> bool:
    """Whether the words between a description and a finding lead to the finding as its name."""
    if len(between) > _FARTHEST:
        return False
    if has_naming(between) or any(token.word == ":" for token in between):
        return True
    if assertion is not Assertion.UNCERTAIN:
        return False
    comma = next((i for i in range(len(between) - 1, -1, -1) if between[i].word == ","), None)
    if comma is None:
        return False
    words = [t.word for t in between[comma + 1 :] if t.word not in TRANSPARENT]
    return len(words) <= (_ALTERNATIVE if "ou" in words else _AFTER_COMMA)


def last_described(tokens: Sequence[Token]) -> int | None:
    """The place of the last word that opens a description, None if there is none; one denied opens none ("non rehaussé")."""
    words = _words()
    opens = (i for i in range(len(tokens) - 1, -1, -1) if tokens[i].stem in words)
    return next((i for i in opens if i == 0 or tokens[i - 1].word not in _DENYING), None)


def describes(tokens: Sequence[Token]) -> bool:
    """Whether any of some words opens a description."""
    return not _words().isdisjoint(token.stem for token in tokens)


def has_naming(tokens: Sequence[Token]) -> bool:
    """Whether a turn of phrase says that what follows is the name of what stands before."""
    return any(token.word.startswith(_NAMING) for token in tokens)


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    return frozenset(stem_of(fold(word)) for word in table("matching")["descriptions"])
