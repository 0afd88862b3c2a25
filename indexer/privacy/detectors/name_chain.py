"""A name found in a text, and the names joined to it."""

import re
from collections.abc import Iterator

from indexer.privacy.detectors.name_cues import Cues
from indexer.privacy.detectors.words import Shape, Words
from indexer.privacy.identifiers import Category, Identifier

_JOIN = re.compile(r"[ \t\u00a0]*(?:,|/|&|\+|-|–|;|\bet\b|\band\b)[ \t\u00a0]*", re.IGNORECASE)
_JOINED = 0.8


def named(words: Words, first: int, end: int, confidence: float, rule: str) -> Identifier:
    """The words from number `first` to `end` (exclusive) as a name."""
    return Identifier(words[first].start, words[end - 1].end, Category.NAME, confidence, rule)


def begins_statement(words: Words, index: int) -> bool:
    """Whether a word is the first of a statement, where capitals mean nothing."""
    return index == 0 or bool(re.search(r"[.\n:;!?•]", words.gap(index)))


def chain(words: Words, first: int, confidence: float, rule: str, cues: Cues, *, sure: bool) -> Iterator[Identifier]:
    """A name, and those joined to it: "Drs MARTIN et DURAND", "LEROY / BLANC"."""
    end = words.name_end(first, sure=sure)
    if end == first:
        return
    yield named(words, first, end, confidence, rule)
    while end < len(words):
        joined = end + 1 if words[end].flat in ("et", "and") else end
        if joined >= len(words):
            return
        between = words.text[words[end - 1].end : words[joined].start]
        following = words[joined]
        if not _JOIN.fullmatch(between) or following.flat.rstrip(".") in cues.titles or not following.capitalised:
            return
        last = words.name_end(joined, sure=False)
        if last == joined or is_acronym(words, joined, last) or (following.plain and not following.listed):
            return
        yield named(words, joined, last, min(confidence, _JOINED), rule)
        end = last


def is_acronym(words: Words, first: int, end: int) -> bool:
    """Whether a lone word in capitals within small print is an acronym (or several: TEP-TDM) rather than a name."""
    word = words[first]
    short = all(len(part) < 5 for part in re.split("[-']", word.flat))
    return end == first + 1 and word.shape is Shape.UPPER and short and not word.caps and not word.listed
