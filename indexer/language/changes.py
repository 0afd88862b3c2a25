"""How a finding compares with an earlier exam: larger, smaller, the same, new."""

from collections.abc import Sequence

from indexer.language.tokens import Token
from indexer.report import Change

_WORDS = {
    Change.STABLE: (
        "stable",
        "stabilite",
        "inchange",
        "inchangee",
        "inchanges",
        "inchangees",
        "stables",
        "superposable",
        "superposables",
        "identique",
        "identiques",
        "unchanged",
    ),
    Change.INCREASED: (
        "majoration",
        "majore",
        "majoree",
        "augmentation",
        "augmente",
        "augmentee",
        "progression",
        "aggravation",
        "aggrave",
        "aggravee",
        "croissance",
        "increased",
        "progressed",
        "enlarged",
    ),
    Change.DECREASED: (
        "diminution",
        "diminue",
        "diminuee",
        "regression",
        "regresse",
        "regressee",
        "reduction",
        "decreased",
        "regressed",
        "improved",
    ),
    Change.NEW: (
        "apparition",
        "apparu",
        "apparue",
        "apparus",
        "apparues",
        "nouveau",
        "nouvelle",
        "nouveaux",
        "nouvelles",
        "new",
    ),
}
_CHANGES = {word: change for change, words in _WORDS.items() for word in words}
_UNCHANGING = frozenset(
    ("modification", "changement", "evolution", "variation", "modifie", "modifiee", "evolutivite", "change")
)
_DENYING = frozenset(("sans", "pas", "non", "absence", "aucune", "aucun", "no", "without"))
_NEAR = 8
_TOLERANCE = 0.1


def changes(tokens: Sequence[Token], starts: Sequence[int]) -> list[Change | None]:
    """The change stated for each mention of a statement; starts: the mentions' first tokens, in order.

    A word of change is about the next mention behind it, or else about the last one before it.
    """
    found: list[Change | None] = [None] * len(starts)
    for i, token in enumerate(tokens):
        change = _CHANGES.get(token.word)
        if change is None and token.word not in _UNCHANGING:
            continue
        if any(t.word in _DENYING for t in tokens[max(0, i - 3) : i]):
            change = Change.STABLE
        if change is None:
            continue
        target = next((n for n, s in enumerate(starts) if i < s <= i + _NEAR), None)
        if target is None:
            target = next((n for n in range(len(starts) - 1, -1, -1) if starts[n] < i), None)
        if target is not None and found[target] is None:
            found[target] = change
    return found


def compared(current: Sequence[float], prior: Sequence[float]) -> Change | None:
    """The change between two stated sizes, by the largest of each; a tenth more or less counts as the same."""
    if not current or not prior:
        return None
    ratio = max(current) / max(prior)
    if abs(ratio - 1) <= _TOLERANCE:
        return Change.STABLE
    return Change.INCREASED if ratio > 1 else Change.DECREASED
