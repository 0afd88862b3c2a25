"""Sizes that stand before what they measure, as English says it: "a 6 mm calculus", "5 mm solid left lower lobe nodule"."""

from collections.abc import Sequence

from indexer.language.measurements import Size
from indexer.language.memory import Stated
from indexer.language.places import Mention
from indexer.language.tokens import Token

_QUALIFIERS = 8
_ENGLISH = frozenset(
    (
        "the",
        "of",
        "with",
        "and",
        "is",
        "are",
        "in",
        "at",
        "no",
        "an",
        "left",
        "right",
        "upper",
        "lower",
        "small",
        "from",
        "to",
        "by",
    )
)
_FRENCH = frozenset(
    ("le", "la", "les", "de", "du", "des", "d", "l", "un", "une", "au", "aux", "et", "en", "est", "pas", "avec")
)
_FUNCTION_WORDS = (
    _ENGLISH - {"left", "right", "upper", "lower", "small"} | _FRENCH | {"a", "for", "on", "but", "without"}
)
_MEASURING = _FRENCH | frozenset(
    ("of", "at", "to", "is", "are", "measuring", "measures", "measured", "measure", "about", "approximately", "x")
)


def noun_behind(stated: list[Stated], tokens: Sequence[Token], size: Size) -> Stated | None:
    """The finding that a size stands before, as in English ("a 6 mm calculus", "5 mm solid left lower lobe nodule")."""
    at = next(i for i, t in enumerate(tokens) if t.end > size.start)
    end = next((i for i in range(at, len(tokens)) if tokens[i].start >= size.end), len(tokens))
    noun = next((s for s in stated if s.mention.first >= end), None)
    if noun is None or noun.mention.first - end > _QUALIFIERS:
        return None
    between = tokens[end : noun.mention.first]
    if any(not (t.is_word or t.word == "-") or t.word in _FUNCTION_WORDS for t in between):
        return None
    ended = at > 0 and any(s.mention.last == at or _place_ends(s.mention, at) for s in stated)
    if ended or (at > 0 and tokens[at - 1].word in _MEASURING):
        return None
    return noun if _ENGLISH.intersection(t.word for t in tokens) and _is_english(tokens) else None


def _place_ends(mention: Mention, at: int) -> bool:
    return mention.place is not None and mention.place.last == at


def _is_english(tokens: Sequence[Token]) -> bool:
    """Whether a statement is English by its small words."""
    words = [t.word for t in tokens]
    return sum(w in _ENGLISH for w in words) > sum(w in _FRENCH for w in words)
