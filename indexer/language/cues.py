"""The cues by which a report denies, doubts, puts into the past or asks: the data of `cues.toml`, ready for matching.

A cue may hold `{names}` of groups of words, each of which it takes ("ne {can} être {ruled_out}"), and adverbs may stand
inside any cue ("ne peut cependant être formellement exclue").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from indexer.language.tables import table
from indexer.language.tokens import SILENT, word_key, word_keys
from indexer.language.wordings import Wordings
from indexer.report import Assertion
from indexer.words import fold


class Reach(StrEnum):
    """Where a cue looks."""

    BEFORE = "before"  # stands before what it is about
    AFTER = "after"
    NEXT = "next"
    NEAR = "near"


class Turn(StrEnum):
    """Words that end the reach of others, or that only look like cues."""

    NEUTRAL = "neutral"
    ENDS = "ends"
    AFFIRMING = "affirming"


@dataclass(frozen=True, slots=True)
class Cue:
    """What a cue says of what it reaches."""

    assertion: Assertion
    reach: Reach


Payload = Cue | Turn
_TABLES = {
    "negation": Assertion.ABSENT,
    "uncertainty": Assertion.UNCERTAIN,
    "history": Assertion.HISTORICAL,
    "family": Assertion.FAMILY,
    "asked": Assertion.ASKED,
}
_SHORT = 2
_GROUP = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=1)
def cue_words() -> frozenset[str]:
    """The folded words that cues are made of: typing errors in them are mended as in the lexicon's."""
    vocabulary = table("cues")
    written = [w for name in (*_TABLES, "inside") for words in vocabulary[name].values() for w in words]
    wordings = (form for wording in written for form in spelt(wording))
    return frozenset(word for wording in wordings for word in fold(wording).split() if word.isalpha())


@lru_cache(maxsize=1)
def cues() -> Wordings[Payload]:
    """Every cue in every form, to be found in tokens."""
    vocabulary = table("cues")
    wordings: list[tuple[str, Payload]] = []
    for name, assertion in _TABLES.items():
        for reach, words in vocabulary[name].items():
            wordings.extend((wording, Cue(assertion, Reach(reach))) for wording in words)
    for turn in Turn:
        wordings.extend((wording, turn) for wording in vocabulary[turn.value]["words"])
    keyed = (
        (word_keys(form), payload)
        for wording, payload in wordings
        for one in spelt(wording)
        for form in (*inflected(one), *_plural(one))
    )
    return Wordings(keyed, key=word_key, transparent=SILENT, modifiers=frozenset(map(fold, inside())))


def inside() -> list[str]:
    """The adverbs that may stand inside any cue."""
    words: list[str] = table("cues")["inside"]["words"]
    return words


def group(name: str) -> list[str]:
    """The words that a group stands for; the empty one if it may be left out."""
    words: list[str] = table("cues")["groups"][name]
    return words


@lru_cache(maxsize=16)
def folded(name: str, kind: str) -> frozenset[str]:
    """The folded words of a list of the table."""
    return frozenset(fold(word) for word in table("cues")[name][kind])


def spelt(wording: str) -> Iterator[str]:
    """A cue with each word of the groups that it names."""
    named = _GROUP.search(wording)
    if named is None:
        yield " ".join(wording.split())
        return
    for word in group(named[1]):
        yield from spelt(wording[: named.start()] + word + wording[named.end() :])


def _plural(wording: str) -> tuple[str, ...]:
    """The plural of a cue of one word; "no" has none that is not another's ("nos")."""
    single = " " not in wording and len(wording) > _SHORT and wording[-1].isalpha() and not wording.endswith("s")
    return (wording + "s",) if single else ()


def inflected(wording: str) -> Iterator[str]:
    """The wording, and with an adjective or participle at its end its feminine and plurals."""
    yield wording
    folded = fold(wording)
    if wording.endswith(("é", "able", "ible", "aire", "eux")) or folded.endswith(
        ("vu", "exclu", "disparu", "retenu", "absent", "douteux")
    ):
        feminine = wording[:-1] + "se" if wording.endswith("x") else wording if wording.endswith("e") else wording + "e"
        yield from (feminine, wording if wording.endswith("x") else wording + "s", feminine + "s")
